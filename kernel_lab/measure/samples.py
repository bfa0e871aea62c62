# SPDX-License-Identifier: GPL-2.0-only
"""What the guest measured, as data."""

import base64
import csv
import hashlib
import html
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from IPython.display import HTML

from kernel_lab.base.errors import LabError

INSTRUCTIONS, WALL = "instructions", "wall"


@dataclass(frozen=True)
class Samples:
    """Nanoseconds of the guest's clock, in the order in which they were taken, by (label, operation)."""

    clock: str
    accel: str
    series: Mapping[tuple[str, str], np.ndarray]

    @classmethod
    def parse(cls, text: str, clock: str, accel: str) -> "Samples":
        """Read lines `label,operation,nanoseconds`.

        Raises LabError where there is none, one can't be read, or the clock should count instructions and does not.
        """
        series: dict[tuple[str, str], list[int]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            try:
                label, operation, nanoseconds = line.split(",")
                series.setdefault((label, operation), []).append(int(nanoseconds))
            except ValueError:
                raise LabError(
                    f"Line {number} of the measurement is no sample: {line!r}",
                    "The job may print nothing but what `measure` prints: label,operation,nanoseconds.",
                ) from None
        if not series:
            raise LabError("The job measured nothing: there are 0 samples.", "Call ./measure in it.")
        samples = cls(clock, accel, {key: np.array(values) for key, values in series.items()})
        samples._check_clock()
        return samples

    def _check_clock(self) -> None:
        """`measure` takes 1,000 and 2,000 turns of a two-instruction loop: a count tells them apart by 2,000."""
        for label in {label for label, operation in self.series if operation == "loop-1000"}:
            taken = self.typical("loop-2000", label) - self.typical("loop-1000", label)
            if self.clock == INSTRUCTIONS and taken != 2000:
                raise LabError(
                    f"The guest's clock does not count instructions: 2,000 of them took {taken} of its nanoseconds.",
                    f'Boot the guest with count_instructions=True, or ask for clock="{WALL}".',
                )

    @property
    def unit(self) -> str:
        if self.clock == INSTRUCTIONS:
            return "guest instructions"
        return f"ns, wall clock ({'with KVM' if self.accel == 'kvm' else 'emulated'})"

    def of(self, operation: str, label: str | None = None) -> np.ndarray:
        """The samples of an operation; `label` may be left out where only one has it. Raises LabError."""
        found = [key for key in self.series if key[1] == operation and label in (None, key[0])]
        if len(found) != 1:
            known = "\n".join(f"    {label}, {operation}" for label, operation in self.series)
            raise LabError(f"{len(found)} series are {operation!r}, label {label!r}.", f"These were measured:\n{known}")
        return self.series[found[0]]

    def typical(self, operation: str, label: str | None = None) -> int:
        """The median."""
        return int(np.median(self.of(operation, label)))

    def __len__(self) -> int:
        return sum(len(values) for values in self.series.values())

    @property
    def digest(self) -> str:
        """A SHA-256 of every sample in its order: equal only if all of them are."""
        return hashlib.sha256(self._lines(self.rows()).encode()).hexdigest()

    def rows(self) -> Iterable[tuple[str, str, int]]:
        for (label, operation), values in self.series.items():
            yield from ((label, operation, int(value)) for value in values)

    def download(self, name: str) -> HTML:
        """A link to the samples as NAME.csv, which is inside the page: each value once, and how often it came."""
        counts = Counter(self.rows())
        text = self._lines((self.unit, *row, count) for row, count in counts.items())
        header = "unit,label,operation,value,count\n"
        data = base64.b64encode((header + text).encode()).decode()
        return HTML(  # type: ignore[no-untyped-call]
            f'<p><a download="{name}.csv" href="data:text/csv;base64,{data}">{name}.csv</a>: all samples, '
            f"each value and how often it came, in {html.escape(self.unit)}.</p>"
        )

    @staticmethod
    def _lines(rows: Iterable[Iterable[object]]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue()
