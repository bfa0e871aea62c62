# Each command is one line; the work is in kernel_lab/, book/ and tests/.
PYTHON := .venv/bin/python

help:         ## say what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*##/	/' | expand -t 12

book: .venv/installed ## run every notebook and render the book
	$(PYTHON) -m kernel_lab run
	$(PYTHON) -m kernel_lab living
	.venv/bin/jupyter-book build book -W -n --keep-going -q
	@echo "The book: $(CURDIR)/book/_build/html/index.html"

test: .venv/installed ## the tests, and every notebook's outputs
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m pytest --nbval

demo: .venv/installed ## boot the finished kernel and print the talk's demonstration
	$(PYTHON) -m kernel_lab demo

shell: .venv/installed ## a shell in the finished kernel
	$(PYTHON) -m kernel_lab shell

lab: .venv/installed ## JupyterLab with the notebooks
	.venv/bin/jupyter lab notebooks

latency: .venv/installed ## measure in three boots: the samples are equal
	$(PYTHON) -m kernel_lab latency

bench: .venv/installed ## how long a reader waits; what each way to run a program costs
	$(PYTHON) -m kernel_lab bench

refresh: .venv/installed ## after an edit: run the notebooks, write what they tangle to
	$(PYTHON) -m kernel_lab run --fresh
	$(PYTHON) -m kernel_lab tangle

doctor: .venv/installed ## which tools are missing, and what they are for
	$(PYTHON) -m kernel_lab doctor

clean:        ## remove what was made here (the kernel's cache is elsewhere: python -m kernel_lab status)
	rm -rf .venv book/_build

.venv/installed: apt.txt requirements.lock pyproject.toml book/living/package-lock.json install.sh
	./install.sh

.PHONY: help book test demo shell lab latency bench refresh doctor clean
