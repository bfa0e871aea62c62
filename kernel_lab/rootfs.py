"""The guest's root file system: a busybox and one script, packed without root by the kernel's own gen_init_cpio."""

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

    The busybox is this machine's own, unless another one of the same version is given.

    `job` is a request (see guest_init.sh) that the guest carries out without being asked. The same contents make the
    same archive, to the byte. Raises LabError where there is no busybox.
    """
    spec = image.with_suffix(".list")
    lines = [*_spec(busybox or _busybox(), init), *(f"file /root/{path.name} {path} 755 0 0" for path in programs)]
    if job:
        image.with_suffix(".job").write_bytes(job)
        lines.append(f"file /job {image.with_suffix('.job')} 644 0 0")
    spec.write_text("\n".join(lines) + "\n")
    with image.open("wb") as file:
        subprocess.run([out / "usr/gen_init_cpio", "-t", "0", spec], stdout=file, check=True)
    return image


def _busybox() -> str:
    busybox = shutil.which("busybox")
    if not busybox:
        raise LabError("There is no busybox to make the guest's tools of.", "sudo apt-get install busybox-static")
    return busybox


def _spec(busybox: str | Path, init: Path) -> list[str]:
    """The archive's contents, in the language of gen_init_cpio: a type, a path, what it is, mode, owner."""
    applets = subprocess.run([_busybox(), "--list"], capture_output=True, text=True, check=True).stdout.split()
    return [
        *(f"dir /{folder} 755 0 0" for folder in FOLDERS),
        "nod /dev/console 600 0 0 c 5 1",
        f"file /bin/busybox {busybox} 755 0 0",
        *(f"slink /bin/{applet} busybox 777 0 0" for applet in applets if applet != "busybox"),
        f"file /init {init} 755 0 0",
    ]
