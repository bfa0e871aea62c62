# SPDX-License-Identifier: GPL-2.0-only
"""What was built for a kernel before it was linked anew is no longer for it."""

import os

import pytest

from kernel_lab.kernel.build import Build


@pytest.mark.parametrize(("kernel_is_newer", "left"), [(True, []), (False, ["one.ko"])])
def test_a_module_from_before_the_kernel_was_linked_is_made_anew(tmp_path, monkeypatch, kernel_is_newer, left):
    """make would keep it, and its BTF, which counts on from that of another kernel."""
    (tmp_path / "lkm").mkdir()
    (tmp_path / "lkm/Kbuild").write_text("obj-m := one.o\n")
    build = Build(tmp_path / "linux", tmp_path / "build", tmp_path / "ccache")
    copy = build.out / "external/lkm"
    copy.mkdir(parents=True)
    (copy / "one.ko").touch()
    (copy / "modules.order").write_text("one.ko\n")
    (build.out / "vmlinux").touch()
    os.utime(copy / "one.ko", (1, 1) if kernel_is_newer else None)
    os.utime(build.out / "vmlinux", None if kernel_is_newer else (1, 1))

    found = []
    monkeypatch.setattr(build, "_make", lambda *_, **__: found.extend(path.name for path in copy.glob("*.ko")))
    build.module(tmp_path / "lkm")
    assert found == left
