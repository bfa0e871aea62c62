# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory as a notebook uses it: one object that joins source, tree, build, root file system and guest."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kernel_lab import cache, doctor, kvm, progress, rootfs, source, sysroot, tangle
from kernel_lab.build import Build
from kernel_lab.cells import KERNEL, Cell, Recipe
from kernel_lab.errors import LabError
from kernel_lab.tree import Tree
from kernel_lab.vm import Guest, GuestError, NotStarted, interactive

CONFIG = "config/"


def cache_folder() -> Path:
    """Where kernel sources, trees and builds are: $KERNEL_LAB_CACHE, or kernel-lab in the user's cache folder."""
    named, caches = (os.environ.get(name, "") for name in ("KERNEL_LAB_CACHE", "XDG_CACHE_HOME"))
    try:
        own = Path(caches).expanduser()
        # A relative one is not valid, says the standard that it is from.
        home = own if own.is_absolute() else Path("~/.cache").expanduser()
        return (Path(named).expanduser() if named else home / "kernel-lab").resolve()
    except RuntimeError as error:
        raise LabError(
            f"The cache folder is not known: {str(error).rstrip('.')}.", "Set KERNEL_LAB_CACHE to a folder's full path."
        ) from error


class Lab:
    """A kernel tree to change, its build, and a guest that runs it.

    It keeps other notebooks off the same tree until close(), or until this process ends.
    Raises LabError where a tool is missing, the kernel source can't be had, or somebody else uses the tree.
    """

    def __init__(self, who: str, report: progress.Progress = progress.silent):
        doctor.check("boot")
        self.cache, spec = cache_folder(), os.environ.get("KERNEL_LAB_SOURCE", "auto")
        self.recipe = Recipe.read()
        cache.prove(self.cache, spec)
        self.source = source.find(spec, self.cache, report)
        root = self.cache / "trees" / self.source.key
        with ExitStack() as stack:  # so that a tree that can't be unpacked is not kept locked
            stack.enter_context(Tree.locked(root, who))
            self.tree = Tree(root, self.source, self.recipe, report)
            self._open = stack.pop_all()
        self.builder = Build(root / "linux", root / "build", self.cache / "ccache", edited=self._edited)
        self._guest: Guest | None = None

    @classmethod
    def start(cls, notebook: str) -> "Lab":
        """Begin notebook `notebook` ("04"): take the tree to where that notebook begins, and switch the magics on."""
        from kernel_lab import magics

        number = int(notebook)
        if magics.current:  # the start cell, run again
            magics.current.close()
        with progress.shown() as report:
            lab = cls(f"notebook {notebook}", report)
        magics.register(lab)
        lab.tree.jump(number - 1)
        where = "the kernel as it was shipped" if number == 1 else f"step {number - 1:02}"
        print(f"Linux {lab.source.version} ({lab.source.title}); the tree is at {where}.")
        return lab

    def close(self) -> None:
        """End the guest and let others use the tree."""
        if self._guest:
            self._guest.close()
            self._guest = None
        self._open.close()

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The tree ---------------------------------------------------------------------------------

    def jump(self, step: int) -> None:
        """Take the tree to where `step` is done (0: the kernel as shipped)."""
        self.tree.jump(step)
        print(f"The tree is at step {step:02}.")

    def undo(self) -> None:
        """Take the last edit back."""
        print("Took back the last edit of " + ", ".join(_short(path) for path in self.tree.undo()) + ".")

    def reset(self) -> None:
        """Take all edits since the last jump back."""
        self.tree.reset()
        print(f"The tree is back at step {self.tree.step:02}.")

    def check(self, step: int) -> None:
        """Say that the tree is what it should be when `step` is done. Raises LabError with the difference."""
        difference = self.tree.changes(step)
        if difference:
            raise LabError(
                f"The tree is not what step {step:02} makes it:\n{difference}",
                f"Run the cells that are missing; or lab.jump({step}), which keeps your own edits aside.",
            )
        print(f"The tree is at step {step:02}, as it should be.")

    def show(self, path: str, around: str, lines: int = 12) -> None:
        """Print the lines of a file of the kernel tree that follow the first line with the text `around`."""
        text = self.tree.read(KERNEL + path)
        found = [i for i, line in enumerate((text or "").splitlines()) if around in line]
        if not found:
            raise LabError(f"No line of {path} has the text {around!r}.", "Look at the path and the text.")
        print("\n".join(text.splitlines()[found[0] : found[0] + lines]))

    # Building ---------------------------------------------------------------------------------

    @property
    def log(self) -> Path:
        """The last build's whole log."""
        return self.builder.log

    def configure(self) -> None:
        """Write the kernel's .config from the fragments in config/, and verify that Kconfig took every line.

        Raises LabError where there is no fragment, as in the kernel as shipped; ConfigError where Kconfig dropped one.
        """
        if not self.fragments:
            raise LabError(
                f"The tree is at step {self.tree.step:02}, and has no configuration to build a kernel with.",
                f"Go to a step that has one, as all but 00 do: python -m kernel_lab jump {self.recipe.last} (in a "
                f"notebook: lab.jump({self.recipe.last})), and run this again. Or run the cell that writes a file into "
                f"{CONFIG}.",
            )
        self.builder.configure(self.fragments)

    def _edited(self) -> list[str]:
        """The files that cells and the reader wrote, as seen from the kernel tree or from what is beside it."""
        return [_short(path) for path in self.tree.managed] + self.tree.foreign_edits()

    @property
    def fragments(self) -> list[Path]:
        """The book's configuration, which other builds of the tree add to."""
        return sorted((self.tree.root / CONFIG).glob("*.config"))

    def config(self) -> dict[str, str]:
        """The kernel's final configuration: value by symbol, without those that are not set."""
        self.configure()
        lines = self.builder.config.splitlines()
        return dict(line.split("=", 1) for line in lines if line.startswith("CONFIG_"))

    def compile(self, target: str) -> None:
        """Compile one object of the kernel, such as `kernel/bpf/syscall.o`. Raises CompileError."""
        self.configure()
        self.builder.compile(target)
        print(f"{target}: compiled")

    def preprocess(self, source: str) -> str:
        """A C file of the kernel as it leaves the preprocessor. Raises CompileError."""
        self.configure()
        target = str(Path(source).with_suffix(".i"))
        self.builder.compile(target)
        return (self.builder.out / target).read_text(encoding="utf-8", errors="replace")

    def build(self) -> None:
        """Build the kernel. Raises ConfigError or CompileError."""
        with progress.shown() as report:
            self._build_kernel(report)
        print("The kernel is built: arch/x86/boot/bzImage")

    @property
    def sysroot(self) -> Path:
        """What the guest's programs are made of, in Debian's files; see sysroot.py."""
        return sysroot.sysroot(self.cache, progress.silent)

    def _build_kernel(self, report: progress.Progress) -> None:
        self.configure()
        sysroot.sysroot(self.cache, report)  # before the long part, for it needs the network
        self.builder.kernel(report)

    def module(self, name: str = "oreore_mod") -> None:
        """Build the module in lkm/ against this kernel, and put it into the guest if one runs. Raises CompileError."""
        self._hand_over(self.builder.module(self.tree.root / "lkm") / f"{name}.ko")

    def program(self, name: str) -> None:
        """Build a program of loader/, and put it into the guest if one runs. Raises CompileError."""
        self.builder.program(self.tree.root / "loader", name, SYSROOT=str(self.sysroot))
        self._hand_over(self.tree.root / "loader" / name)

    def programs(self) -> None:
        """Build all programs of loader/. Raises CompileError."""
        self.builder.program(self.tree.root / "loader", SYSROOT=str(self.sysroot))

    def _hand_over(self, file: Path) -> None:
        if self._guest and self._guest.alive:
            self._guest.put(f"/root/{file.name}", file.read_bytes())
            print(f"{file.name}: built, and put into the guest")
        else:
            print(f"{file.name}: built")

    # The guest --------------------------------------------------------------------------------

    @property
    def guest(self) -> Guest:
        """The running guest; one is booted where there is none."""
        if not (self._guest and self._guest.alive):
            with progress.shown() as report:
                self._boot(report)
        return self._guest

    def boot(self, cpus: int = 1) -> None:
        """Build what is out of date, boot it, and check that the guest runs the kernel just built."""
        with progress.shown() as report:
            guest = self._boot(report, cpus)
        engine = "with KVM" if guest.accel == "kvm" else "emulated"
        print(f"Booted the kernel that was just built ({engine} by QEMU).")

    def _boot(self, report: progress.Progress, cpus: int = 1) -> Guest:
        if self._guest:
            self._guest.close()
        self._build_kernel(report)
        accel = self._accelerator()
        report(f"booting ({accel})", 0, None)
        try:
            self._guest = self.start_guest(accel=accel, cpus=cpus)
        except NotStarted:
            if accel == "tcg":
                raise
            self._guest = self.start_guest(cpus=cpus)  # KVM was there once, and now something else has it
        return self._guest

    def start_guest(self, **options) -> Guest:
        """Boot the kernel as it was built last, beside the laboratory's own guest. The options are those of Guest."""
        initramfs = rootfs.pack(self.builder.out, self.tree.root / "initramfs.cpio", self.sysroot)
        return Guest(self.builder.image, initramfs, self.builder.id, self.tree.root / "console.log", **options)

    def boots(self, accel: str, patience: float) -> bool:
        """Whether the kernel as it was built last answers within `patience` seconds, under "kvm" or "tcg"."""
        try:
            with self.start_guest(accel=accel, patience=patience):
                return True
        except GuestError:
            return False

    def _accelerator(self) -> str:
        return kvm.accelerator(self.cache, self.boots)

    def shell(self) -> None:
        """Boot with a shell on this terminal; the module and the programs that were built are in its home."""
        with progress.shown() as report:
            self._build_kernel(report)
            accel = self._accelerator()
        built = [*self.builder.modules, *self._programs()]
        initramfs = rootfs.pack(self.builder.out, self.tree.root / "shell.cpio", self.sysroot, built)
        interactive(self.builder.image, initramfs, accel)

    def _programs(self) -> Iterator[Path]:
        """Those of loader/ that were built."""
        for file in (self.tree.root / "loader").glob("*.c"):
            if file.with_suffix("").is_file():
                yield file.with_suffix("")

    def transcript(self, commands: str) -> str:
        """Run shell commands in the guest, and return what a terminal would show of it."""
        return self.guest.run(_as_terminal(commands)).text.rstrip("\n")

    # The series -------------------------------------------------------------------------------

    def products(self) -> dict[str, str]:
        """What the saved notebooks tangle to, by path in the repository."""
        return tangle.products(self.recipe, self.tree.originals(self.recipe.paths))

    def commit(self, cell: Cell) -> tuple[tangle.Commit, str]:
        """The patch that a `%%commit` cell makes of the tree, and what checkpatch says of it."""
        commit = tangle.commit_in_tree(cell, self.recipe, self.tree.originals(self.tree.managed), self.tree.read)
        return commit, tangle.checkpatch(self.tree.root / "linux", commit.mail)


def _short(path: str) -> str:
    return path.removeprefix(KERNEL)


def _as_terminal(commands: str) -> str:
    """A script that runs each command and shows it first, as a terminal does; a failure's status is shown too.

    A line that ends with a backslash goes on in the next.
    """
    lines = re.sub(r"\\\n", "", commands).strip().splitlines()
    script = ["exec 2>&1"]
    for line in lines:
        quoted = "'" + line.replace("'", "'\\''") + "'"
        script.append(f"printf '# %s\\n' {quoted}")
        script.append(f'eval {quoted}; status=$?; [ $status -eq 0 ] || echo "[exit status $status]"')
    return "\n".join(script)


@contextmanager
def opened(who: str) -> Iterator[Lab]:
    """The laboratory for one command, with progress shown while the kernel source is got."""
    with progress.shown() as report:
        lab = Lab(who, report)
    with lab:
        yield lab
