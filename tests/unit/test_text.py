# SPDX-License-Identifier: GPL-2.0-only
"""Text is UTF-8 whatever the locale: the commands on a reader's machine, and no call that would ask the locale."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_kernel import SHIPPED, a_moment_later, write_files

from kernel_lab.base.paths import CHECKOUT

SOURCES = sorted(path for folder in ("kernel_lab", "book/_ext") for path in (CHECKOUT / folder).rglob("*.py"))
MARK = "/* é → 日本 */\n"


def asks_the_locale(call: ast.Call) -> bool:
    """Whether a call opens text without naming its encoding."""
    options = {option.arg: option.value for option in call.keywords}
    if "encoding" in options:
        return False
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "open":
        of = getattr(getattr(call.func, "value", None), "id", "")
        parts = [part for given in (*call.args, *options.values()) for part in ast.walk(given)]
        return of != "os" and not any("b" in str(part.value) for part in parts if isinstance(part, ast.Constant))
    is_text = options.get("text") or options.get("universal_newlines")
    return name in ("read_text", "write_text") or (isinstance(is_text, ast.Constant) and is_text.value is True)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_text_that_is_read_or_written_names_its_encoding(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert [f"line {call.lineno}: {ast.unparse(call)}" for call in calls if asks_the_locale(call)] == []


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ("path.read_text()", True),
        ("path.read_text(errors='replace')", True),
        ("path.write_text(text, encoding='utf-8')", False),
        ("open(name)", True),
        ("path.open('w')", True),
        ("path.open('rb')", False),
        ("path.open('ab' if have else 'wb')", False),
        ("os.open(folder, os.O_RDONLY)", False),
        ("subprocess.run(command, text=True)", True),
        ("subprocess.run(command, capture_output=True)", False),
        ("nodes.inline(text='a word')", False),
    ],
)
def test_such_a_call_is_recognized(code, asks):
    assert asks_the_locale(ast.parse(code, mode="eval").body) == asks


@pytest.fixture(params=["POSIX", "EUC-JP"])
def locale(request, tmp_path) -> dict[str, str]:
    """The environment of a reader whose locale is not UTF-8, with Python's own ways round that switched off."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    plain |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    if request.param == "POSIX":
        return plain | {"LC_ALL": "C"}
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "ja_JP", "-f", "EUC-JP", str(tmp_path / "ja_JP.EUC-JP")], capture_output=True
    )
    if not (made and (tmp_path / "ja_JP.EUC-JP").is_dir()):
        pytest.skip("this machine has no sources of locales")
    return plain | {"LOCPATH": str(tmp_path), "LC_ALL": "ja_JP.EUC-JP"}


def test_the_commands_in_a_locale_that_is_not_utf8(locale, tmp_path):
    kernel = write_files(tmp_path / "kernel", SHIPPED | {"kernel/other.c": MARK})
    folders = {"KERNEL_LAB_CACHE": str(tmp_path / "cache"), "KERNEL_LAB_SOURCE": str(kernel)}

    def run(*arguments: str, program: tuple[str, ...] = (sys.executable, "-m", "kernel_lab")) -> tuple[int, str]:
        done = subprocess.run([*program, *arguments], cwd=CHECKOUT, env=locale | folders, capture_output=True)
        said = (done.stdout + done.stderr).decode(errors="replace")
        assert "Traceback" not in said, said
        return done.returncode, said

    encoding = subprocess.check_output([sys.executable, "-c", "import locale; print(locale.getencoding())"], env=locale)
    assert encoding.strip().lower() != b"utf-8"
    assert run("jump", "0")[0] == 0
    (linux,) = (tmp_path / "cache/trees").glob("*/linux")
    a_moment_later(linux)
    (linux / "kernel/other.c").write_text(MARK * 2, encoding="utf-8")
    assert run("reset")[0] == 0
    assert (linux / "kernel/other.c").read_text(encoding="utf-8") == MARK
    (kept,) = linux.parent.glob("kept/*/linux/kernel/other.c")
    assert kept.read_text(encoding="utf-8") == MARK * 2
    command = str(Path(sys.executable).with_name("kernel-lab"))
    for program in ((sys.executable, "-m", "kernel_lab"), (command,)):
        status, said = run("jump", "99", program=program)  # its answer has an arrow, which not every encoding has
        assert (status, "The book has no step 99" in said) == (1, True)
