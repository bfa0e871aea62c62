# SPDX-License-Identifier: GPL-2.0-only
"""What was built for another kernel, or for this one before it was linked anew, is not taken for this one's."""

import os

import pytest
from fake_kernel import write_files

from kernel_lab.kernel.build import Build


@pytest.mark.parametrize(("kernel_is_newer", "left"), [(True, []), (False, ["one.ko"])])
def test_a_module_from_before_the_kernel_was_linked_is_made_anew(tmp_path, monkeypatch, kernel_is_newer, left):
    """make would keep it, and its BTF, which counts on from that of another kernel."""
    (tmp_path / "lkm").mkdir()
    (tmp_path / "lkm/Kbuild").write_text("obj-m := one.o\n")
    build = Build(tmp_path / "linux", tmp_path / "build", tmp_path / "ccache")
    copy = build.out / "external/lkm"
    copy.mkdir(parents=True)
    (copy / "one.ko").touch()
    (copy / "modules.order").write_text("one.ko\n")
    (build.out / "vmlinux").touch()
    os.utime(copy / "one.ko", (1, 1) if kernel_is_newer else None)
    os.utime(build.out / "vmlinux", None if kernel_is_newer else (1, 1))

    found = []
    monkeypatch.setattr(build, "_make", lambda *_, **__: found.extend(path.name for path in copy.glob("*.ko")))
    build.module(tmp_path / "lkm")
    assert found == left


def test_another_kernels_programs_are_made_of_sources_alone(tmp_path):
    sources = ["Makefile", "ops.c", "object.h", "bpf/answer.bpf.c", "bpf/ops.h"]
    built = ["ops", "bpf/answer.o", "bpf/count.skel.h", "bpf/vmlinux.h"]
    folder = write_files(tmp_path / "loader", dict.fromkeys(sources + built, ""))
    copy = Build(tmp_path / "linux", tmp_path / "build", tmp_path / "ccache").copy_of_programs(folder)
    assert sorted(str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()) == sorted(sources)
