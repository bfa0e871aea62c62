# SPDX-License-Identifier: GPL-2.0-only
"""What a hook of the reader's own is: its name, what its programs read, where it is asked, what it answers."""

import re
from collections import Counter
from dataclasses import dataclass

from kernel_lab.base.errors import LabError

LONGEST = 12
MOST_FIELDS = 4
COMMENT_COLUMNS = 34  # of what a field is, so that its line fits

IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# What means something else in C, or in the kernel's C: a macro, or a type.
RESERVED = """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    asm typeof linux unix i386 current fallthrough bool true false noinline notrace asmlinkage likely unlikely
    u8 u16 u32 u64 s8 s16 s32 s64 uint ulong ushort
"""

# The other names in the function that runs the program, and in the structs of its context.
PAD = re.compile("pad[0-9]*")
TAKEN = re.compile(f"answer|ctx|error|prog|task|{PAD.pattern}")

# What there is already where the type's file is to be.
SYSFS = "block bus class dev devices firmware fs hypervisor kernel module power"
DEVICES = """
    console cuse fd full fuse kmsg kvm log mem null nvram port ppp ptmx pts random rfkill shm snapshot stderr stdin
    stdout tty uinput urandom zero
"""

TYPES = {"u32": 4, "u64": 8, "asker": 4}
"""The words for the types of fields, and their bytes. `asker` is the process that asks: the hook fills it in."""


@dataclass(frozen=True)
class Field:
    """One member of the struct that programs read; `type` is one of TYPES, `what` it is says the header."""

    name: str
    type: str
    what: str = ""

    @classmethod
    def parse(cls, text: str) -> "Field":
        """NAME:TYPE or NAME:TYPE:WHAT. Raises LabError."""
        name, _, rest = text.partition(":")
        kind, _, what = rest.partition(":")
        return cls(name, kind, what.strip())

    def __post_init__(self) -> None:
        _require_name(self.name, "a field")
        if TAKEN.fullmatch(self.name):
            raise LabError(f"The generated C has the name {self.name} for something else.", "Choose another name.")
        if self.type not in TYPES:
            cause = (
                f"The field {self.name} can't be of the type {self.type!r}."
                if self.type
                else f"Of which type is the field {self.name} to be?"
            )
            raise LabError(cause, f"Write --field {self.name}:TYPE, {_TYPES_ARE}")
        if len(self.what) > COMMENT_COLUMNS or not self.what.isprintable() or re.search(r"\*/|/\*", self.what):
            raise LabError(
                f"What the field {self.name} is becomes a comment of C, and this can't be one: {self.what!r}.",
                f"Say it in one line of at most {COMMENT_COLUMNS} characters, without /* and */.",
            )

    @property
    def asker(self) -> bool:
        return self.type == "asker"

    @property
    def bytes(self) -> int:
        return TYPES[self.type]

    @property
    def says(self) -> str:
        """What it is, in words."""
        return self.what or ("who asks, as getpid() tells them" if self.asker else "what was written to the file")

    @property
    def comment(self) -> str:
        """The same in the UAPI, with what may be read of it."""
        return f"{self.says}; {'1, 2, or 4' if self.bytes == 4 else '1, 2, 4, or 8'} bytes of it"


_TYPES_ARE = "where TYPE is u32 or u64; or asker, for the process that asks, which the hook fills in."


@dataclass(frozen=True)
class Member:
    """A line of the struct in the UAPI header."""

    name: str
    bytes: int
    comment: str


@dataclass(frozen=True)
class Kind:
    """A program type. It is asked by a write to /sys/NAME/bpf or, with `device`, to /dev/NAME.

    Its programs answer with a number, or, with `errno`, refuse by one.
    With `struct_ops` it is no type, but a struct that a module brings, and programs fill.
    Raises LabError where C, the kernel or what the laboratory writes can't have it.
    """

    name: str
    fields: tuple[Field, ...]
    device: bool = False
    errno: bool = False
    struct_ops: bool = False

    def __post_init__(self) -> None:
        _require_name(self.name, f"a {self.word}")
        if self.struct_ops:
            self._require_for_a_struct()
        if self.name in (DEVICES if self.device else SYSFS).split():
            raise LabError(f"There is a {self.folder}{self.name} already.", "Choose another name.")
        if not 1 <= (count := len(self.fields)) <= MOST_FIELDS:
            raise LabError(
                f"A {self.word} has 1 to {MOST_FIELDS} fields when it is written, and {self.name} has {count}.",
                f"Write --field NAME:TYPE for each, {_TYPES_ARE}",
            )
        names = Counter(field.name for field in self.fields)
        if twice := [name for name, count in names.items() if count > 1]:
            raise LabError(f"There are two fields with the name {twice[0]}.", "Give one of them another name.")
        if self.fields[0].asker or sum(field.asker for field in self.fields) > 1:
            raise LabError(
                "A type has at most one field for who asks, and it comes after what is asked.",
                "Begin with a field that is written to the file, as in --field value:u32 --field tgid:asker.",
            )

    def _require_for_a_struct(self) -> None:
        """Raises LabError where something is said that only a type has to be told."""
        if self.device:
            raise LabError(
                f"The file of a struct_ops is /sys/{self.name}/bpf: the book has no device for one.",
                f"Leave --device out. If it is to be a device, change lkm/{self.name}/file.c afterwards.",
            )
        if self.errno:
            raise LabError(
                f"Programs that fill a struct can always refuse: the module gives them {self.name}_refuse() for that.",
                "Leave --errno out.",
            )
        if self.asker:
            raise LabError(
                "Programs that fill a struct are always given the task that asks, with all that is in it.",
                f"Leave --field {self.asker.name}:asker out. The process is asked->task->tgid.",
            )

    @property
    def word(self) -> str:
        """What to call it in a message."""
        return "hook" if self.struct_ops else "type"

    @property
    def asked(self) -> list[Field]:
        """The fields that whoever asks writes to the file, in this order."""
        return [field for field in self.fields if not field.asker]

    @property
    def asker(self) -> Field | None:
        return next((field for field in self.fields if field.asker), None)

    @property
    def folder(self) -> str:
        return "/dev/" if self.device else "/sys/"

    @property
    def file(self) -> str:
        """Where it is asked."""
        return f"/dev/{self.name}" if self.device else f"/sys/{self.name}/bpf"

    @property
    def module(self) -> str:
        if self.struct_ops:
            return f"{self.name}_ops"
        return f"{self.name}_dev" if self.device else f"{self.name}_mod"

    @property
    def members(self) -> list[Member]:
        """The struct of the UAPI header, with a member where the compiler would leave a hole.

        What is in a hole nobody says, and where there is one depends on the processor.
        """
        wanted = [Member(field.name, field.bytes, field.comment) for field in self.fields]
        if self.errno:
            wanted.append(Member("error", 4, "an errno in place of an answer; programs may write it"))
        found: list[Member] = []
        for member in wanted:
            found += [*_filling(found, member.bytes), member]
        return found + _filling(found, max(member.bytes for member in wanted))

    @property
    def not_theirs(self) -> list[str]:
        """The members that are not for whoever asks to say: in a test run they must be zero."""
        return [member.name for member in self.members if member.name not in {field.name for field in self.asked}]


def _filling(members: list[Member], size: int) -> list[Member]:
    """What has to come after the members so that something of this size can follow: nothing, or one more."""
    if sum(member.bytes for member in members) % size == 0:
        return []
    pads = sum(bool(PAD.fullmatch(member.name)) for member in members)
    return [Member(f"pad{pads or ''}", 4, "zero: the compiler would leave a hole here")]


def _require_name(name: str, of: str) -> None:
    """Raises LabError where nothing in C, in sysfs, and in Kconfig can have this name."""
    if not IDENTIFIER.fullmatch(name):
        cause = f"{name!r} can't be the name of {of}: it is to be a name in C, in Kconfig, and of a file."
        raise LabError(cause, "Use small letters, digits and single underscores, and begin with a letter.")
    if len(name) > LONGEST:
        cause = f"{name} has {len(name)} letters, and lines of C with longer names than {LONGEST} would not fit."
        raise LabError(cause, "Choose a shorter name.")
    if name in RESERVED.split():
        raise LabError(f"In C, or in the kernel's C, {name} means something else.", "Choose another name.")
