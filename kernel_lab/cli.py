# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory as a command: python -m kernel_lab --help."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from kernel_lab import demo, doctor, stress
from kernel_lab.base import disk, given, lock, progress
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import cache_folder, temporary
from kernel_lab.kernel.flavour import FLAVOURS
from kernel_lab.lab import opened
from kernel_lab.page import states
from kernel_lab.recipe import port_check, series
from kernel_lab.recipe.cells import Recipe
from kernel_lab.recipe.tree import Tree
from kernel_lab.sources import kernels, source

LOST_SHOWN = 20

Command = Callable[[argparse.Namespace], int | None]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.do(options) or 0
    except LabError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as error:
        if not (explained := disk.explained(error, [cache_folder(), temporary()])):
            raise
        print(explained, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the command again to continue.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kernel_lab", description="Get a kernel, change it, build it, boot it."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(do: Command, name: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(do=do)
        return sub

    command(_doctor, "doctor", "name every tool that is missing, its package, and what it is needed for")
    command(_status, "status", "say which kernel, which step, and what you changed since")
    jump = command(_jump, "jump", "take the tree to where a step is done; your own edits are kept aside")
    jump.add_argument("step", type=int, help="the number of a notebook; 0 is the kernel as shipped")
    command(_undo, "undo", "take the last cell's edit back")
    command(_reset, "reset", "take all edits since the last jump back")
    command(_build, "build", "build the kernel of the tree as it is")
    sub = command(_demo, "demo", "build the finished kernel, boot it, and print the transcript that ends with 43")
    sub.add_argument("--kernel", choices=FLAVOURS, default="book", help="which of the kernels (%(default)s)")
    command(_shell, "shell", "boot the finished kernel, with the module and the programs, and give you a shell in it")
    sub = command(_tangle, "tangle", "take the saved notebooks for the book: write its steps and files from them")
    sub.add_argument("--check", action="store_true", help="only say whether they differ")
    sub = command(_run, "run", "run notebooks and store their outputs")
    sub.add_argument("notebook", nargs="*", type=Path, help="which ones (all)")
    sub.add_argument("--fresh", action="store_true", help="store also what may differ from machine to machine")
    command(_port_check, "port-check", "say which hunks of the series fit KERNEL_LAB_SOURCE, a kernel of any version")
    command(_latency, "latency", "measure every way to run a program in three boots; the samples must be equal")
    command(_page, "page", "make the kernel that runs inside the book's pages")
    sub = command(_stress, "stress", "race all calls on the hook, on the kernel that checks itself")
    sub.add_argument(
        "--rounds", type=_rounds, default=1000, help="how many, on two processors and on four (%(default)s)"
    )
    sub.add_argument(
        "--kernel", choices=("checking", "kasan"), default="checking", help="kasan: watch memory, too (%(default)s)"
    )
    sub = command(
        _new, "new", "write a hook of your own into a folder: a program type or, without a patch, a struct_ops"
    )
    sub.add_argument(
        "--as", dest="form", choices=("type", "struct_ops"), default="type",
        help="struct_ops, which most should take: a module for Linux 6.12 as it was shipped, and a struct for programs "
        "to fill; or type: patches for Linux 6.1, module, loader, program (%(default)s)",
    )  # fmt: skip
    sub.add_argument("name", help="in small letters, as the file and all names in C will have it")
    sub.add_argument(
        "--field", action="append", default=[], metavar="NAME:TYPE[:WHAT]",
        help="what its programs read, once for each: TYPE is u32 or u64, or asker for the process that asks",
    )  # fmt: skip
    sub.add_argument("--device", action="store_true", help="ask a type by /dev/NAME (otherwise /sys/NAME/bpf)")
    sub.add_argument("--errno", action="store_true", help="let a type's programs answer with an errno, too")
    sub.add_argument("--folder", type=Path, help="where, also beside others that are there (a new folder NAME)")
    sub = command(_try, "try", "build and boot a kernel for what is in a folder, and show what it answers")
    sub.add_argument("folder", type=Path, help="what the command new has written")
    sub.add_argument("--shell", action="store_true", help="give you a shell in it")
    command(_bench, "bench", "measure the laboratory's own waits, and compare the ways to run a program")
    return parser


def _doctor(_: argparse.Namespace) -> int:
    return doctor.report()


def _status(_: argparse.Namespace) -> None:
    """It only reads: nothing is downloaded, unpacked or kept from a notebook that is open."""
    book = Recipe.book()
    roots = sorted(path.parents[1] for path in cache_folder().glob("trees/*/state/shipped"))
    for root in roots:
        try:
            _status_of(root, book)
        except LabError as problem:  # and the others are in order, perhaps
            print(problem)
    if not roots:
        print(
            f"There is no kernel tree in {cache_folder()} yet. The first notebook makes one, or a command such as demo."
        )


def _status_of(root: Path, book: Recipe) -> None:
    """Print it of one tree. Raises LabError where that can't be said."""
    linux = root / "linux"
    if not all((linux / name).is_file() for name in ("Makefile", "Kconfig")):
        what = f"The kernel tree {linux} {'has lost its Makefile or its Kconfig' if linux.is_dir() else 'is gone'}."
        raise LabError(what, "The next notebook or command that takes this kernel, such as reset, brings it back.")
    version = source.version(linux)
    tree = Tree(root, None, book.on(kernels.line_of(version) or kernels.FIRST))
    print(f"Linux {version} ({root.name}) in {root}")
    if who := lock.holder(root / "lock"):
        print(f"It is being used by {who}.")
    lost = "".join(f"lost: linux/{path}\n" for path in tree.lost()[:LOST_SHOWN])
    by_hand = "".join(f"changed by hand: linux/{path}\n" for path in tree.foreign_edits())
    changes = tree.changes(tree.step) + lost + by_hand
    print(f"Step {tree.step:02}, " + (f"and since then:\n{changes.rstrip()}" if changes else "unchanged."))


def _jump(options: argparse.Namespace) -> None:
    with opened("the jump command") as lab:
        lab.jump(options.step)


def _undo(_: argparse.Namespace) -> None:
    with opened("the undo command") as lab:
        lab.undo()


def _reset(_: argparse.Namespace) -> None:
    with opened("the reset command") as lab:
        lab.reset()


def _build(_: argparse.Namespace) -> None:
    with opened("the build command") as lab:
        lab.build()


def _demo(options: argparse.Namespace) -> None:
    with opened("the demo") as lab:
        demo.run(lab, options.kernel)


def _shell(_: argparse.Namespace) -> None:
    with opened("the shell command") as lab:
        demo.shell(lab)


def _tangle(options: argparse.Namespace) -> None:
    with opened("the tangle command", Recipe.read()) as lab:
        products = lab.products()
    if options.check:
        stale = series.stale(products, linux=lab.linux)
        if stale:
            raise LabError(
                "These differ from the notebooks:\n    " + "\n    ".join(stale), "python -m kernel_lab tangle"
            )
        linux = "" if lab.linux == kernels.FIRST else f" for Linux {lab.linux.name}"
        print(f"kernel-src-patches/, lkm/ and loader/ are what the notebooks make{linux}.")
    else:
        for path in series.write(products, linux=lab.linux):
            print(path)


def _run(options: argparse.Namespace) -> None:
    from kernel_lab import notebooks  # takes seconds to import, and no other command wants it

    linux = kernels.chosen()
    paths = [given.path(path, "Look at the path.") for path in options.notebook] or notebooks.all_notebooks(linux)
    store = linux == kernels.FIRST
    with progress.shown() as report:
        changed = notebooks.run(paths, report, options.fresh, store)
    if not store:
        print(f"They ran on Linux {linux.name}. What is stored are the outputs of {kernels.FIRST.name}: it stays.")
        return
    print(
        "\n".join(f"outputs changed: {path.name}" for path in changed)
        or "Every notebook printed what it printed before, or what may differ from machine to machine."
    )


def _port_check(_: argparse.Namespace) -> None:
    kernel = os.environ.get("KERNEL_LAB_SOURCE", "")
    if not kernel or source.downloaded(kernel):
        raise LabError("Which kernel is it to be?", "KERNEL_LAB_SOURCE=PATH, a folder or tarball of any version.")
    commits = port_check.saved()
    files = port_check.files(source.place(kernel), port_check.paths(commits))
    print(port_check.table(port_check.check(commits, files)))


def _latency(_: argparse.Namespace) -> None:
    from kernel_lab.measure import measuring  # brings numpy, which no other command wants

    with opened("the latency command") as lab:
        lab.jump(lab.recipe.last)
        kernel = measuring.MeasuringKernel(lab)
        kernel.build()
        for samples in measuring.boots(kernel):
            print(f"samples sha256 {samples.digest} n={len(samples)}")


def _rounds(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rounds")
    return int(text)


def _stress(options: argparse.Namespace) -> None:
    with opened("the stress command") as lab:
        lab.jump(lab.recipe.last)
        kernel = lab.kernel(options.kernel)
        with progress.shown() as report:
            kernel.build_all(report)
        for cpus in (2, 4):
            with progress.shown() as report:
                said = stress.race(kernel, options.rounds, cpus, report)
            print(said)


def _page(_: argparse.Namespace) -> None:
    if kernels.chosen() != kernels.FIRST:
        cause = f"The kernel in the book's pages is Linux {kernels.FIRST.name}."
        raise LabError(cause, f"Unset {kernels.VARIABLE}, and run this again.")
    with opened("the making of the kernel in the page") as lab, progress.shown() as report:
        for stage in states.make(lab.tree, lab.cache, report):
            print(f"The kernel in the page, step {stage.step:02}: {states.downloads(stage) / 1e6:.1f} MB to download.")


def _new(options: argparse.Namespace) -> None:
    from kernel_lab import own  # wants Jinja, which no other command wants
    from kernel_lab.scaffold.kind import Field, Kind

    fields = tuple(map(Field.parse, options.field))
    kind = Kind(options.name, fields, options.device, options.errno, options.form == "struct_ops")
    own.new(kind, given.path(options.folder or options.name, "Name another folder: --folder PATH."))


def _try(options: argparse.Namespace) -> None:
    from kernel_lab import own

    own.attempt(given.path(options.folder, "Name a folder that the command new has written."), options.shell)


def _bench(_: argparse.Namespace) -> None:
    from kernel_lab import bench

    with opened("the benchmark") as lab:
        bench.run(lab)
