# SPDX-License-Identifier: GPL-2.0-only
"""Try a class on this machine: so many readers log in, boot, patch and build, and none may see another.

As root, in the folder that deploy/prepare.sh has prepared, /srv/kernel-lab/book, with STEP=3:

    .venv/bin/python deploy/try_class.py --readers 20

It makes accounts, starts JupyterHub with deploy/jupyterhub_config.py, and does in each reader's server what a browser
does there: first with one reader, then with all at the same time. At the end there is a table, and all that it made is
removed. No other JupyterHub may run meanwhile.
"""

import argparse
import grp
import json
import os
import pwd
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

import websocket
from view import CLASS, FOLDER, place

HUB = "127.0.0.1:8000"
BOOK = FOLDER / "book"
NOTEBOOK = "notebooks/04-the-syscall-cases.ipynb"
SLOW = 1800  # seconds for one step, when the whole class does it

START = 'from kernel_lab import Lab\nlab = Lab.start("04")'
PATCH = """%%patch --try
--- a/kernel/bpf/syscall.c
+++ b/kernel/bpf/syscall.c
@@ -5200,2 +5200,9 @@
 late_initcall(bpf_syscall_sysctl_init);
 #endif /* CONFIG_SYSCTL */
+
+static int __init whose(void)
+{{
+	pr_warn("this is the kernel of {name}\\n");
+	return 0;
+}}
+late_initcall(whose);
"""

# Each reader leaves a file wherever others might come along, and later says what there is to see of anybody.
LEAVE = """import os, pathlib
PLACES = ["/tmp", "/var/tmp", "/dev/shm", "{folder}", "{folder}/book", "{folder}/cache", os.environ["HOME"]]
for place in PLACES:
    pathlib.Path(place, "left-by-{name}").write_text("{name}")"""
LOOK = """import json
def tried(what):
    try:
        return what()
    except OSError as error:
        return error.strerror
print(json.dumps({{
    "files": sorted({{path.name for place in PLACES for path in pathlib.Path(place).glob("left-by-*")}}),
    "owners of processes": sorted({{path.stat().st_uid for path in pathlib.Path("/proc").glob("[0-9]*")}}),
    "kernels": [line for line in open("{folder}/cache/trees/" + os.listdir("{folder}/cache/trees")[0]
                + "/linux/kernel/bpf/syscall.c") if "this is the kernel of" in line],
    "homes": tried(lambda: os.listdir("/home")),
    "places": tried(lambda: os.listdir("{places}")),
    "the first process's root": tried(lambda: os.listdir("/proc/1/root")),
}}))"""
BARRED = "Permission denied"


class Failed(Exception):
    """A reader did not get the answer that the class promises."""


@dataclass
class Reader:
    """An account, its server, and what was measured there, by name."""

    name: str
    password: str = field(default_factory=secrets.token_hex)
    token: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    socket: Any = None

    @property
    def uid(self) -> int:
        return pwd.getpwnam(self.name).pw_uid

    def log_in(self) -> None:
        """As a browser: the form, its password, the cookies; and then a token, so as not to need these any more."""
        cookies = CookieJar()
        browser = direct(HTTPCookieProcessor(cookies))
        browser.open(f"http://{HUB}/hub/login").close()
        form = {"username": self.name, "password": self.password, "_xsrf": guard(cookies)}
        browser.open(f"http://{HUB}/hub/login?next=/hub/home", urlencode(form).encode()).close()
        header = {"Content-Type": "application/json", "X-XSRFToken": guard(cookies)}
        request = Request(f"http://{HUB}/hub/api/users/{self.name}/tokens", b"{}", header)
        with browser.open(request) as reply:
            self.token = json.load(reply)["token"]

    def api(self, method: str, path: str, body: object = None) -> Any:
        """What the hub, or a server, answers. Raises HTTPError."""
        data = json.dumps(body).encode() if body is not None else None
        request = Request(f"http://{HUB}{path}", data, {"Authorization": f"token {self.token}"}, method=method)
        with direct().open(request, timeout=SLOW) as reply:
            return json.loads(reply.read() or b"null")

    def start(self) -> None:
        """The server, and a notebook's Python in it."""
        self.api("POST", f"/hub/api/users/{self.name}/server", {})
        wait_for(lambda: self.api("GET", f"/hub/api/users/{self.name}")["servers"][""]["ready"])
        asked = {"path": NOTEBOOK, "name": NOTEBOOK, "type": "notebook", "kernel": {"name": "python3"}}
        kernel = self.api("POST", f"/user/{self.name}/api/sessions", asked)["kernel"]["id"]
        address = f"ws://{HUB}/user/{self.name}/api/kernels/{kernel}/channels"
        header = [f"Authorization: token {self.token}"]
        self.socket = websocket.create_connection(address, header=header, timeout=SLOW, http_no_proxy=["127.0.0.1"])

    def ask(self, code: str, expected: str = "") -> str:
        """Run a cell, and return what it prints. Raises Failed where that is not what is expected."""
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": "execute_request", "username": "", "session": number, "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self.socket.send(json.dumps(message))
        said: str = ""
        while True:
            reply = json.loads(self.socket.recv())
            if reply["parent_header"].get("msg_id") != number:
                continue
            content = reply["content"]
            said += content.get("text", "") + "\n".join(content.get("traceback", []))
            if reply["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        if expected not in said:
            raise Failed(f"{self.name} ran\n{code}\nand found no {expected!r} in\n{said}")
        return said

    def stop(self) -> None:
        if self.socket:
            self.socket.close()
        self.api("DELETE", f"/hub/api/users/{self.name}/server")
        wait_for(lambda: not self.api("GET", f"/hub/api/users/{self.name}")["servers"])

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[what] = time.monotonic() - began
        print(f"{self.name}: {what} after {self.seconds[what]:.1f} s", flush=True)

    # What each reader does -------------------------------------------------------------------

    def first_prompt(self) -> None:
        """From the click that starts the server to the answer of the kernel that was prepared."""
        with self.timed("first prompt"):
            with self.timed("server"):
                self.start()
            self.ask(START, "the tree is at step 03")
            self.ask("lab.boot()", "Booted the kernel that was just built")
            self.ask("%%guest\nuname -s", "Linux")

    def change(self) -> None:
        """A change of syscall.c, until the new kernel has said whose it is."""
        with self.timed("changed syscall.c"):
            self.ask(PATCH.format(name=self.name), "changed kernel/bpf/syscall.c")
            self.ask("lab.boot()", "Booted the kernel that was just built")
            self.ask("%%guest\ndmesg | grep -o 'kernel of .*'", f"\nkernel of {self.name}\n")

    def leave(self) -> None:
        self.ask(LEAVE.format(folder=FOLDER, name=self.name))

    def look(self) -> None:
        """Raises Failed where there is anything of another reader."""
        words = {"folder": FOLDER, "name": self.name, "places": CLASS}
        seen = json.loads(self.ask(LOOK.format(**words), "{").strip().splitlines()[-1])
        alone = {
            "files": [f"left-by-{self.name}"],
            "owners of processes": [0, self.uid],  # root's is the first process of the view
            "kernels": [f'\tpr_warn("this is the kernel of {self.name}\\n");\n'],
            "homes": [self.name],
            "places": BARRED,
            "the first process's root": BARRED,
        }
        if seen != alone:
            raise Failed(f"{self.name} sees {seen}; expected was {alone}")

    def try_other_server(self, other: "Reader") -> None:
        """Raises Failed where the reader is let into another's server."""
        with suppress(HTTPError):
            self.api("GET", f"/user/{other.name}/api/contents")
            raise Failed(f"{self.name} is let into the server of {other.name}")

    # What it costs ---------------------------------------------------------------------------

    def memory(self) -> dict[str, int]:
        """Bytes by what they are for, with a part of what processes share."""
        found = {"guest": 0, "notebook": 0, "server": 0}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if folder.stat().st_uid == self.uid or f"view.py {self.name} " in command:
                    pss = re.search(r"^Pss: +(\d+) kB", (folder / "smaps_rollup").read_text(encoding="ascii"), re.M)
                    what = "guest" if "qemu-system" in command else "notebook" if "ipykernel" in command else "server"
                    found[what] += int(pss[1]) * 1024 if pss else 0
        return found

    def disk(self) -> int:
        """Bytes of the disk that hold what the reader has changed."""
        said = subprocess.run(["du", "-s", "-B1", place(self.name) / "upper"], capture_output=True, check=True).stdout
        return int(said.split()[0])

    def processes(self) -> list[str]:
        """Those of the reader that are there."""
        done = subprocess.run(["ps", "-u", self.name, "-o", "args="], capture_output=True, text=True, check=False)
        return done.stdout.splitlines()


def direct(*handlers: Any) -> OpenerDirector:
    """A client that asks no proxy of the environment's."""
    return build_opener(ProxyHandler({}), *handlers)


def guard(cookies: CookieJar) -> str:
    """What the hub wants back with each form."""
    return next(str(cookie.value) for cookie in cookies if cookie.name == "_xsrf")


def wait_for(done: Callable[[], object], seconds: float = SLOW) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise Failed(f"This took longer than {seconds} s.")
        time.sleep(0.3)


def answers() -> bool:
    with suppress(URLError, ConnectionError):
        direct().open(f"http://{HUB}/hub/health", timeout=5).close()
        return True
    return False


@contextmanager
def hub() -> Iterator[None]:
    """JupyterHub as the class has it, but with a database of its own."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w", encoding="utf-8") as log:
        database = f"--JupyterHub.db_url=sqlite:///{folder}/hub.sqlite"
        argv = [f"{BOOK}/.venv/bin/jupyterhub", "--config", f"{BOOK}/deploy/jupyterhub_config.py", database]
        process = subprocess.Popen(argv, cwd=folder, stdout=log, stderr=log)
        try:
            wait_for(lambda: answers() or process.poll() is not None, 60)
            yield
        except (Failed, OSError):
            print(Path(log.name).read_text(encoding="utf-8"), file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait()


@contextmanager
def accounts(readers: list[Reader]) -> Iterator[None]:
    """Accounts for the readers, as a teacher makes them; no trace of them is left."""
    try:
        for reader in readers:
            command = ["useradd", "--create-home", "--shell", "/bin/bash", "--groups", "readers", reader.name]
            subprocess.run(command, check=True)
            subprocess.run(["chpasswd"], input=f"{reader.name}:{reader.password}", text=True, check=True)
        yield
    finally:
        for reader in readers:
            subprocess.run(["userdel", "--remove", reader.name], capture_output=True, check=False)
            shutil.rmtree(place(reader.name), ignore_errors=True)


def measure(readers: list[Reader]) -> None:
    """Let them do it all, each step at the same time. Raises Failed."""
    with ThreadPoolExecutor(len(readers)) as pool:
        for step in (Reader.log_in, Reader.first_prompt, Reader.change, Reader.leave, Reader.look):
            list(pool.map(step, readers))


def finish(readers: list[Reader]) -> None:
    """End their servers; raises Failed where something of them is left."""
    with ThreadPoolExecutor(len(readers)) as pool:
        list(pool.map(Reader.stop, readers))
    if left := [process for reader in readers for process in reader.processes()]:
        raise Failed("The servers have ended, and these have not:\n" + "\n".join(left))


def table(alone: dict[str, float], readers: list[Reader]) -> Iterator[str]:
    yield f"{'':24} {'alone':>8} {'median':>8} {'slowest':>8}   (of {len(readers)} at once)"
    for what, seconds in alone.items():
        times = [reader.seconds[what] for reader in readers]
        yield f"{what + ', s':24} {seconds:8.1f} {statistics.median(times):8.1f} {max(times):8.1f}"
    yield f"{'a reader':24} {'':8} {'median':>8} {'most':>8}"
    memory = [reader.memory() for reader in readers]
    for part in memory[0]:
        sizes = [found[part] / 2**20 for found in memory]
        yield f"{'memory: ' + part + ', MiB':24} {'':8} {statistics.median(sizes):8.0f} {max(sizes):8.0f}"
    sizes = [sum(found.values()) / 2**20 for found in memory]
    yield f"{'memory: all, MiB':24} {'':8} {statistics.median(sizes):8.0f} {max(sizes):8.0f}"
    sizes = [reader.disk() / 2**20 for reader in readers]
    yield f"{'disk, MiB':24} {'':8} {statistics.median(sizes):8.0f} {max(sizes):8.0f}"


def try_class(count: int) -> None:
    """Raises Failed, or what the system says."""
    readers = [Reader(f"class-try-{number:02}") for number in range(1, count + 1)]
    with accounts(readers), hub():
        first = readers[0]
        measure([first])
        alone = dict(first.seconds)
        finish([first])
        shutil.rmtree(place(first.name))
        measure(readers)
        rows = list(table(alone, readers))
        for reader, other in zip(readers, [*readers[1:], first], strict=True):
            if reader is not other:
                reader.try_other_server(other)
        finish(readers)
    print("\n".join(["", *rows, "", "Each reader's kernel said whose it is, and none saw a file, a process, a change",
                     "or a server of another. All processes ended with the servers."]))  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20, metavar="N", help="how many (%(default)s)")
    options = parser.parse_args()
    if os.geteuid():
        print("This makes accounts, and so needs root.", file=sys.stderr)
        return 1
    if missing := {"readers", "teachers"} - {group.gr_name for group in grp.getgrall()}:
        print(f"There is no group {' and none '.join(sorted(missing))}: groupadd makes one.", file=sys.stderr)
        return 1
    if answers():
        print(f"A JupyterHub answers at {HUB} already. Stop it, and run this again.", file=sys.stderr)
        return 1
    try:
        try_class(options.readers)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
