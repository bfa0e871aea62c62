# SPDX-License-Identifier: GPL-2.0-only
"""Measure on a kernel made for it: the book's, without its debugging checks, and with all that the peers need.

A measurement is one boot and one job, which lies in the root file system: nothing comes in from outside meanwhile.
"""

from collections.abc import Iterator
from pathlib import Path

from kernel_lab import doctor, kvm, progress, rootfs, sysroot
from kernel_lab.errors import LabError
from kernel_lab.lab import CONFIG, Lab
from kernel_lab.latency import INSTRUCTIONS, WALL, Samples
from kernel_lab.shell import output
from kernel_lab.vm import Guest, GuestError, Result

FRAGMENTS = f"{CONFIG}measuring"
MODULES = ("lkm", "lkm/bench")
JOB_SECONDS = 120

# By the wall clock, the guest's time stamp counters are the host's, with KVM and without, and so agree with each other.
# The guest is told how fast they count: on a busy host it does not find out, and would go by its timer, 4 ms at a step.
WALL_PARAMETERS = "tsc=reliable tsc_early_khz={}"
TSC_KHZ = Path(__file__).with_name("tsc_khz.c")

EVERY_WAY = "sh every_way.sh 1000"
COMPILERS = "sh compilers.sh 100"


class JobFailed(LabError):
    """The guest's script ended with an error; the cause is what it said."""


class MeasuringKernel:
    """A second build of the laboratory's tree, beside the book's own; its fragments are in config/measuring/."""

    def __init__(self, lab: Lab):
        self._lab, self._root = lab, lab.tree.root
        self.builder = lab.builder.beside("measuring")

    def build(self) -> None:
        """Build the kernel, the modules and all programs. Raises ConfigError or CompileError."""
        fragments = sorted((self._root / FRAGMENTS).glob("*.config"))
        doctor.check("boot", "book")  # without pahole, Kconfig would say that there is no BTF
        if not fragments:
            raise LabError(f"There is no {FRAGMENTS}/*.config in the tree.", "Run the cell that writes it.")
        with progress.shown() as report:
            sysroot.sysroot(self._lab.cache, report)
            self.builder.configure([*self._lab.fragments, *fragments])
            self.builder.kernel(report)
            for folder in MODULES:
                self.builder.module(self._root / folder)
            self.builder.program(self._root / "loader", SYSROOT=str(self._lab.sysroot))
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
        if not self.builder.image.exists():
            raise LabError("The measuring kernel has not been built.", "Build it: call build().")
        with progress.shown() as report:
            accel = "tcg" if clock == INSTRUCTIONS else kvm.accelerator(self._lab.cache, self._boots)
            report(f"measuring ({clock})", 0, None)
            result = self._count(job) if clock == INSTRUCTIONS else self._time(job, accel, cpus)
        if result.status:
            raise JobFailed(result.error.strip(), "Correct the job, and run it again.")
        return Samples.parse(result.text, clock, accel)

    def _count(self, job: str) -> Result:
        with self._boot(job, count_instructions=True) as guest:
            return guest.job(JOB_SECONDS)

    def _time(self, job: str, accel: str, cpus: int) -> Result:
        parameters = WALL_PARAMETERS.format(self._tsc_khz())
        with self._boot(job, accel=accel, cpus=cpus, parameters=parameters) as guest:
            return guest.job(JOB_SECONDS)

    def _tsc_khz(self) -> int:
        """How fast this machine's time stamp counter counts."""
        program = self._root / "tsc_khz"
        output("gcc", "-O2", "-o", program, TSC_KHZ)
        return int(output(program))

    def _boot(self, job: str, **options) -> Guest:
        request = b"%d %d 0\n" % (JOB_SECONDS, len(job.encode())) + job.encode()
        image, programs = self._root / "measuring.cpio", sorted(self._programs())
        initramfs = rootfs.pack(self.builder.out, image, self._lab.sysroot, programs, request)
        console = self._root / "measuring-console.log"
        return Guest(self.builder.image, initramfs, self.builder.id, console, **options)

    def _programs(self) -> Iterator[Path]:
        """The modules, the scripts, and the programs that have been built."""
        yield from self.builder.modules
        yield from (self._root / "loader").glob("*.sh")
        for source in (self._root / "loader").glob("*.c"):
            if source.with_suffix("").is_file():
                yield source.with_suffix("")

    def _boots(self, accel: str, patience: float) -> bool:
        try:
            with self._boot("true", accel=accel, patience=patience):
                return True
        except GuestError:
            return False


def three_boots(kernel: MeasuringKernel, job: str = EVERY_WAY) -> None:
    """Run the job in three boots, and print a hash of each one's samples. Raises LabError unless all are equal."""
    digests = set()
    for _ in range(3):
        samples = kernel.run(job)
        digests.add(samples.digest)
        print(f"samples sha256 {samples.digest} n={len(samples)}")
    if len(digests) > 1:
        raise LabError("The boots differ.", "Is something in the guest random? Look at the job.")
