# SPDX-License-Identifier: GPL-2.0-only
"""Configure and compile: the kernel with `O=`, one object of it, the module, the loader.

`make` stays the boss of what has to be rebuilt; this module adds progress, a log, and failures that
show what the compiler said.
"""

import filecmp
import functools
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from kernel_lab.base import disk, state
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import answer, child, lines, output
from kernel_lab.base.progress import Progress, silent
from kernel_lab.kernel import failure, jobs
from kernel_lab.kernel.arch import X86_64, Arch
from kernel_lab.kernel.commands import CPUS, copyable
from kernel_lab.kernel.failure import CompileError

# The same sources give the same kernel, to the bit, wherever and whenever it is built; in a git repository, too, whose
# state the version would show if LOCALVERSION were not set.
REPRODUCIBLE = {
    "LOCALVERSION": "",
    "KBUILD_BUILD_TIMESTAMP": "2023-07-22",
    "KBUILD_BUILD_VERSION": "1",
    "KBUILD_BUILD_USER": "reader",
    "KBUILD_BUILD_HOST": "book",
}

# The compiler speaks as in the book; the kernel's Makefile takes LC_ALL out of the environment, so that is not enough.
PLAIN_ENGLISH = {"LC_ALL": "C", "LC_CTYPE": "C", "LC_MESSAGES": "C", "LANG": "C"}

# Ask the compiler which headers a file includes, rather than run the preprocessor once more; and trust a header's
# contents though it was written a moment ago, as a jump to another step does.
CCACHE = {"CCACHE_DEPEND": "1", "CCACHE_SLOPPINESS": "include_file_mtime,include_file_ctime"}

# Asked like this, ccache does not see what a file of assembler takes in by .incbin. A piggy.S takes in all that was
# linked, and says no more of it than how long it is: of two kernels of one length, ccache gave the older one.
COMPILER = "CC=$(if $(filter %piggy.o,$@),,ccache ){}gcc"

# The kernel's own tools are older than some C libraries. That of glibc 2.43 returns const char * from strchr() where it
# was given one, which tools/lib/bpf of 6.1 takes as char *; it is built with -Werror.
TOOLS = "HOSTCFLAGS=-Wno-error=discarded-qualifiers"

# The version of a Rust compiler is a symbol of 6.12's configuration (RUSTC_VERSION in init/Kconfig), needed or not, and
# all objects depend on that: where one is installed, or not any more, they would be compiled anew.
NO_RUST = "RUSTC=none"

# What a make of the reader's own leaves beside a module's sources.
MODULE_PRODUCTS = ("*.o", "*.ko", "*.mod", "*.mod.c", ".*.cmd", "Module.symvers", "modules.order")

BUILD_BYTES = 256 * 2**20  # what a build (155 MB) and its part of the compiler's cache take, and some room
ALWAYS = 4  # what each build of the kernel compiles: its version, its symbols
OBJECTS = 800  # about as many as the book's configuration has on x86-64

COMPILED = re.compile(r"^ +(CC|AS|HOSTCC)( \[M\])? +(\S+)")


class ConfigError(LabError):
    """Kconfig did not give what the fragments ask for; `dropped` lists the lines."""

    def __init__(self, dropped: list[str]):
        self.dropped = dropped
        super().__init__(
            "Kconfig did not take these lines of the configuration:\n" + "\n".join(f"    {line}" for line in dropped),
            "Look the symbol up in the kernel's Kconfig files: is its name right, and is what it 'depends on' set?",
        )


def prepare_ccache(folder: Path) -> None:
    """Let ccache know a file again in another tree below the same cache, such as that of the tests.

    It is a setting in ccache's own file, so that a `make` by hand finds the same entries.
    """
    if not (settings := folder / "ccache.conf").exists():
        folder.mkdir(parents=True, exist_ok=True)
        state.save(settings, f"base_dir = {folder.resolve().parent}\n")


class Build:
    """The output folder `out` of the kernel tree `linux`, for an architecture.

    `edited` says which files of the tree cells and the reader wrote, `cells` which cells did, and that at once.
    `environment` is what each `make` gets.
    """

    def __init__(self, linux: Path, out: Path, ccache: Path, arch: Arch = X86_64,
                 edited: Callable[[], Iterable[str]] = list, cells: Callable[[], Iterable[str]] = list):  # fmt: skip
        self.linux, self.out, self._ccache, self._arch = linux, out, ccache, arch
        self._edited, self._cells = edited, cells
        self.log = out.parent / "build.log"
        # Debug information names folders, and the build id is a hash of it too: they must not be this machine's.
        no_folders = dict.fromkeys(("KCFLAGS", "KAFLAGS"), f"-fdebug-prefix-map={out.parent}=.")
        # What __FILE__ says: the kernel's own map takes the absolute folder away, which newer ccache (4.11 does) has
        # made a relative one by then.
        no_folders["KCPPFLAGS"] = f"-fmacro-prefix-map={os.path.relpath(linux, out)}/="
        self.environment = {"CCACHE_DIR": str(ccache), **CCACHE, **REPRODUCIBLE, **PLAIN_ENGLISH, **no_folders}

    @property
    def image(self) -> Path:
        return self.out / self._arch.image

    @property
    def config(self) -> str:
        """The final configuration."""
        return (self.out / ".config").read_text(encoding="utf-8", errors="surrogateescape")

    def begin_from(self, other: Path) -> None:
        """Where nothing was built yet, begin with what another build of the same tree and architecture has.

        make knows which symbols of the configuration an object depends on (scripts/basic/fixdep.c), and compiles only
        those anew for which they are others; for the compiler's cache, each symbol is a part of all objects. They all
        depend on objtool, too, and the commands that built it name the folder in full.
        """
        if self.out.exists() or not (other / "vmlinux").exists():
            return
        with disk.whole(self.out) as partial:
            disk.require_space(self.out.parent, BUILD_BYTES)
            shutil.copytree(other, partial, symlinks=True, ignore=shutil.ignore_patterns("external", "vmlinux*"))
            for path in (partial / "tools").rglob(".*.cmd"):
                path.write_bytes(path.read_bytes().replace(os.fsencode(other), os.fsencode(self.out)))

    def configure(self, fragments: list[Path]) -> None:
        """allnoconfig plus the fragments, verified: every line that is asked for is in the final .config.

        Where two fragments say something of the same symbol, the later one counts.
        Raises ConfigError with the lines that Kconfig dropped.
        """
        wanted = "".join(path.read_text(encoding="utf-8", errors="surrogateescape") for path in fragments)
        digest = hashlib.sha256((wanted + self._kconfigs()).encode(errors="surrogateescape")).hexdigest()
        self.out.mkdir(parents=True, exist_ok=True)
        prepare_ccache(self._ccache)
        stamp, merged = self.out / ".configured", self.out / ".fragments"
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest and (self.out / ".config").is_file():
            return
        stamp.unlink(missing_ok=True)  # what Kconfig writes from here on is not what the stamp stood for
        merged.write_text(wanted, encoding="utf-8", errors="surrogateescape")
        self._make(["allnoconfig"], silent, extra=[f"KCONFIG_ALLCONFIG={merged}"])
        dropped = dropped_lines(wanted, self.config)
        if dropped:
            raise ConfigError(dropped)
        stamp.write_text(digest, encoding="utf-8")

    def kernel(self, progress: Progress = silent) -> None:
        """Build what boots, the module symbols and the user-space headers.

        Raises CompileError with the compiler's own message; LabError where it is certain that the disk is too small.
        """
        if not (self.out / "vmlinux").exists():
            disk.require_space(self.out, BUILD_BYTES - disk.used(self.out))
        self._make(self._targets, progress, "compiling the kernel")

    @property
    def _targets(self) -> list[str]:
        return [Path(self._arch.image).name, "modules", "headers"]

    @property
    def command(self) -> str:
        """The `make` that builds the kernel, for a shell."""
        return copyable(self._argv(CPUS, self._targets), self.out.parent, self.environment)

    @property
    def id(self) -> str:
        """The GNU build id of the kernel as it was built last: a hash of all that was linked, as hex."""
        notes = answer("readelf", "-n", str(self.out / "vmlinux"))
        if not (found := re.search(r"Build ID: ([0-9a-f]+)", notes)):
            raise LabError(f"There is no whole kernel in {self.out}.", "Build it: lab.build().")
        return found[1]

    def compile(self, *targets: str) -> str:
        """Build files of the tree, as `make W=1 kernel/bpf/syscall.o` does, and return what the compiler said."""
        return self._make([*targets], silent)

    def module(self, folder: Path) -> Path:
        """Build the module in `folder` against this kernel, in a copy, which is returned. Raises CompileError.

        A module is for one kernel; from what another build of the tree left there, make could not tell.
        """
        copy = self.copy(folder, *MODULE_PRODUCTS)
        for path in [*copy.rglob("*.[ch]")]:
            if not (path.name.endswith(".mod.c") or (folder / path.relative_to(copy)).exists()):
                path.unlink()  # it was removed in the folder
        self._remove_older(copy)
        self._make(["modules"], silent, extra=[f"M={copy}"])
        self._remove_stale(copy)
        return copy

    def _remove_older(self, copy: Path) -> None:
        """Remove the modules from before the kernel was linked.

        Their BTF counts on from the kernel's own; if that has more types by now, it means others. Where a module lies
        outside the kernel's tree, make does not see that it depends on vmlinux (scripts/Makefile.modfinal).
        """
        linked = self.out / "vmlinux"
        for module in copy.glob("*.ko"):
            if linked.exists() and module.stat().st_mtime < linked.stat().st_mtime:
                module.unlink()

    def _remove_stale(self, copy: Path) -> None:
        """Remove the modules that the Kbuild file does not name any more: they are of another time."""
        named = {Path(line).stem for line in (copy / "modules.order").read_text(encoding="utf-8").splitlines()}
        for module in copy.glob("*.ko"):
            if module.stem not in named:
                module.unlink()

    def _written(self) -> Iterator[str]:
        """The files that may have a cell's mistakes, as make names them: those of the tree, and all of the modules."""
        yield from self._edited()
        yield from (str(path.relative_to(self.copies)) for path in self.copies.rglob("*.[ch]"))

    def copy(self, folder: Path, *without: str) -> Path:
        """A copy of a folder of sources for this build alone; only files that differ are written."""
        copy = self.copies / folder.name
        ignore = shutil.ignore_patterns(*without)
        shutil.copytree(folder, copy, dirs_exist_ok=True, copy_function=_copy_if_changed, ignore=ignore)
        return copy

    def copy_of_programs(self, folder: Path) -> Path:
        """A copy without what was built there: make can't tell that it is for another machine, or another kernel."""
        programs = [path.name for path in folder.iterdir() if path.is_file() and not path.suffix]
        return self.copy(folder, *(name for name in programs if name != "Makefile"), "*.o", "*.skel.h", "vmlinux.h")

    @property
    def modules(self) -> list[Path]:
        """All that have been built against this kernel."""
        return sorted(self.copies.glob("*/*.ko"))

    @property
    def copies(self) -> Path:
        return self.out / "external"

    def program(self, folder: Path, *targets: str, **variables: str) -> str:
        """Build user-space programs in `folder` (all of them, if none is named), with this kernel's own headers.

        `variables` are make's, such as CC. Raises CompileError.
        """
        settings = [f"{name}={value}" for name, value in {"KDIR": self.out, **variables}.items()]
        own = [str(path.relative_to(folder)) for path in folder.rglob("*")]
        return self._run(["make", "-C", str(folder), *settings, *targets], own, silent)

    def _kconfigs(self) -> str:
        return (self.linux / "kernel/bpf/Kconfig").read_text(encoding="utf-8", errors="surrogateescape")

    def _make(self, targets: list[str], progress: Progress, what: str = "", extra: Iterable[str] = ()) -> str:
        return self._run(self._argv(jobs.jobs(), [*extra, *targets]), self._written(), progress, what)

    def _argv(self, at_once: object, rest: list[str]) -> list[str]:
        # What one file's compiler says stays together, whatever others say at the same time.
        argv = ["make", "-C", str(self.linux), f"-j{at_once}", "--output-sync", f"O={self.out}"]
        return [*argv, *self._compiler, TOOLS, NO_RUST, *self._pahole, *rest]

    @property
    def _compiler(self) -> list[str]:
        cross = self._arch.cross
        prefix = [f"CROSS_COMPILE={cross}"] if cross else []
        return [f"ARCH={self._arch.kernel}", *prefix, COMPILER.format(cross)]

    @cached_property
    def _pahole(self) -> list[str]:
        """What the kernel asks pahole for, but in one thread: several write BTF's types in an order of their own.

        One without that script does so itself, where KBUILD_BUILD_TIMESTAMP is set: scripts/Makefile.btf.
        """
        script = self.linux / "scripts/pahole-flags.sh"
        if not script.exists():
            return []
        flags = output("sh", script, env={"PAHOLE": "pahole"}).decode().split()
        return ["PAHOLE_FLAGS=" + " ".join(flag for flag in flags if flag != "-j")]

    def _run(self, argv: list[str], written: Iterable[str], progress: Progress, what: str = "") -> str:
        total, done, said = self._expected() if what else 0, 0, []
        merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with child(argv, self.environment, **merged) as process, self.log.open("w", encoding="utf-8") as log:
            if what:
                progress(what, 0, total)
            for line in lines(process.stdout):
                log.write(line)
                said.append(line)
                if COMPILED.match(line):
                    done += 1
                    progress(what, done, max(total, done))
        if process.returncode:
            raise self._failure(said, written)
        return "".join(said)

    def _failure(self, said: list[str], written: Iterable[str]) -> CompileError | LabError:
        """What went wrong, with paths as seen from the kernel tree."""
        roots = (f"{self.copies}/", f"{self.linux}/", f"../{self.linux.name}/", f"{self.linux.parent}/")
        seen = [functools.reduce(lambda text, root: text.replace(root, ""), roots, line) for line in said]
        return failure.explain(seen, written, self.out, self.log)

    def _expected(self) -> int:
        """How many objects a build will have: about OBJECTS from scratch, otherwise those that a changed file is in."""
        if not (self.out / "vmlinux").exists():
            return OBJECTS
        changed = self._changed_since((self.out / "vmlinux").stat().st_mtime)
        lists = (path.read_bytes() for path in self.out.rglob(".*.o.cmd") if not path.is_relative_to(self.copies))
        return ALWAYS + sum(any(name in files for name in changed) for files in lists)

    def _changed_since(self, time: float) -> list[bytes]:
        """The cells' files that are newer, as they are named in make's lists of what an object is made of."""
        files = ((path, self.linux / path) for path in self._cells())
        return [os.fsencode(path) for path, file in files if file.is_file() and file.stat().st_mtime > time]


def _copy_if_changed(origin: str, copy: str) -> None:
    if not (Path(copy).exists() and filecmp.cmp(origin, copy, shallow=False)):
        shutil.copyfile(origin, copy)


def dropped_lines(wanted: str, config: str) -> list[str]:
    """The lines of the fragments that are not in a final .config.

    A symbol that is off is there as `# CONFIG_X is not set`, or not at all.
    """
    have = set(config.splitlines())
    symbols = {line.split("=")[0] for line in have if "=" in line}
    asked = (line.split("#")[0].strip() for line in wanted.splitlines())
    last = {line.split("=")[0]: line for line in asked if line}
    return [line for symbol, line in last.items() if (symbol in symbols if line.endswith("=n") else line not in have)]
