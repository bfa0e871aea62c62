# SPDX-License-Identifier: GPL-2.0-only
"""Follow README's commands on new systems, as an ordinary user, and write down what was seen: `make machines`.

Each system is made from its distribution's packages in a folder of its own, below the laboratory's cache, and removed
when its turn is over. It shares this machine's processor, Linux and network, but no file. Needs root, mmdebstrap, and
room for one system at a time. A system that fails gets a row that says so; the logs stay beside the systems' folder.
"""

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from kernel_lab.base.disk import require_space  # noqa: E402
from kernel_lab.base.errors import LabError  # noqa: E402
from kernel_lab.base.paths import cache_folder  # noqa: E402

TABLE = REPOSITORY / "book/machines.csv"
DEBIAN_SH = REPOSITORY / "kernel_lab/sources/debian.sh"
NEEDED_BYTES = 22 * 2**30

READER = "reader"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# What a reader's shell may have, too: the way through a company's proxy.
PASSED_ON = (
    "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
)  # fmt: skip


@dataclass(frozen=True)
class System:
    """A distribution's release: its title, its name in the archive, its components, and the ring of its keys."""

    title: str
    suite: str
    components: str = "main"
    keyring: Path = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


UBUNTU_KEYS = "usr/share/keyrings/ubuntu-archive-keyring.gpg"  # in a package of Debian 13, which Debian has signed
SYSTEMS = (
    System("Debian 12", "bookworm"),
    System("Debian 13", "trixie"),
    System("Ubuntu 24.04", "noble", "main,universe", Path(UBUNTU_KEYS)),
    System("Ubuntu 26.04", "resolute", "main,universe", Path(UBUNTU_KEYS)),
)


@dataclass
class Step:
    """A command of README's, the pattern that its output must have, and how it went."""

    name: str
    command: str
    pattern: str
    seconds: float = 0.0
    said: str = ""
    passed: bool = False


def steps(names: list[str]) -> list[Step]:
    every = [
        Step("install", "sudo apt-get update && sudo apt-get install -y git make", ""),
        Step("clone", "git clone -q /mnt book", ""),
        Step("demo", "cd book && make demo", r"^43$"),
        Step("book", "cd book && make book && git status --short", r"^The book: "),
        Step("notebooks", "cd book && ./install.sh && .venv/bin/python -m pytest -q --nbval notebooks", r"\d+ passed"),
        Step("test", "cd book && make test", r"\d+ passed"),
    ]
    return [step for step in every if step.name in ("install", "clone", *names)]


@dataclass
class Machine:
    """A system in a folder, and what was seen there."""

    system: System
    root: Path
    logs: Path
    steps: list[Step] = field(default_factory=list)

    def make(self, keyring: Path) -> None:
        """Raises CalledProcessError where the packages can't be had."""
        argv = [
            "mmdebstrap", "--quiet", "--variant=minbase", "--include=apt,ca-certificates,sudo",
            f"--components={self.system.components}", f"--keyring={keyring}", self.system.suite, str(self.root),
        ]  # fmt: skip
        subprocess.run(argv, check=True)
        if CERTIFICATES.is_file():  # what this machine trusts: between it and the network there may be a proxy
            shutil.copy(CERTIFICATES, self.root / "usr/local/share/ca-certificates/host.crt")
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost {os.uname().nodename}\n", encoding="utf-8")
        (self.root / "etc/sudoers.d").mkdir(exist_ok=True)
        (self.root / "etc/sudoers.d/reader").write_text(f"{READER} ALL=(ALL) NOPASSWD: ALL\n", encoding="utf-8")
        self._inside("update-ca-certificates >/dev/null 2>&1; useradd --create-home --shell /bin/bash reader", "root")
        bare = ["git", "clone", "-q", "--bare", "--no-hardlinks", str(REPOSITORY), str(self.root / "mnt")]
        subprocess.run(bare, check=True)
        self._inside(f"chown -R {READER} /mnt", "root")

    def follow(self, todo: list[Step]) -> None:
        """Carry the steps out, until one fails."""
        for step in todo:
            print(f"{self.system.title}: {step.command}", flush=True)
            log = self.logs / f"{self.system.suite}-{step.name}.log"
            began = time.monotonic()
            with log.open("wb") as file:  # written as it goes: whoever waits may look
                status = self._inside(f"cd && {step.command}", READER, file)
            step.seconds, step.said = time.monotonic() - began, log.read_text(encoding="utf-8", errors="replace")
            step.passed = status == 0 and bool(re.search(step.pattern, step.said, re.M))
            print(
                f"{self.system.title}: {'passed' if step.passed else 'FAILED'} after {step.seconds:.0f} s", flush=True
            )
            self.steps.append(step)
            if not step.passed:
                return

    def row(self) -> dict[str, str]:
        """What the table says of this machine."""
        versions = {
            "gcc": self._version("gcc --version", r"(\d+\.\d+)\.\d+$"),
            "Python": self._version("python3 --version", r"(\d+\.\d+)"),
            "QEMU": self._version("qemu-system-x86_64 --version", r"version (\d+\.\d+)"),
        }
        return {"system": self.system.title, **versions, **{step.name: self._verdict(step) for step in self.steps[2:]}}

    def _verdict(self, step: Step) -> str:
        minutes = f"{step.seconds / 60:.0f} min"
        if step.name == "demo":
            return f"43, after {step.seconds:.0f} s" if step.passed else "no 43"
        if step.name == "book":
            changed = [line[3:] for line in step.said.splitlines() if line.startswith(" M ")]
            return ("changed " + ", ".join(changed) if changed else minutes) if step.passed else "failed"
        counts: Counter[str] = Counter()
        for summary in re.findall(r"^=* ?(\d+ (?:passed|failed).*) in [\d.]+s", step.said, re.M):
            for count, verdict in re.findall(r"(\d+) (passed|failed|skipped)", summary):
                counts[verdict] += int(count)
        return ", ".join([*(f"{count} {verdict}" for verdict, count in counts.items()), minutes])

    def _version(self, command: str, pattern: str) -> str:
        with TemporaryFile() as file:
            self._inside(command, READER, file)
            file.seek(0)
            found = re.search(pattern, file.readline().decode())
        return found[1] if found else ""

    def _inside(self, command: str, user: str, log: IO[bytes] | None = None) -> int:
        """Run a command there, for its status. Its mounts and processes are gone when it ends, however it ends."""
        into = (
            'mount -t proc proc "$0/proc"; for d in sys dev; do mount --rbind /$d "$0/$d"; done; exec chroot "$0" "$@"'
        )
        passed_on = [f"{name}={os.environ[name]}" for name in PASSED_ON if name in os.environ]
        home = "/root" if user == "root" else f"/home/{user}"
        environment = [f"HOME={home}", "LANG=C.UTF-8", "TERM=dumb", "PATH=/usr/local/bin:/usr/bin:/bin", *passed_on]
        if user == "root":
            environment[3] += ":/usr/sbin:/sbin"
        identity = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user != "root" else []
        argv = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", into, str(self.root),
                "env", "-i", *environment, *identity, "sh", "-c", command]  # fmt: skip
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False)
        return done.returncode


def keyring(system: System, folder: Path) -> Path:
    """The ring of the system's keys: this machine's, or of the package that Debian 13 has for it."""
    if system.keyring.is_absolute():
        return system.keyring
    if not (folder / system.keyring).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([DEBIAN_SH, "trixie", "amd64", str(folder), "ubuntu-keyring"], check=True, capture_output=True)
    return folder / system.keyring


def visit(system: System, names: list[str], folder: Path) -> dict[str, str]:
    """Make the system, follow README there, and remove it; returns its row."""
    require_space(folder, NEEDED_BYTES)
    machine = Machine(system, folder / system.suite, folder)
    remove(machine.root)
    try:
        machine.make(keyring(system, folder / "keys"))
        machine.follow(steps(names))
        return machine.row()
    finally:
        remove(machine.root)


MOUNTS = Path("/proc/self/mounts")


def remove(root: Path) -> None:
    """Remove a system's folder, but never through a mount: what is mounted there is this machine's own."""
    mounts = (line.split()[1] for line in MOUNTS.read_text(encoding="utf-8").splitlines())
    if inside := [place for place in mounts if Path(place).is_relative_to(root)]:
        raise LabError(f"{inside[0]} is mounted, and {root} is not removed.", f"umount -R {root}, and run this again.")
    if root.exists():
        shutil.rmtree(root)


def write(rows: list[dict[str, str]]) -> None:
    """Put the rows into the table, each in the place of its system's older one."""
    older = list(csv.DictReader(TABLE.open(encoding="utf-8"))) if TABLE.is_file() else []
    known = {row["system"]: row for row in older}
    for row in rows:
        known[row["system"]] = known.get(row["system"], {}) | row
    order = [system.title for system in SYSTEMS]
    columns = list(dict.fromkeys(column for row in known.values() for column in row))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(sorted(known.values(), key=lambda row: order.index(row["system"])))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    suites = [system.suite for system in SYSTEMS]
    parser.add_argument("system", nargs="*", choices=[[], *suites], help=f"which ones (all: {', '.join(suites)})")
    parser.add_argument("--only", default="demo,book,test", help="of demo, book, notebooks, test (%(default)s)")
    options = parser.parse_args()
    if os.geteuid():
        print("This makes systems, and so needs root: sudo make machines", file=sys.stderr)
        return 1
    folder = cache_folder() / "machines"
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for system in SYSTEMS:
        if system.suite in (options.system or suites):
            try:
                rows.append(visit(system, options.only.split(","), folder))
            except (LabError, subprocess.CalledProcessError) as problem:
                print(f"{system.title} was not made: {problem}", file=sys.stderr)
                return 1
            write(rows)
    return int(any("fail" in value or "no 43" in value for row in rows for value in row.values()))


if __name__ == "__main__":
    sys.exit(main())
