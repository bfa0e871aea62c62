# SPDX-License-Identifier: GPL-2.0-only
"""The guest's root file system: the same to the byte, whenever and wherever its parts were made."""

import os

from kernel_lab.kernel import initramfs


def test_the_same_contents_make_the_same_archive(finished, tmp_path):
    """A time is a number in the archive, and the guest takes longer to read a digit that is a letter."""
    finished.build()
    out, root = finished.current.made.out, finished.current.sysroot()
    archives = []
    for place, seconds in (("here", 0x61111111), ("there/far/away", 0x6AAAAAAA)):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        program = folder / "program"
        program.write_text("#!/bin/sh\n")
        os.utime(program, (seconds, seconds))
        archives.append(initramfs.pack(out, folder / "image.cpio", root, [program], b"1 4 0\ntrue"))
    first, second = (archive.read_bytes() for archive in archives)
    assert first == second
    assert b"#!/bin/sh\n" in first
