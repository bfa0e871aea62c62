# SPDX-License-Identifier: GPL-2.0-only
"""How many files are compiled at once: as many as this process may use processors, in a container too."""

import os

import pytest
from fake_kernel import write_files

from kernel_lab.base.errors import LabError
from kernel_lab.kernel import jobs


@pytest.fixture(autouse=True)
def processors(tmp_path, monkeypatch):
    """Eight of them, on a machine without control groups."""
    monkeypatch.delenv("KERNEL_LAB_JOBS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(8)))
    monkeypatch.setattr(jobs, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(jobs, "MEMBERSHIP", tmp_path / "self")


def test_those_that_the_process_may_run_on(monkeypatch):
    assert jobs.jobs() == 8
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {3})
    assert jobs.jobs() == 1


@pytest.mark.parametrize(
    ("membership", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "1000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "9900000 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "cut sho"}, 8),
        ("0::/a/b\n", {"a/cpu.max": "300000 100000\n", "a/b/cpu.max": "max 100000\n"}, 3),
        ("0::/not/seen/from/here\n", {"cpu.max": "300000 100000\n"}, 3),
        (
            "5:memory:/x\n4:cpu,cpuacct:/docker/1\n",
            {"cpu,cpuacct/docker/1/cpu.cfs_quota_us": "400000\n", "cpu,cpuacct/docker/1/cpu.cfs_period_us": "100000\n"},
            4,
        ),
        ("4:cpu:/x\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
    ],
)
def test_what_the_control_group_grants(tmp_path, membership, files, expected):
    write_files(tmp_path, {"self": membership} | {f"cgroup/{name}": text for name, text in files.items()})
    assert jobs.jobs() == expected


def test_the_reader_may_ask_for_fewer_or_more(monkeypatch):
    for asked in (1, 20):
        monkeypatch.setenv("KERNEL_LAB_JOBS", str(asked))
        assert jobs.jobs() == asked
    for wrong in ("0", "-1", "two", "1.5", "10000", "9" * 30):
        monkeypatch.setenv("KERNEL_LAB_JOBS", wrong)
        with pytest.raises(LabError, match=f'KERNEL_LAB_JOBS is "{wrong}"'):
            jobs.jobs()
