# SPDX-License-Identifier: GPL-2.0-only
"""What book/_config.yml says of files is true of them."""

import pytest
import yaml

from kernel_lab.base.paths import CHECKOUT

ROOT = CHECKOUT
CONFIG = yaml.safe_load((ROOT / "book/_config.yml").read_text(encoding="utf-8"))
SPHINX = CONFIG["sphinx"]["config"]


@pytest.mark.parametrize("kind", ["css", "js"])
def test_every_style_sheet_and_script_has_its_place_in_the_order(kind):
    ours = [path.name for folder in SPHINX["html_static_path"] for path in (ROOT / folder).glob(f"*.{kind}")]
    assert sorted(SPHINX[f"html_{kind}_files"]) == sorted(ours)


def test_every_extension_of_our_own_is_loaded():
    own = {path.stem for path in ROOT.glob("book/_ext/*.py")}
    assert set(CONFIG["sphinx"]["local_extensions"]) == own
    assert own < set(SPHINX["extensions"])
