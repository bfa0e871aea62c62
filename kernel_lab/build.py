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
from pathlib import Path

from kernel_lab.errors import LabError
from kernel_lab.progress import Progress, silent
from kernel_lab.shell import child

# The same sources give the same kernel, to the bit, wherever and whenever it is built.
REPRODUCIBLE = {
    "KBUILD_BUILD_TIMESTAMP": "2023-07-22",
    "KBUILD_BUILD_VERSION": "1",
    "KBUILD_BUILD_USER": "reader",
    "KBUILD_BUILD_HOST": "book",
}

# BTF is made by one thread: several write the types in an order of their own.
ONE_THREAD_BTF = "PAHOLE_FLAGS=$(filter-out -j,$(shell PAHOLE=$(PAHOLE) $(srctree)/scripts/pahole-flags.sh))"

# The compiler speaks as in the book; the kernel's Makefile takes LC_ALL out of the environment, so that is not enough.
PLAIN_ENGLISH = {"LC_ALL": "C", "LC_CTYPE": "C", "LC_MESSAGES": "C", "LANG": "C"}

# Ask the compiler which headers a file includes, rather than run the preprocessor once more; and trust a header's
# contents though it was written a moment ago, as a jump to another step does.
CCACHE = {"CCACHE_DEPEND": "1", "CCACHE_SLOPPINESS": "include_file_mtime,include_file_ctime"}

# Asked like this, ccache does not see what a file of assembler takes in by .incbin. A piggy.S takes in all that was
# linked, and says no more of it than how long it is: of two kernels of one length, ccache gave the older one.
COMPILER = "CC=$(if $(filter %piggy.o,$@),,ccache )gcc"

# What a make of the reader's own leaves beside a module's sources.
MODULE_PRODUCTS = ("*.o", "*.ko", "*.mod", "*.mod.c", ".*.cmd", "Module.symvers", "modules.order")

OBJECTS = 800  # about as many as the book's configuration has on x86-64

COMPILED = re.compile(r"^ +(CC|AS|HOSTCC)( \[M\])? +(\S+)")
DIAGNOSTIC = re.compile(r"(error|undefined reference|multiple definition|\*\*\* No rule to make target)")


class ConfigError(LabError):
    """Kconfig did not give what the fragments ask for; `dropped` lists the lines."""

    def __init__(self, dropped: list[str]):
        self.dropped = dropped
        super().__init__(
            "Kconfig did not take these lines of the configuration:\n" + "\n".join(f"    {line}" for line in dropped),
            "Look the symbol up in the kernel's Kconfig files: is its name right, and is what it 'depends on' set?",
        )


class CompileError(LabError):
    """The compiler or the linker refused. `cause` is what it said, with the source line."""


class Build:
    """The output folder `out` of the kernel tree `linux`, for the architecture `arch` (in the kernel's words)."""

    def __init__(self, linux: Path, out: Path, ccache: Path, arch: str = "x86_64"):
        self.linux, self.out, self._ccache, self._arch = linux, out, ccache, arch
        self.log = out.parent / "build.log"
        # Debug information names folders, and the build id is a hash of it too: they must not be this machine's.
        no_folders = dict.fromkeys(("KCFLAGS", "KAFLAGS"), f"-fdebug-prefix-map={out.parent}=.")
        self._env = {"CCACHE_DIR": str(ccache), **CCACHE, **REPRODUCIBLE, **PLAIN_ENGLISH, **no_folders}
        out.mkdir(parents=True, exist_ok=True)

    def beside(self, name: str, arch: str = "x86_64") -> "Build":
        """Another build of the same tree, with a configuration of its own, in a folder of its own."""
        return Build(self.linux, self.out.with_name(f"build-{name}"), self._ccache, arch)

    @property
    def image(self) -> Path:
        return self.out / "arch/x86/boot/bzImage"

    def configure(self, fragments: list[Path]) -> None:
        """allnoconfig plus the fragments, verified: every line that is asked for is in the final .config.

        Where two fragments say something of the same symbol, the later one counts.
        Raises ConfigError with the lines that Kconfig dropped.
        """
        wanted = "".join(path.read_text() for path in fragments)
        digest = hashlib.sha256((wanted + self._kconfigs()).encode()).hexdigest()
        stamp, merged = self.out / ".configured", self.out / ".fragments"
        if stamp.is_file() and stamp.read_text() == digest and (self.out / ".config").is_file():
            return
        merged.write_text(wanted)
        self._make(["allnoconfig"], silent, extra=[f"KCONFIG_ALLCONFIG={merged}"])
        dropped = dropped_lines(wanted, (self.out / ".config").read_text())
        if dropped:
            raise ConfigError(dropped)
        stamp.write_text(digest)

    def kernel(self, progress: Progress = silent) -> None:
        """Build bzImage, the module symbols and the user-space headers.

        Raises CompileError with the compiler's own message.
        """
        self._make(["bzImage", "modules", "headers"], progress, "compiling the kernel")

    @property
    def id(self) -> str:
        """The GNU build id of the kernel as it was built last: a hash of all that was linked, as hex."""
        argv = ["readelf", "-n", str(self.out / "vmlinux")]
        notes = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        return re.search(r"Build ID: ([0-9a-f]+)", notes)[1]

    def compile(self, target: str) -> str:
        """Build one file of the tree, as `make kernel/bpf/syscall.o` does, and return what the compiler said."""
        return self._make([target], silent)

    def module(self, folder: Path) -> Path:
        """Build the module in `folder` against this kernel, in a copy, which is returned. Raises CompileError.

        A module is for one kernel; from what another build of the tree left there, make could not tell.
        """
        copy = self.copy(folder, *MODULE_PRODUCTS)
        self._make(["modules"], silent, extra=[f"M={copy}"])
        return copy

    def copy(self, folder: Path, *without: str) -> Path:
        """A copy of a folder of sources for this build alone; only files that differ are written."""
        copy = self._external / folder.name
        ignore = shutil.ignore_patterns(*without)
        shutil.copytree(folder, copy, dirs_exist_ok=True, copy_function=_copy_if_changed, ignore=ignore)
        return copy

    @property
    def modules(self) -> list[Path]:
        """All that have been built against this kernel."""
        return sorted(self._external.glob("*/*.ko"))

    @property
    def _external(self) -> Path:
        return self.out / "external"

    def program(self, folder: Path, *targets: str, **variables: str) -> str:
        """Build user-space programs in `folder` (all of them, if none is named), with this kernel's own headers.

        `variables` are make's, such as CC. Raises CompileError.
        """
        settings = [f"{name}={value}" for name, value in {"KDIR": self.out, **variables}.items()]
        return self._run(["make", "-C", str(folder), *settings, *targets], silent)

    def _kconfigs(self) -> str:
        return (self.linux / "kernel/bpf/Kconfig").read_text()

    def _make(self, targets: list[str], progress: Progress, what: str = "", extra: list[str] | None = None) -> str:
        argv = [
            "make",
            "-C",
            str(self.linux),
            f"O={self.out}",
            f"ARCH={self._arch}",
            f"-j{os.cpu_count()}",
            COMPILER,
        ]
        return self._run([*argv, ONE_THREAD_BTF, *(extra or []), *targets], progress, what)

    def _run(self, argv: list[str], progress: Progress, what: str = "") -> str:
        total, done, said = self._expected(), 0, []
        merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
        with child(argv, self._env, **merged) as process, self.log.open("w") as log:
            if what:
                progress(what, 0, total)
            for line in process.stdout:
                log.write(line)
                said.append(line)
                if COMPILED.match(line):
                    done += 1
                    progress(what, done, max(total, done) if total else None)
        if process.returncode:
            raise CompileError(self._explain(said), "Correct the cell and run it again. lab.log is the whole log.")
        return "".join(said)

    def _expected(self) -> int | None:
        """How many objects a build from scratch has; None when most of them are there already: make can't tell."""
        return None if (self.out / "vmlinux").exists() else OBJECTS

    def _explain(self, said: list[str]) -> str:
        """What the compiler said, without make's own chatter, paths as seen from the kernel tree."""
        roots = (f"{self._external}/", f"{self.linux}/", f"../{self.linux.name}/", f"{self.linux.parent}/")
        own = [functools.reduce(lambda text, root: text.replace(root, ""), roots, line) for line in said]
        own = [line for line in own if not re.match(r"make(\[\d+\])?: |  [A-Z]+ ", line)]
        first = next((i for i, line in enumerate(own) if DIAGNOSTIC.search(line)), None)
        if first is None:
            return "make failed; its last lines:\n" + "".join(said[-15:]).rstrip()
        begin = first
        while begin and re.search(r"(In function|In file included from|^\s+from )", own[begin - 1]):
            begin -= 1
        return "".join(own[begin : first + 30]).rstrip()


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
