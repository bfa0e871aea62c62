# SPDX-License-Identifier: GPL-2.0-only
# Each command is one line; the work is in kernel_lab/, book/ and tests/.
PYTHON := .venv/bin/python
# What only boots the kernel needs no .venv: the system's Python will do.
SHORT := $(if $(wildcard .venv/installed),$(PYTHON),/usr/bin/python3)
# The scripts of the pages, with the node of the Python packages.
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix web run --silent
RENDER := .venv/bin/jupyter-book build . --config book/_config.yml --toc book/_toc.yml --path-output book -W -n --keep-going -q
CHROMIUM = $(firstword $(shell command -v chromium chromium-browser google-chrome))

help:         ## say what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*##/	/' | expand -t 12

book: .venv/installed ## run every notebook and render the book
	$(PYTHON) -m kernel_lab run
	$(PYTHON) -m kernel_lab page
	$(RENDER)
	@echo "The book: $(CURDIR)/book/_build/html/index.html"

pdf: .venv/installed ## render the book into one file, to print or to read elsewhere
	./install.sh tests
	$(RENDER) --builder singlehtml
	@# Its links are from the top, and our first page is in a folder.
	cp book/_build/singlehtml/book/index.html book/_build/singlehtml/whole.html
	$(CHROMIUM) --headless --no-sandbox --disable-gpu --log-level=3 --no-pdf-header-footer --generate-pdf-document-outline \
		--print-to-pdf=book/_build/book.pdf file://$(CURDIR)/book/_build/singlehtml/whole.html
	@echo "The book: $(CURDIR)/book/_build/book.pdf"

epub: pdf      ## that, and the same for an e-reader
	./install.sh epub
	$(PYTHON) book/epub.py book/_build/singlehtml/whole.html $(CHROMIUM) book/_build/book.epub
	@echo "The book: $(CURDIR)/book/_build/book.epub"

check: .venv/installed ## what needs no kernel and no browser: the linters and the quick tests
	./install.sh arm64 kernel.org tests
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(NPM) check
	PYTHONUTF8=1 $(PYTHON) -m pytest -q -n auto --dist worksteal tests/unit

test: check   ## that, all other tests, and every notebook's outputs
	PYTHONUTF8=1 $(PYTHON) -m pytest --nbval --ignore=tests/unit -n 2 --dist loadfile --durations=20

demo:         ## boot the finished kernel and print the talk's demonstration
	./install.sh boot
	$(SHORT) -m kernel_lab demo

shell:        ## a shell in the finished kernel
	./install.sh boot
	$(SHORT) -m kernel_lab shell

lab: .venv/installed ## JupyterLab with the notebooks
	env -u JUPYTER_PATH JUPYTER_PREFER_ENV_PATH=1 .venv/bin/jupyter lab --ServerApp.root_dir="$(CURDIR)" --LabApp.extra_labextensions_path="$(CURDIR)/web/lab" --LabApp.default_url=/lab/tree/notebooks/README.md

latency: .venv/installed ## measure in three boots: the samples are equal
	$(PYTHON) -m kernel_lab latency

machines:     ## follow README on new Debian and Ubuntu systems (as root), and write the table of what was seen
	$(SHORT) tests/machines.py

port-check:   ## which hunks of the series fit another kernel: KERNEL_LAB_SOURCE=PATH, of any version
	@$(SHORT) -m kernel_lab port-check

stress:       ## race all calls on the hook, on the kernel that checks itself
	./install.sh boot
	$(SHORT) -m kernel_lab stress

bench: .venv/installed ## how long a reader waits; what each way to run a program costs
	$(PYTHON) -m kernel_lab bench

refresh: .venv/installed ## after an edit of the book: write what the notebooks tangle to, run them
	$(PYTHON) -m kernel_lab tangle
	$(PYTHON) -m kernel_lab run --fresh

doctor:       ## which tools are missing, and what they are for
	@test -x $(SHORT) || { echo "There is no $(SHORT). As root: apt-get install python3" >&2; exit 1; }
	@$(SHORT) -m kernel_lab.doctor

clean:        ## remove what was made here (the kernel's cache is elsewhere: python -m kernel_lab status)
	rm -rf .venv book/_build

.venv/installed: apt.txt uv.lock pyproject.toml web/package-lock.json install.sh
	./install.sh boot book page python

.PHONY: help book pdf epub check test demo shell lab latency port-check stress bench refresh doctor machines clean
