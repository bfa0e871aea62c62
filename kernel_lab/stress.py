# SPDX-License-Identifier: GPL-2.0-only
"""Race all calls on the hook, on a kernel that proves its own locking and finds lost memory: `make stress`."""

from kernel_lab.base.errors import LabError
from kernel_lab.base.progress import Progress
from kernel_lab.kernel.guest import Guest
from kernel_lab.kernel.kernel import Kernel

AT_ONCE = 200  # rounds; long enough that starting the processes does not count, short enough to show progress
SECONDS = 600  # for these, on a machine that does much else

# The modules come and go with every few rounds.
ROUNDS = """\
insmod oreore_mod.ko && insmod oreore_dev.ko && ./link_race {rounds} && rmmod oreore_dev oreore_mod
"""
# What is younger than five seconds is not reported as lost, nor what is found in one scan only.
LOST = """\
echo scan > /sys/kernel/debug/kmemleak; sleep 6; echo scan > /sys/kernel/debug/kmemleak
cat /sys/kernel/debug/kmemleak
"""


def race(kernel: Kernel, rounds: int, cpus: int, report: Progress) -> str:
    """Link, update, attach, replace, detach and run, so many rounds of each, on so many processors at the same time.

    `kernel` checks itself, is the last step's, and has all its programs. Returns a line that says what came of it.
    Raises LabError where a call failed that should not, or where a program or memory is left; KernelSplat where the
    kernel complains.
    """
    with kernel.boot(sorted(kernel.built()), cpus=cpus) as guest:
        for done in range(0, rounds, AT_ONCE):
            report(f"racing on {cpus} processors, rounds", done, rounds)
            _must_pass(guest, ROUNDS.format(rounds=min(AT_ONCE, rounds - done)))
        report("looking for lost memory", 0, None)
        if lost := guest.run(LOST, seconds=SECONDS).text:
            raise LabError(f"Memory was lost:\n{lost}", "Look for what allocates it, and who should give it back.")
    return f"{rounds} rounds on {cpus} processors: no complaint, no program left, no memory lost"


def _must_pass(guest: Guest, script: str) -> None:
    done = guest.run(script, seconds=SECONDS)
    if done.status:
        raise LabError(f"{script} failed:\n{done.printed}", "Look at the call that it names.")
