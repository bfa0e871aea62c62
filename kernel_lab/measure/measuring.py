# SPDX-License-Identifier: GPL-2.0-only
"""Measure on a kernel made for it: the book's, without its debugging checks, and with all that other ways need.

A measurement is one boot and one job, which lies in the initramfs: nothing comes in from outside meanwhile.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from kernel_lab.base import progress
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import output
from kernel_lab.kernel.flavour import MEASURING, Flavour
from kernel_lab.kernel.guest import Result, request
from kernel_lab.kernel.kernel import Kernel
from kernel_lab.measure.samples import INSTRUCTIONS, WALL, Samples
from kernel_lab.recipe.tree import Tree

JOB_SECONDS = 120

# By the wall clock, the guest's time stamp counters are the host's, with KVM and without, and so agree with each other.
# The guest is told how fast they count: on a busy host it does not find out, and would go by its timer, 4 ms at a step.
WALL_PARAMETERS = "tsc=reliable tsc_early_khz={}"
TSC_KHZ = Path(__file__).with_name("tsc_khz.c")

# On the kernel of the last step, where all files are.
EVERY_WAY = """\
insmod oreore_mod.ko
insmod oreore_bench.ko
./attach_prog add-42
./give_prog short
./alternatives raw_tp,fentry,syscall sh every_way.sh 1000 nothing parse plain called bare rcu preempt rcu_preempt \
    rcu_migrate mutex hook raw_tp fentry syscall
"""
COMPILERS = "sh compilers.sh 100"
BOOTS = 3


class JobFailed(LabError):
    """The guest's script ended with an error; the cause is what it said."""


class Laboratory(Protocol):
    """What is measured in: a tree, and the kernels made of it."""

    @property
    def tree(self) -> Tree: ...

    def kernel(self, which: Flavour, /) -> Kernel: ...


class MeasuringKernel:
    """A second kernel of the laboratory's tree, beside the book's own; its fragments are in config/measuring/.

    Or another one, `kernel`, with whatever has been built for it.
    """

    def __init__(self, lab: Laboratory, kernel: Kernel | None = None):
        self.kernel, self._root = kernel or lab.kernel(MEASURING), lab.tree.root

    def build(self) -> None:
        """Build the kernel, the modules and all programs. Raises ConfigError or CompileError."""
        with progress.shown() as report:
            self.kernel.build_all(report)
        print("The measuring kernel, its modules and the programs are built.")

    def run(self, job: str, clock: str = INSTRUCTIONS, cpus: int = 1) -> Samples:
        """Boot, run the shell script `job` there, and return what it measured.

        `clock` is "instructions" (the guest's clock counts them; one CPU) or "wall". Raises JobFailed where the
        script fails; LabError where it measured nothing, or the clock does not count instructions though it should.
        """
        if clock not in (INSTRUCTIONS, WALL):
            raise LabError(f"There is no clock {clock!r}.", f'Choose "{INSTRUCTIONS}" or "{WALL}".')
        if clock == INSTRUCTIONS and cpus != 1:
            raise LabError("The instruction clock is for one CPU.", f'Choose clock="{WALL}", or cpus=1.')
        with progress.shown() as report:
            accel = "tcg" if clock == INSTRUCTIONS else self.kernel.accelerator()
            report(f"measuring ({clock})", 0, None)
            result = self._count(job) if clock == INSTRUCTIONS else self._time(job, accel, cpus)
        if result.status:
            raise JobFailed(result.error.strip(), "Correct the job, and run it again.")
        return Samples.parse(result.text, clock, accel)

    def _count(self, job: str) -> Result:
        return self._carry_out(job, count_instructions=True)

    def _time(self, job: str, accel: str, cpus: int) -> Result:
        return self._carry_out(job, accel=accel, cpus=cpus, parameters=WALL_PARAMETERS.format(self._tsc_khz()))

    def _carry_out(self, job: str, **options: Any) -> Result:
        with self.kernel.boot(sorted(self.kernel.built()), request(job, JOB_SECONDS), **options) as guest:
            return guest.job(JOB_SECONDS)

    def _tsc_khz(self) -> int:
        """How fast this machine's time stamp counter counts."""
        program = self._root / "tsc_khz"
        output("gcc", "-O2", "-o", program, TSC_KHZ)
        return int(output(program))


def boots(kernel: MeasuringKernel, job: str = EVERY_WAY) -> Iterator[Samples]:
    """The job's samples in three boots, one after the other. Raises LabError at the end unless all are equal."""
    digests = set()
    for _ in range(BOOTS):
        samples = kernel.run(job)
        digests.add(samples.digest)
        yield samples
    if len(digests) > 1:
        raise LabError("The boots differ.", "Is something in the guest random? Look at the job.")
