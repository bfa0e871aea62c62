# SPDX-License-Identifier: GPL-2.0-only
"""The sources of a hook that needs no patch: the book's module oreore_ops, with other fields and another name."""

import re

from kernel_lab.scaffold.kind import Kind
from kernel_lab.scaffold.made import aligned, alternatives, require_free, values
from kernel_lab.scaffold.materials import Materials
from kernel_lab.scaffold.text import BOOK, laid_out, overlay, rename, render

# Where the book's files go, and the template of what depends on the fields.
FILES = {
    "lkm/ops/answer.c": (f"lkm/{BOOK}/answer.c", "ops/answer.c.j2"),
    "lkm/ops/file.c": (f"lkm/{BOOK}/file.c", "ops/file.c.j2"),
    "lkm/ops/functions.c": (f"lkm/{BOOK}/functions.c", None),
    "lkm/ops/ops.h": (f"lkm/{BOOK}/ops.h", "ops/ops.h.j2"),
    "loader/bpf/ops.h": (f"loader/bpf/{BOOK}/ops.h", "ops/programs.h.j2"),
    "loader/bpf/module.h": (f"loader/bpf/{BOOK}/module.h", None),
}

CONFIG = "config/unpatched/unpatched.config"
"""What is configured for the kernel as it was shipped; so a folder that has it is for that kernel."""

AS_THEY_ARE = (
    "config/kernel.config",
    CONFIG,
    "loader/attach_all.c",
    "loader/command.h",
)
"""The book's files that name nothing of the hook's."""


def sources(kind: Kind, materials: Materials) -> dict[str, str]:
    """The files of a hook, by their path among the sources. Raises LabError where the kernel has its names already."""
    require_free(kind, _taken(kind, materials), materials.version, materials.shipped)
    names = values(kind) | _fields(kind)
    made = {path: materials.book_at_the_end(path) for path in AS_THEY_ARE}
    for path, (place, template) in FILES.items():
        book = materials.book_at_the_end(path)
        own = overlay(book, template, kind.name, **names) if template else laid_out(rename(book, kind.name))
        made[rename(place, kind.name)] = own
    return made | {f"loader/bpf/{kind.name}.bpf.c": render("ops/program.bpf.c.j2", kind.name, **names)}


def kbuild(kind: Kind, materials: Materials) -> str:
    """The lines that make its module, which is not the only one of the folder."""
    objects = re.findall(r"\w+\.o", materials.book_at_the_end("lkm/ops/Kbuild").split("-y := ")[1])
    return f"obj-m += {kind.module}.o\n{kind.module}-y := {' '.join(f'{kind.name}/{each}' for each in objects)}\n"


def _fields(kind: Kind) -> dict[str, str]:
    """The members of the struct that are the reader's own: as the module declares them, and as programs know them."""
    whole = {"\tstruct task_struct *task;": ""} | {f"\tu{f.bytes * 8} {f.name};": f.what for f in kind.fields}
    return {
        "declared": "".join([*aligned(whole)][1:]),
        "known": "".join(f"\t__u{field.bytes * 8} {field.name};\n" for field in kind.fields),
    }


def _taken(kind: Kind, materials: Materials) -> str:
    """A pattern: that there is something already with a name that the module gives, by the names that the book's has.

    All the kernel's headers are searched, and they have many a parameter that may have the same name.
    """
    book = "\n".join(materials.book_at_the_end(path) for path in FILES)
    names = alternatives({rename(word, kind.name) for word in re.findall(rf"\b\w*{BOOK}_\w+", book)})
    return rf"(?:\bstruct |#define |^extern .*\b)({names})\b|\b({names})\("
