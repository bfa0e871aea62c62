# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory as one object: it joins source, tree, kernels and guest, and says what it does."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kernel_lab.base import given, lock, paths, progress, tools
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import capped, run
from kernel_lab.exercises import checks
from kernel_lab.kernel import cache, flavour, header, terminal
from kernel_lab.kernel.flavour import Flavour
from kernel_lab.kernel.guest import ALL, COMMAND_SECONDS, CommandTimeout, Guest, Result
from kernel_lab.kernel.kernel import Kernel
from kernel_lab.recipe import repository, series
from kernel_lab.recipe.cells import BESIDE, KERNEL, Cell, Recipe
from kernel_lab.recipe.tree import Tree, shortened
from kernel_lab.sources import compiler, kernels, source, sparse
from kernel_lab.sources.kernels import Linux
from kernel_lab.sources.sysroot import busybox, sysroot

MODULE = "oreore_mod"
UAPI = "include/uapi/linux/bpf.h"
SHOWN_BYTES = 100_000  # of what commands print: a notebook keeps it all


class Lab:
    """A kernel tree to change, the kernels made of it, and a guest that runs one.

    The tree is in the folder `trees` of the cache; its steps are those of the recipe, as a rule the book's.
    Its kernel is `linux`, or the one that the environment chooses.
    It keeps other notebooks off the same tree until close(), or until this process ends.
    Raises LabError where a tool is missing, the kernel source can't be had, or somebody else uses the tree.
    """

    chapter: int | None = None  # the notebook that it is for: what later ones add to the series is not there yet

    def __init__(self, who: str, report: progress.Progress = progress.silent, recipe: Recipe | None = None,
                 trees: str = "trees", linux: Linux | None = None):  # fmt: skip
        paths.require_checkout()
        tools.check("boot")
        self.cache, spec = paths.cache_folder(), source.chosen()
        self.linux, self.book = linux or kernels.chosen(), recipe or Recipe.book()
        self.recipe = self.book.on(self.linux)
        cache.prove(self.cache, spec, self.linux)
        self.source = source.find(spec, self.cache, report, self.linux)
        root = self.cache / trees / self.source.key
        with ExitStack() as stack:  # so that a tree that can't be unpacked is not kept locked
            stack.enter_context(lock.held(root / "lock", who))
            self._tree = Tree(root, self.source, self.recipe, report, say=print)
            self._open = stack.pop_all()
        self._current = self.kernel()
        self._guest: Guest | None = None
        self._told: Counter[checks.Check] = Counter()  # how many hints were given

    def close(self) -> None:
        """End the guest and let others use the tree."""
        self._end_guest()
        self._tree.closed = True
        self._open.close()

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The tree ---------------------------------------------------------------------------------

    @property
    def tree(self) -> Tree:
        """The sources. Raises LabError where they are another laboratory's by now, or gone."""
        self._tree.require()
        return self._tree

    @property
    def current(self) -> Kernel:
        """The kernel that was built or booted last. Raises what `tree` does."""
        self._tree.require()
        return self._current

    def jump(self, step: int | str) -> None:
        """Take the tree to where `step` is done (0: the kernel as shipped)."""
        step = self.recipe.number(step)
        self.bring_back()
        self.tree.jump(step)
        print(f"The tree is at step {self.tree.step:02}.")

    def undo(self) -> None:
        """Take the last edit back."""
        print("Took back the last edit of " + ", ".join(_short(path) for path in self.tree.undo()) + ".")

    def reset(self) -> None:
        """Take all edits since the last jump back."""
        self.bring_back()
        self.tree.reset()
        print(f"The tree is back at step {self.tree.step:02}.")

    def check(self, step: int | str) -> None:
        """Say that the tree is what it should be when `step` is done. Raises LabError with the difference."""
        step = self.recipe.number(step)
        if lost := self.tree.lost():
            some = ", ".join(lost[:3]) + (", …" if len(lost) > 3 else "")
            raise LabError(
                f"{_files(len(lost))} of the kernel tree {'is' if len(lost) == 1 else 'are'} gone: {some}",
                f"lab.jump({step}) brings them back.",
            )
        difference = self.tree.changes(step) + self.tree.changes_by_no_cell()
        if difference:
            raise LabError(
                f"The tree is not what step {step:02} makes it:\n{shortened(difference)}",
                f"Run the cells that are missing; or lab.jump({step}), which keeps your own edits aside.",
            )
        print(f"The tree is at step {step:02}, as it should be.")

    def diff(self) -> None:
        """Print what was changed since the step, by cells and by hand, as a `%%patch` cell takes it."""
        print(self.tree.patch().rstrip("\n") or f"Nothing was changed since step {self.tree.step:02}.")

    def bring_back(self) -> None:
        """Bring back files of the kernel tree that were lost, and say so."""
        if not self.tree.lost():  # as a rule; and progress would leave an empty display in the cell
            return
        with progress.shown() as report:
            back = self.tree.restore(report)
        if back:
            print(f"{_files(len(back))} of the kernel tree had got lost. From its source they are back.")

    def show(self, path: str, around: str, lines: int = 12) -> None:
        """Print the lines from the first one with the text `around` on: of a file of the kernel, or beside it."""
        text = self.tree.read(path if path.startswith((KERNEL, *BESIDE)) else KERNEL + path)
        if text is None:
            raise LabError(
                f"There is no file {path} here.",
                "Look at the path: it is seen from the kernel tree, or begins with lkm/, loader/ or config/.",
            )
        print(excerpt(text, path, around, lines))

    def number(self, name: str) -> int:
        """The value of a constant of the tree's header <linux/bpf.h>, such as "BPF_PROG_TYPE_OREORE". Raises LabError.

        Kernels give the same name different numbers: the type is 32 on Linux 6.1, and 33 on 6.12.
        """
        known = header.numbers(self.tree.read(KERNEL + UAPI) or "")
        if name not in known:
            raise LabError(f"{UAPI} has no {name}.", "Look at the name. Was the cell run that adds it?")
        return known[name]

    def rewind(self, patches: int | str) -> None:
        """Let the kernel tree have the first patches of the series only (0: none); its configuration stays.

        lab.jump() goes back to a step. Raises LabError where there are not so many.
        """
        states, count = self._states(), given.number(patches)
        if count is None or count not in range(len(states)):
            raise LabError(f"There is no patch {patches}.", f"The series has {len(states) - 1}.")
        self.tree.rewind(states[count])
        print(f"The kernel tree has {count} of {len(states) - 1} patches.")

    def patches(self) -> Iterator[series.Commit]:
        """Let the kernel tree have one patch of the series after the other, and name each. It ends with all of them."""
        made = series.commits(self.recipe, self.tree.originals(self.recipe.paths), self.chapter)
        for commit, files in zip(made, self._states()[1:], strict=True):
            self.tree.rewind(files)
            yield commit

    def _states(self) -> list[dict[str, str | None]]:
        """The kernel's files without a patch, with the first one, with two, and so on."""
        shipped = self.tree.originals(self.recipe.paths)
        states = [shipped, *(commit.files for commit in series.of_book(self.recipe, shipped, self.chapter))]
        return [{path: text for path, text in state.items() if path.startswith(KERNEL)} for state in states]

    def repository(self) -> None:
        """Make a git repository of the series up to the tree's step, for `%%repository` cells. Raises LabError."""
        count = repository.make(self.tree, self.repository_folder)
        print(f"A repository with {count} commits, on top of the kernel as shipped.")

    @property
    def repository_folder(self) -> Path:
        """Where that is."""
        return self.tree.root / "series"

    def commands(self, commands: str) -> str:
        """Run shell commands in that repository, and return what a terminal would show of it. Raises LabError.

        LINUX is the kernel tree, whose path is left out of what is shown.
        """
        if not self.repository_folder.is_dir():
            raise LabError("There is no repository of the series yet.", "Make it: lab.repository().")
        script = terminal.script(busybox(sysroot(self.cache, progress.silent)), commands, prompt="$")
        linux = self.tree.root / "linux"
        status, out, left_out = capped(
            "sh", "-c", script, most=SHOWN_BYTES, endless=ALL, env={"LINUX": str(linux)}, cwd=self.repository_folder
        )
        return (
            _shown(Result(status, out, b"", left_out))
            .replace(f"{linux}/", "")
            .replace(f"{self.repository_folder}/", "")
        )

    # Building ---------------------------------------------------------------------------------

    def kernel(self, which: str | Flavour = "book") -> Kernel:
        """The kernel of this flavour in the tree as it is. Raises LabError where no flavour has this name."""
        return Kernel(flavour.named(which) if isinstance(which, str) else which, self.tree, self.cache)

    @property
    def log(self) -> Path:
        """The last build's whole log."""
        return self.current.made.log

    def configure(self) -> None:
        """Write the kernel's .config, and verify that Kconfig took every line. Raises what Kernel.configure() does."""
        self.current.configure()

    def config(self) -> dict[str, str]:
        """The kernel's final configuration: value by symbol, without those that are not set."""
        self.configure()
        lines = self.current.made.config.splitlines()
        return _Config(line.split("=", 1) for line in lines if line.startswith("CONFIG_"))

    def compile(self, target: str, *settings: str) -> None:
        """Compile an object of the kernel, such as `kernel/bpf/syscall.o`, and print its warnings. Raises CompileError.

        `settings` are make's, such as "W=1".
        """
        self.configure()
        warnings = _warnings(self.current.made.compile(*settings, target), target, self.tree.root / "linux")
        print("\n".join([f"{target}: compiled", *warnings]))

    def sparse(self, target: str) -> None:
        """Let sparse look at what an object is compiled from; print what it says of that file. Raises CompileError."""
        self.configure()
        with progress.shown() as report:
            check = sparse.sparse(self.cache, report)
        said = self.current.made.compile("C=2", f"CHECK={check}", target)
        warnings = _warnings(said, target, self.tree.root / "linux")
        print("\n".join(warnings) or f"{target}: sparse says nothing")

    def preprocess(self, source: str) -> str:
        """A C file of the kernel as it leaves the preprocessor. Raises CompileError."""
        self.configure()
        target = str(Path(source).with_suffix(".i"))
        self.current.made.compile(target)
        return (self.current.made.out / target).read_text(encoding="utf-8", errors="replace")

    def build(self, which: str | Flavour = "book") -> None:
        """Build a kernel. Raises ConfigError or CompileError."""
        self._use(which)
        with progress.shown() as report:
            self.current.build(report)
        print(f"The kernel is built: {self.current.flavour.arch.image}")
        self._mention("The command that built it", self.current.made.command)

    def module(self, name: str = MODULE) -> None:
        """Build a module that is for this kernel, and put it into the guest if one runs. Raises CompileError."""
        sources = next(iter(self.current.flavour.modules), "lkm")
        folder = self.current.module(sources)
        if not (folder / f"{name}.ko").is_file():
            made = ", ".join(path.stem for path in sorted(folder.glob("*.ko"))) or "no module"
            raise LabError(
                f"{sources}/ makes no {name}.ko. It makes {made}.", f"Look at {sources}/Kbuild, and at the name."
            )
        self._hand_over(folder / f"{name}.ko")

    def program(self, name: str) -> None:
        """Build a program of loader/, and put it into the guest if one runs. Raises CompileError."""
        self._require_source(name, ".c", "loader")
        self._hand_over(self.current.program(name) / name)

    def bpf(self, name: str) -> None:
        """Compile a program for the hook, loader/bpf/NAME.bpf.c, and put its object into the guest if one runs.

        Raises CompileError, or LabError where the compiler can't be had.
        """
        self._require_source(name, ".bpf.c", "loader/bpf")
        with progress.shown() as report:
            folder = self.current.program(f"bpf/{name}.o", report=report)
        self._hand_over(folder / f"bpf/{name}.o")

    def bpftool(self) -> None:
        """Build the tree's own bpftool, and put it into the guest if one runs. Raises CompileError."""
        with progress.shown() as report:
            report("building bpftool", 0, None)
            folder = self.current.program("bpftool")
        self._hand_over(folder / "bpftool")

    def test_verifier(self) -> None:
        """Build the tree's own test of the verifier, and put it into the guest if one runs. Raises CompileError."""
        self._own_test("test_verifier.gz")

    def test_progs(self) -> None:
        """Build the tree's own test_progs, with the tests that loader/Makefile names, for a kernel that has BTF.

        Put it into the guest if one runs. Raises CompileError, or LabError where the compiler can't be had.
        """
        self._own_test("test_progs.gz")

    def _own_test(self, name: str) -> None:
        with progress.shown() as report:
            report(f"building {name.removesuffix('.gz')}", 0, None)
            folder = self.current.program(name, report=report)
        self._hand_over(folder / name)

    def put(self, name: str) -> None:
        """Put a file of loader/ into the guest as it is: whatever it was made of has not been looked at."""
        file = self.tree.root / "loader" / name
        if not file.is_file():
            raise LabError(f"There is no loader/{name}.", "Look at the name. Was the cell run that makes it?")
        self.guest.put(f"/root/{file.name}", file.read_bytes())
        print(f"{file.name}: put into the guest as it was")

    def tool(self, command: str) -> None:
        """Run a tool of the compiler in loader/, as `llvm-objdump -d bpf/add_42.o`, and print what it says.

        Raises LabError where there is no such tool, and with what it said where it failed.
        """
        program, *rest = command.split() or [""]
        compiler.require_tool(program)
        with progress.shown() as report:
            argv = compiler.command(compiler.compiler(self.cache, report), program)
        done = run(*argv, *rest, cwd=self.tree.root / "loader")
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip() or f"it ended with status {done.returncode}"
            raise LabError(f"{program}: {said}", "Look at the command. Was the object compiled that it names?")
        if done.stdout:
            print(done.stdout.decode(errors="replace").strip("\n"))

    def _require_source(self, name: str, ending: str, folder: str) -> None:
        if self.tree.read(f"{folder}/{name}{ending}") is None:
            names = sorted(path.name.removesuffix(ending) for path in (self.tree.root / folder).glob(f"*{ending}"))
            known = ", ".join(names) or "none yet"
            wanted = f"{folder}/{name}{ending}"
            raise LabError(f"There is no program {wanted} here. There are: {known}.", "Look at the name.")

    def programs(self) -> None:
        """Build all programs of loader/. Raises CompileError."""
        self.current.program()

    def _use(self, which: str | Flavour | Kernel) -> None:
        """Let the other methods mean this kernel. Another one's guest would not load its modules, and is ended."""
        kernel = which if isinstance(which, Kernel) else self.kernel(which)
        if kernel.flavour != self.current.flavour:
            self._end_guest()
        self._current = kernel

    def _hand_over(self, file: Path) -> None:
        if self.has_guest:
            self.guest.put(f"/root/{file.name}", file.read_bytes())
            print(f"{file.name}: built, and put into the guest")
        else:
            print(f"{file.name}: built")

    # The guest --------------------------------------------------------------------------------

    @property
    def has_guest(self) -> bool:
        """Whether a guest runs."""
        return self._guest is not None and self._guest.alive

    @property
    def guest(self) -> Guest:
        """The guest that runs. Raises LabError where there is none."""
        if self._guest is None or not self._guest.alive:
            raise LabError("No guest is running.", "Boot one: lab.boot().")
        return self._guest

    def boot(self, which: str | Flavour | Kernel = "book", cpus: int | None = None) -> None:
        """Build what is out of date of a kernel, boot it, and check that the guest runs the kernel just built.

        `which` is the book's kernel, "checking" (it proves its own locking), another of flavour.py's, a Flavour of your
        own, or a Kernel of another tree. Raises ConfigError or CompileError, or BootFailed.
        """
        if cpus is not None and cpus < 1:
            raise LabError(f"No machine has {cpus} processors.", "Name 1 or more, as lab.boot(cpus=2).")
        self._use(which)
        self._end_guest()
        options = {} if cpus is None else {"cpus": cpus}
        with progress.shown() as report:
            self.current.build(report)
            self._guest = self.current.boot_quickly(report, **options)
        engine = "with KVM" if self._guest.accel == "kvm" else "emulated"
        print(f"Booted the kernel that was just built ({engine} by QEMU).")
        by_hand = self.current.boot_command(self._guest.accel)
        self._mention("The commands that built and boot it", f"{self.current.made.command}\n\n{by_hand}")

    def _mention(self, title: str, commands: str) -> None:
        """Commands that do the same by hand. A terminal is not filled with them; a notebook folds them."""

    def _end_guest(self) -> None:
        if self._guest:
            self._guest.close()
            self._guest = None

    def shell(self) -> None:
        """Boot with a shell on this terminal; the module and the programs that were built are in its home."""
        with progress.shown() as report:
            self.current.build(report)
            accel = self.current.accelerator()
        image = self.current.pack(self.current.built())
        self.current.machine(image, accel=accel, parameters="shell").interactive()

    @property
    def interrupted(self) -> str:
        """What to say when a reader interrupts what the laboratory does."""
        if self._guest and self._guest.alive and self._guest.busy:
            return "Interrupted. The command still runs in the guest; the next one waits until it ends, or its time."
        return "Interrupted. Run the cell again to go on: what was compiled stays."

    def transcript(self, commands: str, seconds: int = COMMAND_SECONDS) -> str:
        """Run shell commands in the guest, and return what a terminal would show of it. Boots one where none runs.

        Raises LabError where a command is not finished, CommandTimeout after `seconds`, and what Guest.run() does.
        """
        script = terminal.script(busybox(sysroot(self.cache, progress.silent)), commands)
        if not self.has_guest:
            self.boot(self.current)
        if self.guest.busy:
            with progress.shown() as report:
                report("waiting for the command that was interrupted", 0, None)
                self.guest.settle()
        try:
            result = self.guest.run(script, seconds=seconds, most=SHOWN_BYTES)
        except CommandTimeout as timeout:
            raise CommandTimeout(timeout.result, seconds, commands, f"%%guest --time {2 * seconds}") from None
        return _shown(result) + self._forgotten(result.printed)

    def _forgotten(self, printed: str) -> str:
        """What to do where a command wanted a module or a program that was not put into the guest."""
        return "".join(
            f"\n[{file} is not in the guest: {call} builds it, and puts it there]"
            for path, file, call in _wanted(printed)
            if self.tree.read(path) is not None
        )

    # The exercises ----------------------------------------------------------------------------

    def exercise(self, number: int | str, chapter: int | str | None = None) -> None:
        """Say what is right of your answer to an exercise of this notebook, or of another chapter, and what is not.

        What the sources make for it is built, put into the guest, and asked; the modules there are loaded anew. What is
        wrong gets a hint, and one more with each call. Boots a guest where none runs that will do.
        Raises LabError where nothing checks that exercise, and what building, booting, and Guest.run() raise.
        """
        asked = checks.find(number, self.chapter if chapter is None else chapter)
        for file in map(Path, asked.files):
            if file.suffix == ".o":  # readers write it, and need not wait for a kernel to hear that they did not
                self._require_source(file.stem, ".bpf.c", "loader/bpf")
        other = asked.kernel not in ("", self.current.flavour.name)
        if other and asked.kernel not in flavour.FLAVOURS:
            raise LabError(
                f"This exercise is about another kernel than {self.current.flavour.title}.",
                "Run the cell of its notebook that boots that one, with newer.kernel(), and then this one again.",
            )
        if asked.anew or other or not self.has_guest:
            self.boot(asked.kernel if other else self.current)
        for file in map(Path, asked.files):
            {".ko": self.module, ".o": self.bpf}.get(file.suffix, self.program)(file.stem)
        self.guest.run(asked.before)
        for line in asked.report(self.transcript, self._told):
            print(line)

    # The series -------------------------------------------------------------------------------

    def products(self) -> dict[str, str]:
        """What the book's cells tangle to for this kernel, by path in the repository."""
        return series.products(self.book, self.tree.originals(self.recipe.paths), self.linux)

    def commit(self, cell: Cell) -> tuple[series.Commit, str]:
        """The patch that a `%%commit` cell makes of the tree, and what checkpatch says of it."""
        tree, originals = self.tree, self.tree.originals(self.tree.managed)
        commit = series.commit_in_tree(cell, self.recipe, originals, tree.read, tree.step, tree.committed)
        return commit, series.checkpatch(self.tree.root / "linux", commit.mail)


class _Config(dict[str, str]):
    """A configuration that says what it means that a symbol is not there."""

    def __missing__(self, symbol: str) -> str:
        raise LabError(
            f"{symbol} is not set in the kernel's configuration.",
            "Was the cell run that sets it? Look for it in the notebook; or look at the symbol's name.",
        )


def _shown(result: Result) -> str:
    """What a terminal shows of the commands; and the status, where they came to an early end, as with `exit 3`."""
    return result.printed + (f"\n[exit status {result.status}]" if result.status else "")


# What a shell and insmod say of a file that is not in the guest.
MISSING = re.compile(r"can't insert '(?:\./)?([\w-]+)\.ko': No such file|(?:^|: )\./([\w-]+): not found", re.M)


def _wanted(printed: str) -> Iterator[tuple[str, str, str]]:
    """What was not in the guest: its source among the sources, its file in the guest, and the call that makes it."""
    for module, program in MISSING.findall(printed):
        if module:
            yield f"lkm/{module}.c", f"{module}.ko", "lab.module()" if module == MODULE else f'lab.module("{module}")'
        else:
            yield f"loader/{program}.c", program, f'lab.program("{program}")'


def _warnings(said: str, target: str, linux: Path) -> list[str]:
    """The warnings of what an object is compiled from, with its path as seen from the kernel tree."""
    seen = [line.replace(f"{linux}/", "").replace(f"../{linux.name}/", "") for line in said.splitlines()]
    return [line for line in seen if ": warning: " in line and line.startswith(target.removesuffix("o"))]


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def excerpt(text: str, path: str, around: str, lines: int) -> str:
    """So many lines of a file's text, from the first one with `around` on. Raises LabError where there is none."""
    if lines < 1:
        raise LabError(f"{lines} is not a number of lines to show.", "Name 1 or more.")
    every = text.splitlines()
    first = next((number for number, line in enumerate(every) if around in line), None)
    if first is None:
        raise LabError(f"No line of {path} has the text {around!r}.", "Look at the path and the text.")
    return "\n".join(every[first : first + lines])


def _short(path: str) -> str:
    return path.removeprefix(KERNEL)


@contextmanager
def opened(who: str, recipe: Recipe | None = None, trees: str = "trees", linux: Linux | None = None) -> Iterator[Lab]:
    """The laboratory for one command, with progress shown while the kernel source is got."""
    with progress.shown() as report:
        lab = Lab(who, report, recipe, trees, linux)
    with lab:
        yield lab
