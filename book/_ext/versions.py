# SPDX-License-Identifier: GPL-2.0-only
"""What made this rendering, asked from the machine that makes it.

The directive `{versions}` is a table of tools; the role {source}`package` is the Debian source of an installed package.
"""

import json
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.typing import ExtensionMetadata

from kernel_lab.base.paths import cache_folder
from kernel_lab.sources import sysroot

ROOT = Path(__file__).resolve().parents[2]
KERNEL = re.compile(r"Linux (6\.1\.\d+ \([^)]+\)); the tree is at")
PROGRAMS = {
    "GCC, the compiler": ("gcc", "--version"),
    "GNU ld, the linker": ("ld", "--version"),
    "GNU Make": ("make", "--version"),
    "pahole, which makes BTF": ("pahole", "--version"),
    "QEMU, the virtual machine": ("qemu-system-x86_64", "--version"),
    "BusyBox, the guest's programs": ("busybox",),
}
PACKAGES = {
    "Jupyter Book": "jupyter-book",
    "Sphinx": "sphinx",
    "MyST-NB": "myst-nb",
    "JupyterLab": "jupyterlab",
    "nbval, which compares the outputs": "nbval",
}


def first_line(*command: str) -> str | None:
    """What a program says of itself; None if it is not there or says nothing."""
    if not shutil.which(command[0]):
        return None
    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8").stdout
    return next(iter(said.splitlines()), None)


def kernels(root: Path) -> str | None:
    """The kernel source in the notebooks' stored outputs; several, if they do not agree."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(root.glob("notebooks/*.ipynb")))
    return ", ".join(dict.fromkeys(match for text in texts for match in KERNEL.findall(text))) or None


def emulator(root: Path) -> str | None:
    """The v86 that the pages carry, if they carry one."""
    manifest = root / "web/package.json"
    if not manifest.is_file():
        return None
    said: dict[str, dict[str, str]] = json.loads(manifest.read_text(encoding="utf-8"))
    return (said.get("dependencies", {}) | said.get("devDependencies", {})).get("v86")


def system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:  # no Linux, or an unusual one
        return platform.platform()


def package(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def versions(root: Path = ROOT) -> dict[str, str]:
    """What there is, and in which version. What is not there is left out."""
    found = {
        "Linux, in the outputs": kernels(root),
        "The system that rendered the pages": system(),
        **{what: first_line(*command) for what, command in PROGRAMS.items()},
        "Python": platform.python_version(),
        **{what: package(name) for what, name in PACKAGES.items()},
        "v86, the machine in the page": emulator(root),
    }
    return {what: version for what, version in found.items() if version}


def debian_source(name: str) -> str | None:
    """The source package of a Debian package, and its version: as the kernel in the page has it, else as installed."""
    in_page = sysroot.sources(cache_folder()).get(name)
    return in_page or first_line("dpkg-query", "--show", "--showformat", "${source:Package} ${source:Version}\n", name)


class Versions(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.note_reread()  # the machine may have changed, though the page has not
        rows = ["| what | version |", "|---|---|", *(f"| {what} | {version} |" for what, version in versions().items())]
        box = nodes.container()
        self.state.nested_parse(StringList(rows, "versions"), self.content_offset, box)
        return box.children


class Source(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        self.env.note_reread()
        source = debian_source(self.text)
        found = nodes.literal(text=source) if source else nodes.inline(text="not installed where this was rendered")
        return [found], []


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("versions", Versions)
    app.add_role("source", Source())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
