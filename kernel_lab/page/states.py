# SPDX-License-Identifier: GPL-2.0-only
"""The kernel in the page: the book's kernel for 32-bit x86, booted in the emulator that pages carry, and saved there.

A page restores the saved machine, which takes a moment where a boot takes many seconds. There is one for the end of
each notebook that leaves something to type. Beside them: the emulator, and the scripts of web/src/, in one file for
each kind of page.
"""

import base64
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from kernel_lab.base import tools
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT, cache_folder
from kernel_lab.base.process import child
from kernel_lab.base.progress import Progress
from kernel_lab.kernel.flavour import PAGE
from kernel_lab.kernel.kernel import Kernel
from kernel_lab.recipe.tree import Tree

SOURCES = CHECKOUT / "web"
KERNEL = SOURCES / "src/kernel"
EMULATOR = SOURCES / "node_modules/v86/build"
ENTRIES = ("console", "playground")  # the scripts that pages run: what they share is small
BIOS = Path("/usr/share/seabios/bios.bin")


@dataclass(frozen=True)
class Stage:
    """A machine to save: at which step, what is in its /root, what was typed there, and what a reader might try.

    `modules` are those in /root, where the step has them.
    """

    step: int
    programs: tuple[str, ...]
    typed: tuple[str, ...] = ()
    tries: tuple[str, ...] = ()
    modules: tuple[str, ...] = ("oreore_mod",)

    @property
    def name(self) -> str:
        return f"step-{self.step:02}"


INSERTED = "insmod oreore_mod.ko"
ATTACH_TYPE = "ATTACH_TYPE=44"
PIN = "/sys/fs/bpf/mine"
ASK = ("echo 1 > /sys/oreore/bpf", "cat /sys/oreore/bpf")
STAGES = (
    Stage(4, ("try_type", "attach_uses"), tries=("./try_type 32", "./try_type 32 44", "./attach_uses")),
    Stage(5, ("attach_prog",), (INSERTED, "./attach_prog add-42"), (*ASK, "rmmod oreore_mod", INSERTED)),
    Stage(6, ("oreore_loader",), (INSERTED, "./oreore_loader"), (*ASK, "./oreore_loader --detach", "./oreore_loader")),
    Stage(7, ("oreore_loader",), (INSERTED, "./oreore_loader"), ASK),
    Stage(10, ("attach_prog", "fields", "xlated"), (INSERTED, "./attach_prog who-asks"),
          (*ASK, f"{ATTACH_TYPE} ./fields", f"{ATTACH_TYPE} ./xlated who-asks second-byte")),
    Stage(12, ("attach_prog", "oreore_link"),
          (INSERTED, "insmod oreore_dev.ko", "mount -t bpf bpf /sys/fs/bpf", f"./oreore_link --pin {PIN} add-42"),
          (*ASK, "./attach_prog double", f"./oreore_link --update {PIN} double", f"./oreore_link --detach {PIN}",
           f"./oreore_link --show {PIN}"),
          modules=("oreore_mod", "oreore_dev")),
)  # fmt: skip


def stage_at(step: int) -> Stage:
    """The machine at the end of this step's notebook. Raises ValueError where none is saved."""
    (stage,) = (stage for stage in STAGES if stage.step == step)
    return stage


def folder() -> Path:
    """Where the files are that pages load: the book's extension (book/_ext/kernel_in_page.py) copies them from here."""
    return cache_folder() / "pages"


@dataclass(frozen=True)
class Part:
    """A file that pages load. Its name ends in the checksum of its bytes, by which the page knows a damaged one; and an
    old copy that a browser or a server kept never meets new scripts. `integrity` is a script's, for the browser."""

    file: str
    bytes: int
    integrity: str | None = None


def parts() -> dict[str, Part]:
    """What there is, by its name without the checksum; empty before it has been made."""
    try:
        listed = json.loads(contents().read_text(encoding="utf-8"))
        return {name: Part(**part) for name, part in listed.items()}
    except (OSError, ValueError, TypeError):  # not made yet, or not to the end, or by another version
        return {}


def contents() -> Path:
    """The list of all parts: it changes when any of them does."""
    return folder() / "parts.json"


def needs(stage: Stage) -> dict[str, Part]:
    """What a page gets to start the stage's machine, as web/src/kernel/start.js wants it named."""
    made = parts()
    return {"emulator": made["emulator"], "wasm": made["v86.wasm"], "state": made[stage.name]}


def downloads(stage: Stage) -> int:
    """How many bytes that is."""
    return sum(part.bytes for part in needs(stage).values())


def transcript(stage: Stage) -> str:
    """What the machine's console showed of the commands that were typed before it was saved."""
    return (folder() / f"{stage.name}.txt").read_text(encoding="utf-8")


def make(tree: Tree, cache: Path, report: Progress) -> Iterator[Stage]:
    """Build, boot and save all stages, one after the other; those whose parts are as last time are left as they are.

    Raises LabError where a part can't be built, or where the kernel does not come up in the emulator.
    """
    tools.check("page")
    folder().mkdir(exist_ok=True)
    made = _make_scripts()
    for stage in STAGES:
        tree.jump(stage.step)
        made[stage.name] = _make_stage(Kernel(PAGE, tree, cache), stage, tree.root, report)
        _list(parts() | made)
        yield stage
    _list(made)
    _drop_all_but(made)


def _list(made: dict[str, Part]) -> None:
    listed = json.dumps({name: asdict(part) for name, part in sorted(made.items())}, indent=1)
    _write(contents().name, listed.encode())


def _make_scripts() -> dict[str, Part]:
    wasm = gzip.compress((EMULATOR / "v86.wasm").read_bytes(), mtime=0)
    return {
        **{name: _write_script(name, _bundle(f"{name}.js")) for name in ENTRIES},
        "emulator": _write_script("emulator", (EMULATOR / "libv86.js").read_bytes()),
        "v86.wasm": _write_pack("v86.wasm", wasm),
    }


def _bundle(entry: str) -> bytes:
    esbuild = SOURCES / "node_modules/esbuild/bin/esbuild"
    return _node(str(esbuild), str(SOURCES / "src" / entry), "--bundle", "--minify").encode()


def _drop_all_but(made: dict[str, Part]) -> None:
    """Remove what was made for older books."""
    kept = {Path(part.file).stem for part in made.values()}
    for path in folder().iterdir():
        if path.suffix in (".bin", ".js") and path.stem not in kept:
            path.unlink()


def _make_stage(kernel: Kernel, stage: Stage, root: Path, report: Progress) -> Part:
    kernel.build(report)
    built = kernel.made
    guest = [*_programs(kernel, stage, root / "loader"), *_modules(kernel, stage, root / "lkm")]
    initramfs = kernel.pack(guest, init=SOURCES / "guest/init.sh")
    digest = hashlib.sha256(repr(stage).encode())
    for part in (built.image, initramfs, KERNEL / "machine.js", KERNEL / "make_state.mjs", EMULATOR / "v86.wasm"):
        digest.update(part.read_bytes())
    stamp, last = folder() / f"{stage.name}.sha256", parts().get(stage.name)
    if last and _is_there(last) and stamp.is_file() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return last
    report(f"booting the kernel in the page's emulator, step {stage.step:02}", 0, None)
    stamp.unlink(missing_ok=True)
    state = built.out / "page.state"
    said = save_state(built.out / "page.json", job(built.image, initramfs, state, stage.typed))
    (folder() / f"{stage.name}.txt").write_text(said, encoding="utf-8")
    saved = _write_pack(stage.name, state.read_bytes())
    stamp.write_text(digest.hexdigest(), encoding="utf-8")
    return saved


def _is_there(part: Part) -> bool:
    return all((folder() / part.file).with_suffix(suffix).is_file() for suffix in (".bin", ".js"))


def _programs(kernel: Kernel, stage: Stage, sources: Path) -> list[Path]:
    """The playground's agent and the stage's programs, in a copy of their sources, which the book's guest has, too."""
    copy = kernel.made.copy_of_programs(sources)
    shutil.copy2(SOURCES / "guest/agent.c", copy)
    names = ["agent", *stage.programs]
    kernel.made.program(copy, *names, CC=kernel.flavour.arch.compiler, SYSROOT=str(kernel.sysroot()))
    return [copy / name for name in names]


def _modules(kernel: Kernel, stage: Stage, sources: Path) -> list[Path]:
    if not (sources / "Kbuild").exists():
        return []
    built = kernel.module()
    return [built / f"{name}.ko" for name in stage.modules]


def job(image: Path, initramfs: Path, state: Path, commands: Iterable[str]) -> dict[str, object]:
    """What make_state.mjs is to do: boot the kernel `image`, type the commands, and save the machine in `state`."""
    files = {"bios": BIOS, "wasm": EMULATOR / "v86.wasm", "bzimage": image, "initrd": initramfs, "state": state}
    return {name: str(path) for name, path in files.items()} | {"commands": [*commands]}


def save_state(file: Path, job: dict[str, object]) -> str:
    """Do the job, which is written to `file`; returns what the console showed. Raises LabError."""
    file.write_text(json.dumps(job), encoding="utf-8")
    return _node(str(KERNEL / "make_state.mjs"), str(file))


def _write_pack(name: str, data: bytes) -> Part:
    """A file for pages from a server; and as a script, since pages from disk may read nothing else. See pack.js."""
    name = _with_checksum(name, data)
    _write(f"{name}.bin", data)
    _write(f"{name}.js", f'kernelPack("{name}", "{base64.b64encode(data).decode()}");\n'.encode())
    return Part(f"{name}.bin", len(data))


def _write_script(name: str, text: bytes) -> Part:
    file = f"{_with_checksum(name, text)}.js"
    _write(file, text)
    digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
    return Part(file, len(text), f"sha256-{digest}")


def _with_checksum(name: str, data: bytes) -> str:
    return f"{name}-{zlib.crc32(data):08x}"


def _write(file: str, data: bytes) -> None:
    """What is there already keeps its date."""
    path = folder() / file
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)


def _node(*arguments: str) -> str:
    """Run a script with the node that came with the Python packages, and return what it printed."""
    argv = [str(Path(sys.executable).with_name("node")), *arguments]
    with child(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, err = process.communicate()
    if process.returncode:
        raise LabError(
            f"{Path(arguments[0]).name} failed: {err.decode(errors='replace').strip()[-2000:]}",
            "Is all installed? ./install.sh installs what is missing; then run this again.",
        )
    return str(out, "utf-8")
