# SPDX-License-Identifier: GPL-2.0-only
"""Commands that a reader copies: a shell takes them for what they are."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kernel_lab.kernel.commands import CPUS, copyable

SHOW = "import json, os, sys; print(json.dumps([sys.argv[1:], os.environ.get('NAME')]))"


@pytest.mark.parametrize(
    "words", [["-a", "b"], ["--x=1", "two words", "-c"], ["$(if $(filter %o,$@),,c )gcc"], ["it's"], [""], ["a\nb"]]
)
def test_a_shell_takes_the_words_as_they_are(words):
    text = copyable([sys.executable, "-c", SHOW, *words], Path("/cache/trees/linux"), {"NAME": "a 'b'"})
    said = subprocess.run(["sh", "-c", text], capture_output=True, check=True).stdout
    assert json.loads(said) == [words, "a 'b'"]


@pytest.mark.parametrize("tree", ["trees/debian-6.1.1", "newer/debian-6.12.1"])
def test_the_tree_is_found_wherever_the_readers_cache_is(tree):
    root = Path("/somebodys/cache") / tree
    text = copyable(["echo", f"O={root}/build", f"-j{CPUS}", "/somebodys/cache/ccache"], root)
    assert "somebodys" not in text
    for environment, cache in (({"KERNEL_LAB_CACHE": "/mine"}, "/mine"), ({"HOME": "/me"}, "/me/.cache/kernel-lab")):
        done = subprocess.run(["sh", "-c", text], env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True)
        out, jobs, ccache = done.stdout.decode().split()
        assert (out, ccache) == (f"O={cache}/{tree}/build", f"{cache}/ccache")
        assert jobs.removeprefix("-j").isdecimal()
