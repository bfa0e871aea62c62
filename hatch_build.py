# SPDX-License-Identifier: GPL-2.0-only
"""Refuse to make a wheel: the laboratory works on the notebooks and the lists that lie beside it in the repository."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            self.app.abort("kernel-lab runs only in a clone of its repository: run ./install.sh there.")
