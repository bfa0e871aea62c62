# SPDX-License-Identifier: GPL-2.0-only
"""The guest's root file system: a busybox and one script, packed without root by the kernel's own gen_init_cpio."""

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel_lab.base.process import output
from kernel_lab.sources import sysroot

INIT = Path(__file__).with_name("guest_init.sh")
FOLDERS = ["bin", "dev", "proc", "root", "run", "sys", "tmp"]


def pack(out: Path, image: Path, root: Path, programs: Iterable[Path] = (), job: bytes = b"",
         busybox: Path | None = None, init: Path = INIT) -> Path:  # fmt: skip
    """Write the initramfs `image`, with the packer that the build in `out` made, and `programs` in its /root.

    Its busybox is the one of the folder `root` (see sysroot.py), unless the same one for another architecture is given.

    `job` is a request (see guest_init.sh) that the guest carries out without being asked. The same contents make the
    same archive, to the byte. Raises LabError where there is no busybox.
    """
    ours = sysroot.busybox(root)
    files = {"/bin/busybox": busybox or ours, "/init": init}
    files |= {f"/root/{path.name}": path for path in programs}
    contents = {name: path.read_bytes() for name, path in files.items()} | ({"/job": job} if job else {})
    with TemporaryDirectory(dir=image.parent) as copies:
        spec = [*_spec(ours), *(_file(name, data, Path(copies)) for name, data in contents.items())]
        archive = output(out / "usr/gen_init_cpio", "-t", "0", "-", stdin="\n".join(spec).encode())
    image.write_bytes(archive)
    return image


def _file(name: str, contents: bytes, folder: Path) -> str:
    """The line for a file, copied so that its time is always 0: the guest reads it, digit by digit."""
    copy = folder / name.replace("/", "-")
    copy.write_bytes(contents)
    os.utime(copy, (0, 0))
    return f"file {name} {copy} 755 0 0"


def _spec(busybox: Path) -> list[str]:
    """What else is in the archive, in the language of gen_init_cpio: a type, a path, what it is, mode, owner."""
    applets = output(busybox, "--list").decode().split()
    return [
        *(f"dir /{folder} 755 0 0" for folder in FOLDERS),
        "nod /dev/console 600 0 0 c 5 1",
        *(f"slink /bin/{applet} busybox 777 0 0" for applet in applets if applet != "busybox"),
    ]
