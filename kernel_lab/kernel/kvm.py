# SPDX-License-Identifier: GPL-2.0-only
"""Whether KVM may be used: only after the book's own kernel has answered under it.

`/dev/kvm` that opens proves nothing, and neither does a toy guest: there are machines where both are
well and Linux guests hang.
"""

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path

from kernel_lab.base import state
from kernel_lab.base.process import answer, first_line
from kernel_lab.kernel.arch import HOST

DEVICE = Path("/dev/kvm")
PROOF_SECONDS = 5  # a boot under KVM that works takes less than one
EMULATED_SECONDS = 60


def accelerator(cache: Path, boots: Callable[[str, float], bool]) -> str:
    """ "kvm" or "tcg" (QEMU's emulation). The verdict is kept until the host's kernel, QEMU or KVM module changes.

    `boots` says whether a kernel answers with this accelerator in so many seconds. Of a kernel that answers with
    neither, nothing is kept: it says nothing of KVM.
    """
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return "tcg"
    kept = cache / "kvm.json"
    verdicts = state.load(kept) or {}
    host = _host()
    if host not in verdicts:
        verdicts[host] = boots("kvm", PROOF_SECONDS)
        if verdicts[host] or boots("tcg", EMULATED_SECONDS):
            state.save(kept, json.dumps(verdicts, indent=1))
    return "kvm" if verdicts[host] else "tcg"


def _host() -> str:
    qemu = first_line(answer(HOST.qemu, "--version"))
    modules = sorted(path.name for path in Path("/sys/module").glob("kvm*"))
    return " ".join([platform.node(), platform.release(), qemu, *modules])
