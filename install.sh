#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# install.sh [GROUP...]: install what is missing. A group is one of apt.txt; or "python": the Python packages of uv.lock,
# in .venv, and the npm packages of web/; or "epub" or "class": that group of pyproject.toml, in the .venv that is there.
# Without a group it is everything but what is optional.
set -eu
cd "$(dirname "$0")"

# The packages of the groups that are named.
packages() {
	awk -v groups=" $* " -v only="[$(dpkg --print-architecture)]" '
		/^## /     { group = $2; sub(":", "", group) }
		/^[^# ]/   { if (index(groups, " " group " ") && ($2 == "" || $2 == only)) print $1 }
	' apt.txt
}

# Those of them that dpkg has not installed.
missing() {
	packages "$@" | while read -r package; do
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
	done
}

# Those of them that this system has.
known() {
	for package; do
		if apt-cache show "$package" >/dev/null 2>&1; then echo "$package"; else echo "No package $package here." >&2; fi
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "This needs root, and there is no sudo. Ask an administrator to run, and then run this again:" >&2
		echo "    $*" >&2
		exit 1
	fi
}

took() {
	echo "$1: $(($(date +%s) - since)) s"
}

install_packages() {
	wanted=$(missing "$@")
	[ -n "$wanted" ] || return 0
	as_root apt-get -q update
	# shellcheck disable=SC2046,SC2086 # one word a package
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $(known $wanted)
	took "Installing packages"
}

# The packages of uv.lock, or of some of its groups.
install_python_packages() {
	# Not `uv sync`: it would take each file from the address in uv.lock, also where the reader's settings name a mirror.
	.venv/bin/uv export --quiet --frozen --no-emit-project --output-file .venv/requirements.txt "$@"
	VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install --quiet --require-hashes -r .venv/requirements.txt
}

[ $# -gt 0 ] || set -- boot book page arm64 kernel.org tests python
python=
extra=
for group; do
	case $group in
	python) python=wanted ;;
	epub | class) extra="$extra --only-group $group" ;;
	esac
done

since=$(date +%s)
if command -v apt-get >/dev/null; then
	install_packages "$@"
else
	echo "This is no Debian or Ubuntu. Install what your system has in place of the packages in apt.txt." >&2
fi

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
	echo "The book needs Python 3.11 or newer (Debian 12, Ubuntu 24.04); here is $(python3 --version)." >&2
	exit 1
fi
[ -n "$python$extra" ] || exit 0

since=$(date +%s)
echo "Installing Python packages into .venv"
if [ -n "$python" ]; then
	[ -x .venv/bin/pip ] || python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
	install_python_packages
	VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install --quiet --no-deps --no-build-isolation -e .
	# No scripts of the packages: none is needed here, and they run with the user's rights.
	PATH=$PWD/.venv/bin:$PATH npm ci --prefix web --ignore-scripts --no-fund --no-audit --silent
	touch .venv/installed # what an interrupt or a lost network leaves is not taken for an installation
fi
# shellcheck disable=SC2086 # one word an option
[ -z "$extra" ] || install_python_packages $extra
took "Installing Python packages"
