# SPDX-License-Identifier: GPL-2.0-only
"""What of a series fits another kernel: hunk by hunk, each on what those before it left."""

import tarfile

import pytest
from fake_kernel import write_files

from kernel_lab.base.errors import LabError
from kernel_lab.cli import main
from kernel_lab.recipe import port_check
from kernel_lab.recipe.series import Commit

TYPES = "enum type {\nONE,\nTWO,\nMAX\n};\n"
NEWER = "enum type {\nONE,\nTWO,\nTHREE,\nMAX\n};\n"
CALLS = "int call(void)\n{\nprepare();\nreturn 0;\n}\n"
KERNEL = {"types.h": TYPES, "calls.c": CALLS}

MAIL = """From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Reader <reader@example.org>
Subject: [PATCH 1/2] bpf: Add a type whose subject is so long that
 it is folded

Why.
---
 types.h | 1 +

diff --git a/types.h b/types.h
--- a/types.h
+++ b/types.h
@@ -2,4 +2,5 @@ enum type {
 ONE,
 TWO,
+OURS,
 MAX
 };
diff --git a/calls.c b/calls.c
--- a/calls.c
+++ b/calls.c
@@ -2,4 +2,5 @@ int call(void)
 {
 prepare();
+ours();
 return 0;
 }
"""
LATER = """Subject: [PATCH 2/2] bpf: Go on

diff --git a/types.h b/types.h
--- a/types.h
+++ b/types.h
@@ -3,4 +3,5 @@ enum type {
 TWO,
 OURS,
+OURS_TOO,
 MAX
 };
diff --git a/calls.c b/calls.c
--- a/calls.c
+++ b/calls.c
@@ -3,4 +3,5 @@ int call(void)
 prepare();
 ours();
+ours_too();
 return 0;
 }
diff --git a/new.c b/new.c
new file mode 100644
--- /dev/null
+++ b/new.c
@@ -0,0 +1 @@
+int ours;
"""


@pytest.fixture
def folder(tmp_path):
    write_files(tmp_path / "series", {"0001.patch": MAIL, "0002.patch": LATER, "series": "0001.patch\n0002.patch\n"})
    return tmp_path / "series"


@pytest.fixture
def commits(folder) -> list[Commit]:
    return port_check.saved(folder)


def test_the_series_is_read_from_its_mails(commits):
    assert [commit.message for commit in commits] == [
        "bpf: Add a type whose subject is so long that it is folded",
        "bpf: Go on",
    ]
    assert port_check.paths(commits) == ["calls.c", "new.c", "types.h"]


def test_on_its_own_kernel_all_of_it_fits(commits):
    assert [fit.rest for fit in port_check.check(commits, KERNEL)] == [(), ()]


def test_what_follows_a_hunk_that_does_not_fit_does_not_fit_either(commits):
    first, later = port_check.check(commits, KERNEL | {"types.h": NEWER})
    assert (first.fitting, first.rest) == (("calls.c",), ("types.h",))
    assert (later.fitting, later.rest) == (("calls.c", "new.c"), ("types.h",))


def test_a_file_that_is_gone_takes_no_hunk(commits):
    first, later = port_check.check(commits, {"types.h": TYPES, "calls.c": None})
    assert first.rest == ("calls.c",)
    assert later.rest == ("calls.c",)


def test_the_table_counts_and_names_the_files_of_the_rest(commits):
    *lines, total = port_check.table(port_check.check(commits, KERNEL | {"types.h": NEWER})).splitlines()
    assert lines[1].split()[-4:] == ["2", "1", "types.h", "1"]
    assert lines[2].split()[-4:] == ["3", "2", "types.h", "1"]
    assert total == "0 of 2 patches fit, and 3 of 5 hunks."
    assert max(map(len, lines)) < 100


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "tarball"])
def test_the_command_reads_a_kernel_of_any_version(tmp_path, folder, monkeypatch, capsys, packed):
    kernel = write_files(tmp_path / "linux-7.3", KERNEL | {"Makefile": "VERSION = 7\n", "Kconfig": ""})
    if packed:
        with tarfile.open(tmp_path / "linux.tar", "w") as archive:
            archive.add(kernel, "linux-7.3")
        kernel = tmp_path / "linux.tar"
    monkeypatch.setattr(port_check, "SERIES", folder)
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(kernel))
    assert main(["port-check"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 of 2 patches fit, and 5 of 5 hunks."


@pytest.mark.parametrize("named", ["", "auto", "kernel.org:6.1.38", "/nowhere"])
def test_the_command_wants_a_kernel_that_is_there(monkeypatch, capsys, named):
    monkeypatch.setenv("KERNEL_LAB_SOURCE", named)
    assert main(["port-check"]) == 1
    assert "KERNEL_LAB_SOURCE" in capsys.readouterr().err


def test_a_folder_that_is_no_kernel_is_refused(tmp_path):
    with pytest.raises(LabError, match="no Makefile"):
        port_check.files(tmp_path, ["types.h"])


def test_without_a_series_it_says_how_to_make_it(tmp_path):
    with pytest.raises(LabError, match="tangle"):
        port_check.saved(tmp_path)
