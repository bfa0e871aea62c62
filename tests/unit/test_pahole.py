# SPDX-License-Identifier: GPL-2.0-only
"""What pahole is asked for: BTF's types in the same order every time, whichever kernel it is."""

import pytest
from fake_kernel import write_files

from kernel_lab.kernel.build import Build

SCRIPT = 'echo "$PAHOLE -j --btf_gen_floats"\n'


@pytest.fixture
def asked(tmp_path):
    """What make is told of it, where the kernel's tree has these files."""

    def asked(files: dict[str, str]) -> list[str]:
        linux = write_files(tmp_path / "linux", {"Makefile": "", **files})
        command = Build(linux, tmp_path / "cache/trees/x/build", tmp_path / "cache/ccache").command
        return [line.strip("' \\") for line in command.splitlines() if "PAHOLE" in line]

    return asked


def test_an_older_kernels_own_script_is_asked_and_one_thread_is_left(asked):
    assert asked({"scripts/pahole-flags.sh": SCRIPT}) == ["PAHOLE_FLAGS=pahole --btf_gen_floats"]


def test_a_later_kernel_decides_by_itself_and_is_told_that_the_build_is_to_be_the_same(asked, tmp_path):
    assert asked({"scripts/Makefile.btf": ""}) == []
    made = Build(tmp_path, tmp_path / "cache/trees/x/build", tmp_path / "cache/ccache")
    assert "KBUILD_BUILD_TIMESTAMP=" in made.command
