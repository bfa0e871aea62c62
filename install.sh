#!/bin/sh
# Install what is missing: Debian packages (apt.txt), and Python packages (requirements.lock) into .venv.
set -eu
cd "$(dirname "$0")"

installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

if ! command -v apt-get >/dev/null; then
	echo "This is no Debian or Ubuntu. Install what apt.txt lists in your system's way." >&2
else
	missing=$(grep -v '^#' apt.txt | while read -r package; do
		[ -z "$package" ] || installed "$package" || echo "$package"
	done)
	if [ -n "$missing" ]; then
		echo "Installing:" $missing
		[ "$(id -u)" -eq 0 ] && sudo='' || sudo=sudo
		$sudo apt-get update
		# shellcheck disable=SC2086 # one word a package
		DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y --no-install-recommends $missing
	fi
fi

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
	echo "The book needs Python 3.11 or newer (Debian 12, Ubuntu 24.04); here is $(python3 --version)." >&2
	exit 1
fi

echo "Installing Python packages into .venv"
[ -x .venv/bin/pip ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
VIRTUAL_ENV=$PWD/.venv .venv/bin/uv pip install --quiet --require-hashes -r requirements.lock
VIRTUAL_ENV=$PWD/.venv .venv/bin/uv pip install --quiet --no-deps -e .
# No scripts of the packages: none is needed here, and they run with the user's rights.
PATH=$PWD/.venv/bin:$PATH npm ci --prefix book/living --ignore-scripts --no-fund --no-audit --silent
touch .venv/installed # what an interrupt or a lost network leaves is not taken for an installation
