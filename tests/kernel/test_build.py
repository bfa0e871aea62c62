# SPDX-License-Identifier: GPL-2.0-only
"""Building the real kernel: mistakes are shown as the compiler said them, an interrupted build goes on."""

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from readers_shell import KERNEL_DEVELOPERS

from kernel_lab.base.errors import LabError
from kernel_lab.kernel.build import OBJECTS, ConfigError, dropped_lines
from kernel_lab.kernel.failure import CompileError
from kernel_lab.kernel.flavour import Flavour
from kernel_lab.recipe.cells import Cell

SYSCALL = "linux/kernel/bpf/syscall.c"


@pytest.fixture
def undone(finished):
    """The laboratory; whatever the test did to the tree is taken back."""
    yield finished
    finished.reset()


def test_lines_that_kconfig_dropped():
    config = "CONFIG_NET=y\nCONFIG_HZ=250\n# CONFIG_DRM is not set\n"
    assert dropped_lines("# why\nCONFIG_NET=y # reason\nCONFIG_DRM=n\nCONFIG_USB=n\n", config) == []
    assert dropped_lines("CONFIG_NET=m\nCONFIG_SOUND=y\nCONFIG_HZ=n\n", config) == [
        "CONFIG_NET=m",
        "CONFIG_SOUND=y",
        "CONFIG_HZ=n",
    ]


def test_a_symbol_that_does_not_exist_is_named(undone):
    undone.tree.edit(Cell.parse("source", "config/mine.config", "CONFIG_NO_SUCH_THING=y"))
    with pytest.raises(ConfigError, match="CONFIG_NO_SUCH_THING=y"):
        undone.configure()
    undone.undo()
    undone.configure()
    assert undone.config()["CONFIG_BPF_OREORE"] == "y"


def test_what_kconfig_refused_is_not_taken_for_what_it_took(undone):
    """A wrong edit leaves a .config without the type; when it is taken back, all seems to be as it was configured."""
    undone.configure()
    kconfig = undone.tree.root / "linux/kernel/bpf/Kconfig"
    right = kconfig.read_text()
    kconfig.write_text(right.replace("config BPF_OREORE\n", "config BPF_OTHER\n"))
    with pytest.raises(ConfigError, match="CONFIG_BPF_OREORE=y"):
        undone.configure()
    kconfig.write_text(right)
    assert undone.config()["CONFIG_BPF_OREORE"] == "y"


def test_c_that_does_not_compile_is_shown_with_its_line(undone):
    path = undone.tree.root / SYSCALL
    path.write_text(path.read_text().replace("static int find_prog_type(", "static int find_prog_type(nonsense "))
    with pytest.raises(CompileError) as failure:
        undone.compile("kernel/bpf/syscall.o")
    assert re.match(r"kernel/bpf/syscall\.c:\d+:\d+: error: ", failure.value.cause)
    assert "static int find_prog_type(nonsense enum" in failure.value.cause
    assert "make[" not in failure.value.cause


def test_a_module_that_does_not_compile(undone):
    (undone.tree.root / "lkm/oreore_mod.c").write_text("int x = y;\n")
    with pytest.raises(CompileError, match="'y' undeclared"):
        undone.module()


def test_a_program_that_does_not_compile(undone):
    (undone.tree.root / "loader/numbers.c").write_text("int main(void) { return x; }\n")
    with pytest.raises(CompileError, match="'x' undeclared"):
        undone.program("numbers")


def test_a_kernel_without_the_type_builds_and_refuses_it(undone):
    undone.tree.edit(Cell.parse("source", "config/oreore.config", "# CONFIG_BPF_OREORE is not set"))
    undone.boot()
    undone.program("try_type")
    assert "CONFIG_BPF_OREORE" not in undone.config()
    assert "type 32: refused, errno 22, EINVAL" in undone.transcript("./try_type 32 44")


def test_a_flavour_of_ones_own(finished, tmp_path):
    fragment = tmp_path / "mine.config"
    fragment.write_text("CONFIG_DEBUG_KERNEL=y\nCONFIG_HZ_1000=y\n")
    kernel = finished.kernel(Flavour("mine", "my kernel", ("config/*.config", fragment)))
    try:
        kernel.configure()
        assert {"CONFIG_DEBUG_KERNEL=y", "CONFIG_HZ_1000=y"} <= set(kernel.made.config.splitlines())
        assert finished.config().get("CONFIG_HZ_1000") is None  # the book's own is as it was
    finally:
        shutil.rmtree(kernel.made.out)
    with pytest.raises(LabError, match=r"no configuration for my kernel \(config/mine/\*\.config\)"):
        finished.kernel(Flavour("mine", "my kernel", ("config/*.config", "config/mine/*.config"))).configure()
    with pytest.raises(LabError, match="There is no kernel 'chekcing'") as caught:
        finished.boot("chekcing")
    assert '"checking": the kernel that proves its own locking' in caught.value.remedy


def test_another_flavour_begins_with_the_books_objects(finished):
    """Only what another configuration changes is compiled, and the book's own stays as it was."""
    finished.build()
    first = finished.current.made.image.read_bytes()
    kernel = finished.kernel(Flavour("fewer", "a kernel without the type", ("config/kernel.config",)))
    try:
        kernel.build()
        compiled = re.findall(r"^ +(?:CC|AS) ", kernel.made.log.read_text(), re.MULTILINE)
        assert 0 < len(compiled) < OBJECTS / 2
        assert "bpf_oreore" not in (kernel.made.out / "System.map").read_text()
    finally:
        shutil.rmtree(kernel.made.out, ignore_errors=True)
    assert finished.current.made.image.read_bytes() == first


def test_the_same_sources_give_the_same_kernel(finished):
    finished.build()
    first = finished.current.made.image.read_bytes()
    (finished.tree.root / SYSCALL).touch()
    finished.build()
    assert finished.current.made.image.read_bytes() == first


def test_a_readers_environment_makes_no_other_kernel(finished, monkeypatch):
    finished.build()
    finished.module()
    first = finished.current.made.image.read_bytes(), _built(finished)
    for name, value in KERNEL_DEVELOPERS.items():
        monkeypatch.setenv(name, value)
    for path in (SYSCALL, "lkm/oreore_mod.c", "loader/oreore_loader.c"):
        (finished.tree.root / path).touch()
    (finished.current.made.out / ".configured").unlink()
    finished.build()
    finished.module()
    finished.program("oreore_loader")
    assert (finished.current.made.image.read_bytes(), _built(finished)) == first


def test_a_repository_around_the_sources_makes_no_other_kernel(finished):
    """A reader may well keep the tree in git; its state is no part of the kernel's version."""
    finished.build()
    first = finished.current.made.image.read_bytes()
    linux = finished.tree.root / "linux"
    try:
        subprocess.run(["git", "init", "--quiet"], cwd=linux, check=True)
        me = ["-c", "user.name=Reader", "-c", "user.email=reader@example.org"]
        subprocess.run(["git", *me, "commit", "--quiet", "--allow-empty", "-m", "mine"], cwd=linux, check=True)
        finished.build()
        assert finished.current.made.image.read_bytes() == first
    finally:
        shutil.rmtree(linux / ".git")


def _built(lab) -> bytes:
    return (lab.current.made.out / "external/lkm/oreore_mod.ko").read_bytes()


def test_what_takes_in_a_whole_file_is_not_from_ccache(finished):
    """ccache would give an older kernel's file, where that one is as long when packed."""
    finished.build()
    compressed = finished.current.made.out / "arch/x86/boot/compressed"
    assert ":= gcc " in (compressed / ".piggy.o.cmd").read_text()
    assert ":= ccache gcc " in (compressed / ".misc.o.cmd").read_text()


def test_ctrl_c_in_the_middle_and_on_again(finished):
    """An interrupted build ends at once, with make and compilers, and the next one completes it."""
    finished.build()
    linux = finished.tree.root / "linux"
    finished.close()  # the command below wants the tree
    (linux / "include/linux/bpf.h").touch()
    command = [sys.executable, "-m", "kernel_lab", "build"]
    # A shell starts its background jobs with SIGINT ignored, and so they start ours: as a terminal would have it.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    build = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heed)
    assert any("compiling" in line for line in build.stderr)
    os.kill(build.pid, signal.SIGINT)
    assert "Run the command again" in build.stderr.read()
    assert build.wait() == 130
    assert not _running(f"make -C {linux}")

    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "The kernel is built" in done.stdout


def _running(words: str) -> bool:
    """Whether a process has these words in its command line."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if words in (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                return True
    return False
