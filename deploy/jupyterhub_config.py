# SPDX-License-Identifier: GPL-2.0-only
"""JupyterHub for a class on one machine: each reader's server runs in a view of the prepared folder (view.py).

As root, in the folder that deploy/prepare.sh has prepared, /srv/kernel-lab/book:

    .venv/bin/jupyterhub --config deploy/jupyterhub_config.py

Readers are the accounts of this machine that are in the group "readers"; those in "teachers" may start and stop the
servers of others, too.
"""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from view import CLASS, FOLDER

BOOK = FOLDER / "book"
PROGRAMS = BOOK / ".venv/bin"
STATE = CLASS / "hub"

CLASS.mkdir(mode=0o700, exist_ok=True)
STATE.mkdir(exist_ok=True)

c = get_config()  # type: ignore[name-defined] # noqa: F821 # JupyterHub brings it

c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # for others to reach it, put a server with a certificate before it
c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = f"{STATE}/cookie_secret"
c.ConfigurableHTTPProxy.command = [str(BOOK / "deploy/node_modules/.bin/configurable-http-proxy")]
c.ConfigurableHTTPProxy.pid_file = f"{STATE}/proxy.pid"

c.LocalAuthenticator.allowed_groups = {"readers"}
c.LocalAuthenticator.admin_groups = {"teachers"}

# Where `make lab` leads to, and how.
SERVER = [
    "jupyterhub-singleuser", f"--ServerApp.root_dir={BOOK}", f"--LabApp.extra_labextensions_path={BOOK}/web/lab",
]  # fmt: skip
c.Spawner.default_url = "/lab/tree/notebooks/README.md"
c.Spawner.env_keep = []  # nothing of root's
c.Spawner.environment = {
    "JUPYTER_PREFER_ENV_PATH": "1",
    "LANG": "C.UTF-8",
    "PATH": f"{PROGRAMS}:/usr/local/bin:/usr/bin:/bin",
}
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # seconds: a whole class may begin at the same time


def in_a_view(spawner: Any) -> None:
    """Let a server be started by view.py, as root. JupyterHub's spawner would become the reader before."""
    spawner.cmd = ["/usr/bin/python3", "-I", str(BOOK / "deploy/view.py"), spawner.user.name, *SERVER]
    spawner.popen_kwargs = {"preexec_fn": None}


c.Spawner.pre_spawn_hook = in_a_view
