# Two commands matter: `make book` builds the site, `make test` proves everything.
# Variables: PYTHON (or DIFFIMG_PYTHON) makes the environment; VENV_FLAGS=--system-site-packages lets it use a torch
# that is installed already; TOC is the table of contents of a course; PORT is the one of `make read`.

DIFFIMG_PYTHON ?= $(shell python3.11 -c "import sys; print(sys.executable)" 2>/dev/null || echo python3)
PYTHON ?= $(DIFFIMG_PYTHON)
VENV_FLAGS ?=
PORT ?= 8000
TOC ?= _toc.yml
# what builds, runs and looks at the pages of a course; the unit and the structure tests look at the whole book
book pdf test-notebooks test-site notebooks student: export DIFFIMG_TOC = $(TOC)

BIN := .venv/bin
READY := .venv/ready
# JupyterLab and what it brings stand apart from the packages of the book, which need none of it
LAB := .venv/lab
COUNTS := _build/counts
# a second thread in each of two workers would only get in the way, and the last digits may depend on it
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
PYTEST = $(BIN)/python -m pytest --junit-xml=$(COUNTS)/$(@:test-%=%).xml

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help book pdf test test-lint test-unit test-structure test-notebooks test-rehearsal test-site rehearse read lab notebooks student hub bench linkcheck clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): constraints.txt pyproject.toml
	@echo "== set-up: installing the pinned packages into .venv (a few minutes the first time)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV_FLAGS) .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools wheel
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable ".[book]"
	@# builds the font cache now; its message would otherwise appear in whichever notebook runs first
	$(BIN)/python -c "import matplotlib.pyplot"
	@touch $@

book: $(READY) ## build the site, warnings as errors
	@echo "== building the site"
	@# from nothing, because a warning shows only in the run that reads its page
	rm -rf _build/html _build/.doctrees
	$(BIN)/jupyter-book build . --toc $(TOC) -W -n --keep-going
	@echo "== open file://$(CURDIR)/_build/html/index.html or run 'make read'"

pdf: book ## print the book as one PDF, with Chromium, into _build/book.pdf
	@echo "== printing the book (a few minutes)"
	$(BIN)/python tools/pdf.py

test: $(READY) ## run everything: linter and types, unit tests, structure, notebooks, the site in a browser
	@rm -rf $(COUNTS)
	@status=0; $(MAKE) --no-print-directory --keep-going \
	    test-lint test-unit test-structure test-notebooks test-rehearsal test-site || status=$$?; \
	$(BIN)/python tools/counts.py $(COUNTS); exit $$status

test-lint: $(READY) ## what the linter and the type checker find, in the chapters' code too
	@echo "== linter and types"
	$(PYTEST) tests/lint

test-unit: $(READY) ## unit tests and the examples in the docstrings
	@echo "== unit tests and docstring examples"
	$(ONE_THREAD) $(PYTEST) tests/unit -n 2

test-structure: $(READY) ## what every notebook must have
	@echo "== structure of the notebooks"
	$(PYTEST) tests/book

test-notebooks: $(READY) ## run every notebook and compare each output with the stored one
	@echo "== notebooks, every text output compared with the stored one"
	$(ONE_THREAD) $(PYTEST) --nbval --nbval-current-env --nbval-sanitize-with tests/book/sanitize.cfg \
	    -n 2 --dist loadscope $$($(BIN)/python tools/notebook_paths.py)

# tests/rehearsal has a sitecustomize.py, so that each worker and each kernel starts with the pretended device
REHEARSED = DIFFIMG_DEVICE=other PYTHONPATH=$(CURDIR)/tests/rehearsal$${PYTHONPATH:+:$$PYTHONPATH} $(ONE_THREAD) \
    $(PYTEST) -p gaps --nbval --nbval-current-env --nbval-sanitize-with tests/book/sanitize.cfg \
    --nbval-cell-timeout 600 -n 2 --dist loadscope
QUICK = $(addprefix tests/unit/test_,second_device.py device.py images.py plot.py coords.py) \
    $(addprefix chapters/,linear/images.ipynb)

test-rehearsal: $(READY) ## what is quick of the rehearsal below
	@echo "== on a pretended second device: not a GPU, a rehearsal"
	$(REHEARSED) $(QUICK)

rehearse: $(READY) ## unit tests and notebooks on a pretended second device (half an hour)
	@echo "== on a pretended second device: not a GPU, a rehearsal"
	$(REHEARSED) tests/unit $$($(BIN)/python tools/notebook_paths.py)

test-site: book $(LAB) ## build the site and walk through it in a browser
	@echo "== the built site"
	$(PYTEST) tests/site -n 2

read: book ## build the site, serve it and open it in a browser
	@echo "== http://localhost:$(PORT) (Ctrl-C ends it)"
	@(sleep 1; $(BIN)/python -m webbrowser http://localhost:$(PORT) >/dev/null) & \
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

$(LAB): $(READY)
	@echo "== set-up: installing JupyterLab into $(LAB)"
	rm -rf $(LAB)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --target $(LAB) jupyterlab jupyterlab-myst

lab: $(LAB) ## open the chapters in JupyterLab
	PYTHONPATH=$(CURDIR)/$(LAB)$${PYTHONPATH:+:$$PYTHONPATH} JUPYTER_PATH=$(CURDIR)/$(LAB)/share/jupyter \
	    JUPYTERLAB_DIR=$(CURDIR)/$(LAB)/share/jupyter/lab $(BIN)/python -m jupyterlab chapters

notebooks: $(READY) ## execute all notebooks again and store their outputs
	$(BIN)/python tools/notebooks.py

student: $(READY) ## copies of the notebooks in plain markdown, without the solutions, in _build/student
	@echo "== reading the numbers of equations, figures and exercises"
	$(BIN)/jupyter-book build . --toc $(TOC) -W -n --keep-going --quiet --builder custom --custom-builder pages
	$(BIN)/python tools/student.py

hub: $(READY) ## try the README's class on a JupyterHub of this machine (minutes; needs the network, npm and a browser)
	@echo "== a class of two on a hub"
	$(BIN)/python tools/hub.py _build/hub

bench: $(READY) ## time the operations against other libraries, on a quiet machine
	@set -e; for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

linkcheck: $(READY) ## ask for every external address of the book once (needs the network)
	@echo "== external addresses"
	$(BIN)/jupyter-book build . --toc $(TOC) --builder custom --custom-builder linkcheck

clean: ## remove what was built and installed
	rm -rf _build .venv *.egg-info
