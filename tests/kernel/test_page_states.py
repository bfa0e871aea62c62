# SPDX-License-Identifier: GPL-2.0-only
"""The kernel in the page, as it is made: its parts, and what can go wrong."""

import base64
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from rendered import build_book

from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.base.progress import silent
from kernel_lab.page import states
from kernel_lab.sources import sysroot

FINISHED = states.stage_at(7)
VERIFIER = "linux/kernel/bpf/verifier.c"


def test_the_set_up_is_done_in_what_was_saved(saved_kernels):
    for stage in states.STAGES:
        typed = [line.removeprefix("# ") for line in states.transcript(stage).splitlines() if line.startswith("# ")]
        assert typed == list(stage.typed)
    assert states.transcript(FINISHED).endswith("attached it with attach type 44")


def test_a_page_from_disk_gets_the_same_bytes(saved_kernels):
    binaries = list(saved_kernels.glob("*.bin"))
    assert len(binaries) == len(states.STAGES) + 1
    for binary in binaries:
        script = binary.with_suffix(".js").read_text()
        name, text = re.fullmatch(r'kernelPack\("(.*)", "(.*)"\);\n', script).groups()
        assert name == binary.stem
        assert base64.b64decode(text) == binary.read_bytes()


def test_a_file_s_name_has_the_checksum_of_its_bytes_and_older_ones_are_gone(saved_kernels):
    made = {part.file: part for part in states.parts().values()}
    for file, part in made.items():
        data = (saved_kernels / file).read_bytes()
        assert Path(file).stem.endswith(f"-{zlib.crc32(data):08x}")
        assert part.bytes == len(data)
    scripts = {Path(file).with_suffix(".js").name for file in made}
    assert {path.name for path in saved_kernels.glob("*.*") if path.suffix in (".bin", ".js")} == {*made, *scripts}


def test_a_download_is_small_enough_for_a_phone(saved_kernels):
    assert all(1_000_000 < states.downloads(stage) < 5_000_000 for stage in states.STAGES)


def test_what_is_there_is_not_made_again(saved_kernels, finished):
    before = {path: path.stat().st_mtime_ns for path in saved_kernels.glob("step-*.bin")}
    assert list(states.make(finished.tree, finished.cache, silent)) == list(states.STAGES)
    assert {path: path.stat().st_mtime_ns for path in saved_kernels.glob("step-*.bin")} == before


def test_the_source_of_what_is_in_the_page_is_known(saved_kernels):
    sources = sysroot.sources(saved_kernels.parent)
    assert set(sources) == set(sysroot.PACKAGES)
    assert re.fullmatch(r"busybox 1:\S+", sources["busybox-static"])


def test_the_explanations_know_all_that_the_verifier_of_this_kernel_can_say(lab, tmp_path):
    source = tmp_path / "verifier.c"
    source.write_text(lab.tree.originals([VERIFIER])[VERIFIER], encoding="utf-8")
    argv = [sys.executable, CHECKOUT / "web/test/verifier_formats.py", source]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == json.loads((CHECKOUT / "web/test/verifier_formats.json").read_text())


def test_the_kernel_still_says_what_the_explanations_explain(saved_kernels):
    """Each of web/test/pairs.json: the first program is refused in these words, the second accepted."""
    node = Path(sys.executable).with_name("node")
    argv = [node, CHECKOUT / "web/test/record_answers.mjs", saved_kernels]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_kernel_makes_the_maps_that_the_page_makes_and_no_others(saved_kernels):
    node = Path(sys.executable).with_name("node")
    argv = [node, CHECKOUT / "web/test/try_maps.mjs", saved_kernels]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "248 maps were made\n"), done.stderr


def test_a_command_that_fails_in_the_set_up_is_an_error(saved_kernels, finished, tmp_path):
    packed = finished.tree.root / "page.cpio"  # of the last machine that was saved
    job = states.job(finished.kernel("page").made.image, packed, tmp_path / "state", ["./nothing"])
    with pytest.raises(LabError) as caught:
        states.save_state(tmp_path / "job.json", job)
    assert "./nothing: not found" in caught.value.cause
    assert not (tmp_path / "state").exists()


def test_a_book_that_was_made_without_the_kernel_says_so_and_gets_it_later(saved_kernels, tmp_path):
    before = build_book(tmp_path, KERNEL_LAB_CACHE=str(tmp_path / "no cache"))
    assert before.status == 0, before.complaints
    for name in ("book/index", "book/playground", "notebooks/05-the-module"):
        assert "This copy of the book was made without the kernel" in (before.html / f"{name}.html").read_text()
    after = build_book(tmp_path)
    assert after.status == 0, after.complaints
    assert "Start the kernel</button>" in (after.html / "book/index.html").read_text()
    assert 'data-step="07"' in (after.html / "book/playground.html").read_text()
    assert 'data-step="05"' in (after.html / "notebooks/05-the-module.html").read_text()
