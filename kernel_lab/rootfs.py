"""The guest's root file system: a busybox and one script, packed without root by the kernel's own gen_init_cpio."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from kernel_lab.errors import LabError

INIT = Path(__file__).with_name("guest_init.sh")
FOLDERS = ["bin", "dev", "proc", "root", "run", "sys", "tmp"]


def pack(out: Path, image: Path, programs: Iterable[Path] = (), job: bytes = b"", busybox: Path | None = None,
         init: Path = INIT) -> Path:  # fmt: skip
    """Write the initramfs `image`, with the packer that the build in `out` made, and `programs` in its /root.

    The busybox is this machine's own, unless another one of the same version is given. `job` is a request (see
    guest_init.sh) that the guest carries out without being asked. The same contents make the same archive, to the byte.
    Raises LabError where there is no busybox.
    """
    spec, staged = image.with_suffix(".list"), image.with_suffix(".files")
    files = {"/bin/busybox": busybox or _busybox(), "/init": init}
    files |= {f"/root/{path.name}": path for path in programs}
    if job:
        files["/job"] = image.with_suffix(".job")
        files["/job"].write_bytes(job)
    shutil.rmtree(staged, ignore_errors=True)
    copies = {place: _timeless(Path(path), staged / place[1:]) for place, path in files.items()}
    spec.write_text("\n".join([*_nodes(), *(f"file {place} {copy} 755 0 0" for place, copy in copies.items())]) + "\n")
    with image.open("wb") as file:
        subprocess.run([out / "usr/gen_init_cpio", "-t", "0", spec], stdout=file, check=True)
    return image


def _timeless(path: Path, copy: Path) -> Path:
    """A copy from 1970: the packer notes each file's time, and to read another one takes a guest other instructions."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    os.utime(copy, (0, 0))
    return copy


def _busybox() -> str:
    busybox = shutil.which("busybox")
    if not busybox:
        raise LabError("There is no busybox to make the guest's tools of.", "sudo apt-get install busybox-static")
    return busybox


def _nodes() -> list[str]:
    """Folders, the console, and busybox's many names, in the language of gen_init_cpio: what, where, mode, owner."""
    applets = subprocess.run([_busybox(), "--list"], capture_output=True, text=True, check=True).stdout.split()
    return [
        *(f"dir /{folder} 755 0 0" for folder in FOLDERS),
        "nod /dev/console 600 0 0 c 5 1",
        *(f"slink /bin/{applet} busybox 777 0 0" for applet in applets if applet != "busybox"),
    ]
