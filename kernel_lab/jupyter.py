# SPDX-License-Identifier: GPL-2.0-only
"""What JupyterLab's server does for this book: a notebook that was only looked at is saved as it was.

JupyterLab notes in each notebook which Python it has, and saves that by itself after two minutes.
The package brings jupyter.json, by which the server finds this module.
"""

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(before_save)


def before_save(model: dict[str, Any], **_: object) -> None:
    """Take out of a notebook, in the form in which JupyterLab sends it, what is not the book's."""
    if model["type"] == "notebook" and model.get("content"):
        strip(model["content"])


def strip(notebook: dict[str, Any]) -> None:
    """Take out which Python ran the notebook, and when; they are not part of the book."""
    if notebook["metadata"].get("language_info", {}).get("name") == "python":
        notebook["metadata"]["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    for cell in notebook["cells"]:
        cell["metadata"].pop("execution", None)
