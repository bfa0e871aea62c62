# SPDX-License-Identifier: GPL-2.0-only
"""The sources of a type: what the book's are when its fields, its name and its file are other ones."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kernel_lab.base.errors import LabError
from kernel_lab.recipe.cells import KERNEL
from kernel_lab.recipe.diff import Files
from kernel_lab.scaffold.kind import Kind
from kernel_lab.scaffold.materials import OWN, Insertions, Materials, inserted, insertions
from kernel_lab.scaffold.text import BOOK, TAB, laid_out, overlaid, overlay, rename, render

# What is not the same for all types in the files that each is registered in.
REGISTERED = {f"{KERNEL}include/uapi/linux/bpf.h": "uapi.h.j2", f"{KERNEL}kernel/bpf/Kconfig": "Kconfig.j2"}

COMMENTS = 32  # the column at which the comments of the struct begin, at least


def sources(kind: Kind, materials: Materials, kernel: Files) -> dict[str, str]:
    """The files of a type, by their path among the sources, in a kernel that has these files.

    Raises LabError where it has the type's names already, or was changed where a type is registered.
    """
    _require_new(kind, materials, kernel)
    names, made = values(kind), registered(kind, materials, kernel)
    for path, template in zip(OWN, ("kernel.c.j2", "header.h.j2"), strict=True):
        made[rename(path, kind.name)] = overlay(materials.book(path), template, kind.name, **names)
    return made | programs(kind, materials)


def places(kind: Kind) -> list[str]:
    """Where in the kernel the files are that are the type's own."""
    return [rename(path, kind.name).removeprefix(KERNEL) for path in OWN]


def programs(kind: Kind, materials: Materials) -> dict[str, str]:
    """The files beside the kernel: the module, the loader and its program, the line of the configuration."""
    names, name = values(kind), kind.name
    module, template = _module(kind)
    program = materials.book_at_the_end("loader/bpf/add_42.bpf.c")
    return {
        f"config/{name}.config": f"CONFIG_BPF_{name.upper()}=y\n",
        f"lkm/{kind.module}.c": overlay(materials.book_at_the_end(module), template, name, **names),
        f"loader/{name}_loader.c": overlay(materials.book(f"loader/{BOOK}_loader.c"), "loader.c.j2", name, **names),
        f"loader/bpf/{name}.bpf.c": overlay(program, "program.bpf.c.j2", name, **names),
    }


def registered(kind: Kind, materials: Materials, kernel: Files) -> dict[str, str]:
    """The kernel's files in which a type is registered, with this one behind those that are there. Raises LabError."""
    made = {}
    for path, book in materials.registered.items():
        before, now = materials.shipped[path] or "", kernel[path] or ""
        made[path] = inserted(before, insertions(path, before, now), _of_kind(path, book, kind))
    return made


def _of_kind(path: str, book: Insertions, kind: Kind) -> Insertions:
    if template := REGISTERED.get(path):
        texts = overlaid(book.values(), template, kind.name, **values(kind))
    else:
        texts = [rename(text, kind.name) for text in book.values()]
    return dict(zip(book, map(laid_out, texts), strict=True))


def values(kind: Kind) -> dict[str, Any]:
    """What the templates know."""
    asked = [field.name for field in kind.asked]
    given = ["task = current"] * bool(kind.asker) + [f"{name} = {name}" for name in asked]
    theirs = " || ".join(f"ctx->{name}" for name in kind.not_theirs)
    return {
        "kind": kind,
        "bits": kind.fields[0].bytes * 8,
        "parameters": ", ".join(f"u{field.bytes * 8} {field.name}" for field in kind.asked),
        "arguments": "value" if len(asked) == 1 else ", ".join(f"asked.{name}" for name in asked),
        "parse": render("parse.c.j2", kind.name, kind=kind),
        "copied": "".join(f"\tkern.{name} = ctx.{name};\n" for name in asked),
        "documented": "".join(f" * @{field.name}: {field.says}\n" for field in kind.asked),
        "filled": _braces(given) if len(asked) == 1 else _braces_over_lines(given),
        "theirs": f"{theirs} ? -EINVAL : 0" if theirs else "0",
        "members": "".join(aligned({f"\t__u{each.bytes * 8} {each.name};": each.comment for each in kind.members})),
    }


def _braces(given: list[str]) -> str:
    return "{ " + ", ".join(f".{each}" for each in given) + " }"


def _braces_over_lines(given: list[str]) -> str:
    return "{\n" + "".join(f"\t\t.{each},\n" for each in given) + "\t}"


def aligned(declared: dict[str, str]) -> Iterator[str]:
    """The lines of a struct with their comments, where they have one, below each other."""
    longest = max(len(line.expandtabs(TAB)) for line in declared)
    column = max(COMMENTS, (longest // TAB + 1) * TAB)
    for line, comment in declared.items():
        tabs = "\t" * -(-(column - len(line.expandtabs(TAB))) // TAB)
        yield f"{line}{tabs}/* {comment} */\n" if comment else f"{line}\n"


def _require_new(kind: Kind, materials: Materials, kernel: Files) -> None:
    """Raises LabError where the kernel, or a header that the C includes, has a name already that the type needs."""
    for path in places(kind):
        if kernel.get(KERNEL + path) is not None:
            raise _taken(kind, Path(path).name, str(Path(path).parent), materials.version)
    require_free(kind, rf"\b({alternatives(_names(kind, materials))})\b", materials.version, kernel)


def alternatives(names: set[str]) -> str:
    """A part of a pattern: one of the names."""
    return "|".join(sorted(names))


def require_free(kind: Kind, taken: str, version: str, kernel: Files) -> None:
    """Raises LabError where a file of the kernel has what the pattern `taken` means, and names in a group."""
    known = re.compile(taken, re.MULTILINE)
    for path, text in sorted(kernel.items(), key=lambda file: ("/uapi/" not in file[0], file[0])):
        if there := [match[match.lastindex or 0] for match in known.finditer(text or "")]:
            raise _taken(kind, min(there), path.removeprefix(KERNEL), version)


def _names(kind: Kind, materials: Materials) -> set[str]:
    """What is defined for the type, by the names that the book's has."""
    added = (text for places in materials.registered.values() for text in places.values())
    book = "\n".join([*map(materials.book, OWN), *added, materials.book_at_the_end(_module(kind)[0])])
    names = {rename(word, kind.name) for word in re.findall(rf"\w*{BOOK}\w*", book, re.IGNORECASE)}
    return names - {kind.name, kind.name.upper()}


def _taken(kind: Kind, name: str, where: str, version: str) -> LabError:
    cause = f"There is a {name} already in {where} of Linux {version}."
    return LabError(cause, f"Choose another name for the {kind.word}.")


def _module(kind: Kind) -> tuple[str, str]:
    """The book's module that is asked in the same way, and the template of what is different."""
    return (f"lkm/{BOOK}_dev.c", "device.c.j2") if kind.device else (f"lkm/{BOOK}_mod.c", "module.c.j2")
