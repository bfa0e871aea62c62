# SPDX-License-Identifier: GPL-2.0-only
"""The kernels that are built from one tree: what each is configured with, and what it boots on. A new one is a value.

The idea is drgn's (vmtest/config.py, KernelFlavor).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.kernel.arch import ARM64, HOST, I386, Arch


@dataclass(frozen=True)
class Flavour:
    """What a kernel is.

    `fragments` are parts of its configuration, a later one counts: patterns of files in the tree, or files elsewhere.
    `modules` are the folders of the modules that belong to it. `tools` are the groups of apt.txt that it is made with.
    `cpus` are those of the machine that it boots on, unless another number is asked for.
    """

    name: str
    title: str
    fragments: tuple[str | Path, ...]
    arch: Arch = HOST
    modules: tuple[str, ...] = ("lkm",)
    tools: tuple[str, ...] = ("boot",)
    cpus: int = 1

    def files(self, tree: Path) -> Iterator[Path]:
        """The parts of the configuration that there are."""
        for part in self.fragments:
            if isinstance(part, Path):
                yield part
            else:
                yield from sorted(tree.glob(part))
        yield from self.arch.fragments


BOOK = Flavour("book", "the book's kernel", ("config/*.config",))

# Without the book's debugging checks, and with all that the other ways to a program need: BTF is pahole's.
MEASURING = Flavour(
    "measuring", "the measuring kernel", (*BOOK.fragments, "config/measuring/*.config"),
    modules=("lkm", "lkm/bench"), tools=("boot", "book"),
)  # fmt: skip

CHECKING = Flavour(
    "checking", "the kernel that proves its own locking",
    (*BOOK.fragments, Path(__file__).with_name("checking.config")), modules=("lkm", "lkm/bench"), cpus=2,
)  # fmt: skip

# Several times slower, so what tests boot is the kernel above.
KASAN = Flavour(
    "kasan", "the checking kernel that watches each access to memory, too",
    (*CHECKING.fragments, Path(__file__).with_name("kasan.config")), modules=CHECKING.modules, cpus=CHECKING.cpus,
)  # fmt: skip

PAGE = Flavour(
    "page", "the kernel in the page", (*BOOK.fragments, CHECKOUT / "web/guest/page.config"), arch=I386
)  # fmt: skip

# On a machine with such a processor it is the book's own.
ON_ARM64 = Flavour("arm64", "the book's kernel for arm64", BOOK.fragments, arch=ARM64)

FLAVOURS = {flavour.name: flavour for flavour in (BOOK, MEASURING, CHECKING, KASAN, PAGE, ON_ARM64)}


def named(name: str) -> Flavour:
    """Raises LabError, with the names there are, where there is no such flavour."""
    if name not in FLAVOURS:
        known = "\n".join(f'    "{flavour.name}": {flavour.title}' for flavour in FLAVOURS.values())
        raise LabError(f"There is no kernel {name!r}.", f"There are:\n{known}\nOr make a Flavour of your own.")
    return FLAVOURS[name]
