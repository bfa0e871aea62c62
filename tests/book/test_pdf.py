# SPDX-License-Identifier: GPL-2.0-only
"""The book in one file, made by the command that README names, in a copy of the repository."""

import re
import subprocess

from checkout import copy_to
from rendered import notebooks, toc_pages
from solutions import read

from kernel_lab.base.paths import CHECKOUT


def test_the_pdf_has_each_chapter_in_its_outline(tmp_path):
    copy_to(tmp_path)
    (tmp_path / ".venv").symlink_to(CHECKOUT / ".venv")
    command = ["make", "--old-file", ".venv/installed", "pdf"]  # what is installed serves the copy, too
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    made = (tmp_path / "book/_build/book.pdf").read_bytes()
    outline = re.findall(rb"/Title \((\d+)\. ([^)]*)\)", made)
    titles = [read(path, "markdown")[0].split("\n")[0].removeprefix("# ") for path in notebooks()]
    assert [title.decode() for _, title in outline if title.decode() in titles] == titles
    assert len(re.findall(rb"/Type /Page\b", made)) > 10 * len(toc_pages())
