#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# deploy/prepare.sh [NOTEBOOK...]: install the book and JupyterHub, and run the notebooks (without a name, all of them),
# so that the cache beside the book has all that a class's readers would wait for. STEP is where the kernel tree is left:
# the number of the notebook before the one with which the class begins.
set -eu
cd "$(dirname "$0")/.."
if [ "$PWD" != /srv/kernel-lab/book ]; then
	echo "A class has the book in /srv/kernel-lab/book, and this is $PWD. Clone it there, and run this again." >&2
	exit 1
fi
export KERNEL_LAB_CACHE=/srv/kernel-lab/cache

./install.sh boot book page python class
PATH=$PWD/.venv/bin:$PATH npm ci --prefix deploy --ignore-scripts --no-fund --no-audit --silent

.venv/bin/python -m kernel_lab run "$@"
.venv/bin/python -m kernel_lab jump "${STEP:-1}"
.venv/bin/python -m kernel_lab build
# What Python compiles is kept beside its sources: otherwise each reader would have a copy.
.venv/bin/python -m compileall -q .venv/lib kernel_lab
