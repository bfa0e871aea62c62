#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Record how the tools print one program: this makes the text files of the folder.

    sudo ./record.py [VMLINUZ BUSYBOX]

It takes Debian 12 with clang, llvm, clang-19, llvm-19, binutils-bpf, bpftool, libbpf-dev, tcpdump, xxd, bsdextrautils,
and a kernel that loads programs for root: logs of the day are from that kernel. Given a Debian 12 kernel and a static
busybox, it boots that kernel in QEMU, and takes from it the logs of Linux 6.1. No test runs this.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
WORK = Path(tempfile.mkdtemp())
CLANG = ("-O2", "-target", "bpf", "-I/usr/include/x86_64-linux-gnu")
GOOD, BAD = "-DNUMBER=7", "-DNUMBER=15"
ACCEPTED, REFUSED = WORK / "accepted.o", WORK / "refused.o"
PIN = Path("/sys/fs/bpf/pasted_probe")
DUMPS = {"-d": ("-d",), "-relocations": ("-dr",), "-no-raw": ("-dr", "--no-show-raw-insn")}
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /tmp
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
for object in accepted refused; do
  echo "=== $object"
  bpftool -d prog load /$object.o /sys/fs/bpf/$object 2>&1
done
echo "=== plain"
bpftool prog load /refused.o /sys/fs/bpf/refused 2>&1
echo "=== xlated"
bpftool prog dump xlated pinned /sys/fs/bpf/accepted linum
echo "=== end"
/bin/busybox poweroff -f
"""


def run(*argv: object) -> str:
    """What a command prints, on both streams; that a program was refused is no failure here."""
    done = subprocess.run([*map(str, argv)], cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode(errors="surrogateescape").replace(f"{WORK}/", "").replace(str(HERE), "/home/reader")


def keep(name: str, text: str) -> None:
    (HERE / f"{name}.txt").write_text(text, errors="surrogateescape")


def linked(obj: Path) -> str:
    """The program's bytes as hex, with its function behind it and the call filled in, as libbpf does it."""
    pieces = []
    for section in ("socket", ".text"):
        file = WORK / "piece"
        file.write_bytes(b"")
        run("llvm-objcopy", "-O", "binary", f"--only-section={section}", obj, file)
        pieces.append(file.read_bytes())
    main = bytearray(pieces[0])
    for at in range(0, len(main), 8):
        if main[at : at + 2] == b"\x85\x10":
            within = int.from_bytes(main[at + 4 : at + 8], "little", signed=True) + 1
            main[at + 4 : at + 8] = (len(main) // 8 - at // 8 - 1 + within).to_bytes(4, "little")
    return (bytes(main) + pieces[1]).hex()


def compilers() -> dict[str, str]:
    """What clang prints with -S; returns the bytes that it makes with the same options."""
    programs = {}
    for version, cpus in (("14", ("v1", "v2", "v3")), ("19", ("v1", "v2", "v3", "v4"))):
        for cpu in cpus:
            options = (f"clang-{version}", *CLANG, f"-mcpu={cpu}", GOOD, "probe.c")
            keep(f"clang-{version}-{cpu}", run(*options, "-S", "-o", "-"))
            run(*options, "-c", "-o", WORK / "this.o")
            programs[f"clang-{version}-{cpu}"] = linked(WORK / "this.o")
    with_lines = ("clang-19", *CLANG, "-mcpu=v3", GOOD, "-gline-tables-only", "probe.c")
    keep("clang-19-lines", run(*with_lines, "-S", "-o", "-"))
    programs["clang-19-lines"] = programs["clang-19-v3"]
    keep("refused-llvm-ir", run("clang-14", *CLANG, GOOD, "probe.c", "-S", "-emit-llvm", "-o", "-"))
    return programs | atomics() | several()


def several() -> dict[str, str]:
    """Functions in .text, a map, two programs in one section, and an offset that loaders adapt."""
    programs: dict[str, str] = {}

    def record(version: str, name: str, option: str, ways: str) -> None:
        options = (f"clang-{version}", *CLANG, "-mcpu=v3", "-g", option, "several.c")
        obj = WORK / f"{name}.o"
        run(*options, "-c", "-o", obj)
        for way in ways.split():
            if way == "-S":
                text, shown = f"clang-{version}-{name}", run(*options, "-g0", "-S", "-o", "-")
            else:
                text = f"objdump-{version}-{name}{way.removesuffix('-d')}"
                shown = run(f"llvm-objdump-{version}", *DUMPS[way], obj)
            keep(text, shown)
            programs[text] = linked(obj)

    for version in ("14", "19"):
        record(version, "several", "-UMAP", "-S -d -relocations -no-raw")
    record("19", "map", "-DMAP", "-S -d -relocations")
    record("19", "two", "-DTWO", "-S -relocations")
    record("19", "core", "-DCORE", "-relocations")
    return programs


def atomics() -> dict[str, str]:
    """Of both sizes: objdump shows some as others, or as unknown, unless it is told of the processor."""
    options = ("clang-19", *CLANG, "-mcpu=v3", "atomics.c")
    run(*options, "-c", "-o", WORK / "atomics.o")
    keep("clang-19-atomics", run(*options, "-S", "-o", "-"))
    for version in ("14", "19"):
        keep(f"objdump-{version}-atomics", run(f"llvm-objdump-{version}", "-d", WORK / "atomics.o"))
    unshown = ("-d", "--no-show-raw-insn", WORK / "atomics.o")
    keep("objdump-19-atomics-v3", run("llvm-objdump-19", "--mcpu=v3", *unshown))
    keep("refused-objdump-unknown", run("llvm-objdump-19", *unshown))
    names = ("clang-19-atomics", "objdump-14-atomics", "objdump-19-atomics", "objdump-19-atomics-v3")
    return dict.fromkeys(names, linked(WORK / "atomics.o"))


def dumps() -> dict[str, str]:
    """What objdump and the dumpers of bytes print."""
    names = []

    def dump(name: str, *argv: object) -> None:
        keep(name, run(*argv))
        names.append(name)

    for version in ("14", "19"):
        tool = f"llvm-objdump-{version}"
        dump(f"objdump-{version}", tool, "-d", ACCEPTED)
        dump(f"objdump-{version}-source", tool, "-d", "-S", "-l", ACCEPTED)
        dump(f"objdump-{version}-relocations", tool, "-d", "-r", ACCEPTED)
        dump(f"objdump-{version}-no-raw", tool, "-d", "--no-show-raw-insn", ACCEPTED)
        dump(f"objdump-{version}-no-address", tool, "-d", "--no-leading-addr", "--no-show-raw-insn", ACCEPTED)
    (WORK / "native.c").write_text("int native(int *ctx) { return *ctx + 42; }\n")
    run("clang-14", "-O2", "-c", "-o", WORK / "native.o", WORK / "native.c")
    keep("refused-machine-code", run("objdump", "-d", "--no-show-raw-insn", WORK / "native.o"))
    keep("refused-gnu-objdump", run("bpf-objdump", "-d", ACCEPTED))
    program = bytes.fromhex(linked(ACCEPTED))
    names.append("bytes-xxd-c")
    flat = WORK / "program.bin"
    flat.write_bytes(program)
    dump("bytes-xxd", "xxd", flat)
    dump("bytes-xxd-plain", "xxd", "-p", flat)
    keep("bytes-xxd-c", run("xxd", "-i", "-n", "program", flat))
    dump("bytes-hexdump", "hexdump", "-C", flat)
    dump("bytes-od", "od", "-A", "x", "-t", "x1z", flat)
    keep("refused-words", run("hexdump", flat))
    keep("refused-od-words", run("od", "-x", flat))
    keep("refused-xxd-words", run("xxd", "-e", flat))
    keep("refused-xxd-bits", run("xxd", "-b", flat))
    keep("refused-od-words-32", run("od", "-t", "x4", flat))
    keep("refused-od-words-64", run("od", "-A", "n", "-t", "x8", flat))
    keep("refused-xxd-object", run("xxd", ACCEPTED))
    keep("refused-objdump-sections", run("llvm-objdump", "-s", ACCEPTED))
    alike = WORK / "alike.bin"
    alike.write_bytes(bytes.fromhex("b700000001000000" * 8 + "9500000000000000"))
    keep("refused-hexdump-left-out", run("hexdump", "-C", alike))
    section = WORK / "section.o"
    run("llvm-objcopy", f"--update-section=socket={flat}", ACCEPTED, section)
    dump("bytes-objdump", "llvm-objdump", "-s", "-j", "socket", section)
    dump("bytes-readelf", "readelf", "-x", "socket", section)
    return dict.fromkeys(names, program.hex())


def kernels() -> None:
    """What the kernel's verifier and bpftool say."""
    keep("log-refused", run("bpftool", "prog", "load", REFUSED, PIN))
    keep("log-level-2", run("bpftool", "-d", "prog", "load", ACCEPTED, PIN))
    dump = ("bpftool", "prog", "dump", "xlated", "pinned", PIN)
    keep("xlated", run(*dump))
    for word in ("opcodes", "linum"):
        keep(f"xlated-{word}", run(*dump, word))
    keep("refused-xlated-visual", run(*dump, "visual"))
    keep("refused-xlated-json", run("bpftool", "-j", *dump[1:]) + "\n")
    keep("refused-xlated-json-pretty", run("bpftool", "-p", *dump[1:]) + "\n")
    PIN.unlink()


def guest(kernel: str, busybox: str) -> None:
    root = WORK / "root"
    libraries = re.findall(r"(/\S+) \(0x", run("ldd", "/usr/sbin/bpftool"))
    files = {"/usr/sbin/bpftool": "bin/bpftool", busybox: "bin/busybox"} | {each: each[1:] for each in libraries}
    files |= {str(each): each.name for each in (ACCEPTED, REFUSED)}
    for source, target in files.items():
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, root / target)
    (root / "init").write_text(INIT)
    (root / "init").chmod(0o755)
    archive = WORK / "root.cpio"
    subprocess.run(f"find . | {busybox} cpio -o -H newc > {archive}", shell=True, cwd=root, check=True)
    machine = ("qemu-system-x86_64", "-m", "512", "-nographic", "-no-reboot", "-nic", "none")
    said = run(*machine, "-kernel", kernel, "-initrd", archive, "-append", "console=ttyS0 quiet panic=-1")
    parts = re.split(r"=== (\w+)\n", said.replace("\r\n", "\n"))
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    keep("log-6.1-refused", texts["plain"])
    keep("log-6.1-level-2", texts["accepted"])
    keep("xlated-6.1-linum", texts["xlated"])


def main() -> None:
    for obj, number in ((ACCEPTED, GOOD), (REFUSED, BAD)):
        run("clang-14", *CLANG, "-mcpu=v3", "-g", number, "probe.c", "-c", "-o", obj)
    programs = compilers() | dumps()
    programs["accepted"], programs["refused"] = linked(ACCEPTED), linked(REFUSED)
    (HERE / "programs.json").write_text(json.dumps(programs, indent=1) + "\n")
    kernels()
    keep("refused-tcpdump", run("tcpdump", "-y", "EN10MB", "-d", "tcp port 80"))
    keep("refused-tcpdump-c", run("tcpdump", "-y", "EN10MB", "-dd", "tcp port 80"))
    if len(sys.argv) > 1:
        guest(*sys.argv[1:])
    shutil.rmtree(WORK)


if __name__ == "__main__":
    main()
