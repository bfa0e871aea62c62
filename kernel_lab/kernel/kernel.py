# SPDX-License-Identifier: GPL-2.0-only
"""A kernel: a flavour in a tree, from its configuration to a guest that runs it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kernel_lab.base import progress, tools
from kernel_lab.base.errors import LabError
from kernel_lab.base.progress import Progress
from kernel_lab.kernel import initramfs, kvm
from kernel_lab.kernel.arch import HOST
from kernel_lab.kernel.build import Build
from kernel_lab.kernel.commands import copyable
from kernel_lab.kernel.flavour import BOOK, Flavour
from kernel_lab.kernel.guest import BOOT_SECONDS, Guest, GuestError, NotStarted
from kernel_lab.kernel.qemu import Machine
from kernel_lab.recipe.cells import not_carried
from kernel_lab.recipe.tree import Tree
from kernel_lab.sources.compiler import compiler
from kernel_lab.sources.sysroot import busybox, sysroot

CLANGS = ("test_progs.gz",)  # what clang compiles, beside the programs that have a bpf/NAME.bpf.c


class Kernel:
    """The kernel of this flavour in this tree. What it is built in, and its guests' files, are in the tree's folder.

    Its configuration, modules and programs are the tree's, or those of another one, `beside`.
    """

    def __init__(self, flavour: Flavour, tree: Tree, cache: Path, beside: Tree | None = None):
        self.flavour, self._tree, self._cache, self._beside = flavour, tree, cache, beside or tree
        # The book's own is where a `make` by hand is told to look.
        out = "build" if flavour.name == BOOK.name else f"build-{flavour.name}"
        self.made = Build(
            tree.root / "linux", tree.root / out, cache / "ccache", flavour.arch, tree.edited, tree.by_cells
        )

    @property
    def _root(self) -> Path:
        return self._tree.root

    @property
    def _sources(self) -> Path:
        return self._beside.root

    # From the sources -------------------------------------------------------------------------

    def configure(self) -> None:
        """Write .config from the flavour's fragments, and verify that Kconfig took every line.

        Raises LabError where there is no fragment, as in the kernel as shipped; ConfigError where Kconfig dropped one.
        """
        self._tree.require()
        # Without pahole, for one, Kconfig would say that there is no BTF.
        tools.check(*self.flavour.tools, self.flavour.arch.tools)
        for part in self.flavour.fragments:
            if isinstance(part, str) and not any(self._sources.glob(part)):
                raise self._not_configured(part)
        if self.flavour.arch == BOOK.arch:
            self.made.begin_from(self._root / "build")
        self.made.configure([*self.flavour.files(self._sources)])

    def _not_configured(self, part: str) -> LabError:
        last, linux = self._beside.recipe.last, self._beside.recipe.linux
        if linux and self._beside.step == last and not linux.carries(last + 1):
            return not_carried(linux, f"{self.flavour.title} comes later ({part})")
        return LabError(
            f"The tree is at step {self._beside.step:02}, and has no configuration for {self.flavour.title} ({part}).",
            f"Go to a step that has one, as the last has: python -m kernel_lab jump {last} (in a notebook: "
            f"lab.jump({last})), and run this again. Or run the cell that writes the file.",
        )

    def build(self, report: Progress = progress.silent) -> None:
        """Build the kernel itself. Raises what configure() does, or CompileError."""
        self.configure()
        self.sysroot(report)  # before the long part, for it needs the network
        self.made.kernel(report)

    def build_all(self, report: Progress = progress.silent) -> None:
        """Build the kernel, the flavour's modules, and all programs. Raises what build() does."""
        self.build(report)
        for folder in self.flavour.modules:
            self.module(folder)
        self.program()

    def module(self, folder: str = "lkm") -> Path:
        """Build the modules in a folder of the tree; returns where they are. Raises CompileError."""
        self._require_folder(folder)
        return self.made.module(self._sources / folder)

    def program(self, *names: str, report: Progress = progress.silent) -> Path:
        """Build programs of loader/ (all, if none is named); returns where they are. Raises CompileError.

        Those that need clang and bpftool are built only where they are named; it is then that these are downloaded.
        """
        self._require_folder("loader")
        folder = self._programs
        if folder != self._sources / "loader":
            self.made.copy_of_programs(self._sources / "loader")
        variables = {"CC": self.flavour.arch.compiler, "SYSROOT": str(self.sysroot())}
        if any(name in CLANGS or (folder / "bpf" / f"{Path(name).stem}.bpf.c").is_file() for name in names):
            variables["COMPILER"] = str(compiler(self._cache, report))
        self.made.program(folder, *names, **variables)
        return folder

    @property
    def _programs(self) -> Path:
        """Where programs are built: with their sources, or in a copy, where those there are for other kernels."""
        own = self.flavour.arch == HOST and self._beside is self._tree
        return (self._root if own else self.made.copies) / "loader"

    def _require_folder(self, name: str) -> None:
        self._beside.require()
        if not (self._sources / name).is_dir():
            raise LabError(
                f"The tree is at step {self._beside.step:02}, and has nothing in {name}/ yet.",
                "Run the cell that writes it, or jump to a later step.",
            )

    def sysroot(self, report: Progress = progress.silent) -> Path:
        """What programs for this kernel are made of, in Debian's files; see sysroot.py."""
        return sysroot(self._cache, report, self.flavour.arch.debian)

    def built(self) -> Iterator[Path]:
        """What there is to put into a guest: modules, programs, programs for the hook, scripts."""
        yield from self.made.modules
        for source in sorted(self._programs.glob("*.c")):
            if source.with_suffix("").is_file():
                yield source.with_suffix("")
        for source in sorted((self._programs / "bpf").glob("*.bpf.c")):
            if (made := source.with_name(source.name.replace(".bpf.c", ".o"))).is_file():
                yield made
        yield from sorted(self._programs.glob("*.sh"))

    # To a guest -------------------------------------------------------------------------------

    def pack(self, files: Iterable[Path] = (), job: bytes = b"", init: Path = initramfs.INIT) -> Path:
        """The initramfs, with `files` in its /root, and a `job` that it does unasked. Raises LabError."""
        host = sysroot(self._cache, progress.silent)
        own = None if host == self.sysroot() else busybox(self.sysroot())
        image = self._root / f"{self.flavour.name}.cpio"
        return initramfs.pack(self.made.out, image, host, files, job, busybox=own, init=init)

    def machine(self, image: Path, **options: Any) -> Machine:
        """The machine that it boots on, with the initramfs `image`; the options are those of Machine."""
        return Machine(self.flavour.arch, self.made.image, image, **{"cpus": self.flavour.cpus, **options})

    def boot_command(self, accel: str) -> str:
        """The QEMU that boots it with a shell on a terminal, for a shell; the initramfs is the last that was packed."""
        machine = self.machine(self._root / f"{self.flavour.name}.cpio", accel=accel, parameters="shell")
        return copyable(machine.on_terminal(), self._root)

    def boot(self, files: Iterable[Path] = (), job: bytes = b"", patience: float = BOOT_SECONDS,
             **options: Any) -> Guest:  # fmt: skip
        """A guest that runs it as it was built last. The options are those of Machine; without KVM, if none is said.

        Raises LabError where nothing was built, BootFailed where it does not answer within `patience` seconds.
        """
        if not self.made.image.exists():
            raise LabError(f"{self.flavour.title.capitalize()} has not been built.", "Build it: call build().")
        machine = self.machine(self.pack(files, job), **options)
        return Guest(machine, self.made.id, self._root / f"{self.flavour.name}-console.log", patience)

    def boot_quickly(self, report: Progress, **options: Any) -> Guest:
        """A guest, with KVM where that works. Raises what boot() does."""
        accel = self.accelerator()
        report(f"booting ({accel})", 0, None)
        try:
            return self.boot(accel=accel, **options)
        except NotStarted:
            if accel == "tcg":
                raise
            return self.boot(**options)  # KVM was there once, and now something else has it

    def accelerator(self) -> str:
        """ "kvm" where this kernel, or one before it, has answered under KVM; otherwise "tcg"."""
        return kvm.accelerator(self._cache, self.boots) if self.flavour.arch.native else "tcg"

    def boots(self, accel: str, patience: float) -> bool:
        """Whether it answers within `patience` seconds, under "kvm" or "tcg"."""
        try:
            with self.boot(accel=accel, patience=patience):
                return True
        except GuestError:
            return False
