# SPDX-License-Identifier: GPL-2.0-only
"""The talk's demonstration on the finished kernel, as one transcript; and a shell in it."""

from kernel_lab.lab import Lab

COMMANDS = """\
insmod oreore_mod.ko
ls /sys/oreore
./oreore_loader
echo 1 > /sys/oreore/bpf
cat /sys/oreore/bpf
"""


def run(lab: Lab, kernel: str) -> None:
    """Build the last step, boot it, and print the transcript. `kernel` is a flavour's name."""
    lab.jump(lab.recipe.last)
    lab.boot(kernel)
    lab.module()
    lab.program("oreore_loader")
    print(lab.transcript(COMMANDS))


def shell(lab: Lab) -> None:
    """A shell in the last step's kernel, on this terminal, with the module and all programs."""
    lab.jump(lab.recipe.last)
    lab.build()
    lab.module()
    lab.programs()
    lab.shell()
