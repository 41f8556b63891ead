# `make` lists the targets. `make grade` and `make test` set everything up on a fresh machine.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install develop grade test quick lint types format docs measure benchmark fuzz clean

# The newest of these for which the pinned packages can be had; `make PYTHON=...` takes a certain one.
PYTHON ?= python3.14 python3.13 python3.12 python3.11 python3
HW ?= dlc_practical_6
SUBMISSIONS ?= submissions/$(HW)
OUT ?= results/$(HW)
JOBS ?= $(shell nproc)
# One more than there are cores: some tests wait, for a limit of time or for a disk.
TESTERS ?= $(shell echo $$(($(JOBS) + 1)))
# What is compiled is kept: else it is compiled anew in each of a thousand processes.
unexport PYTHONDONTWRITEBYTECODE
# Lint; then types while the tests are collected.
define TEST
.venv/bin/ruff check . && .venv/bin/ruff format --check .
.venv/bin/python -m compileall -q grader reference
.venv/bin/mypy & types=$$!; status=0; \
.venv/bin/python -m pytest -n $(TESTERS) --dist worksteal $(1) || status=$$?; \
wait $$types || { status=$$?; echo "mypy has failed, see above"; }; exit $$status
endef
INSTALLED := .venv/.installed
DEVELOPS := .venv/.develops

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  \1\t/' | expand -t 14
	@echo "Variables: HW=$(HW) SUBMISSIONS=$(SUBMISSIONS) OUT=$(OUT) JOBS=$(JOBS) PYTHON='$(PYTHON)'"

install: $(INSTALLED)  ## system packages, virtual environment, pinned Python packages

$(INSTALLED): requirements.lock pyproject.toml .ci/system-packages .ci/python-packages
	@.ci/system-packages
	@.ci/python-packages $(PYTHON)
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

develop: $(DEVELOPS)  ## install what tests and docs need besides

$(DEVELOPS): $(INSTALLED) requirements-dev.lock
	@.ci/system-packages tests
	@echo "installing what tests and docs need"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	@touch $@

grade: install  ## grade the sample submissions: HW, SUBMISSIONS, OUT, JOBS
	@status=0; .venv/bin/grader grade $(SUBMISSIONS) --assignment $(HW) --out $(OUT) --jobs $(JOBS) || status=$$?; \
	if [ $$status -eq 1 ]; then echo "some submissions need a person (marked ? above)"; status=0; fi; exit $$status

test: develop  ## lint, types and tests
	@$(call TEST,)

# Left out are the tests marked whole_sample and costly: whole submissions of real assignments, every attack on every
# wall, every operation with drawn arguments, kits, browsers, clusters, killed batches. `make test` runs them all.
quick: develop  ## lint, types and the quick tests, for use while working
	@$(call TEST,-m 'not gpu and not whole_sample and not costly')

lint: develop  ## ruff
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .

types: develop  ## mypy --strict
	@.venv/bin/mypy

format: develop  ## let ruff rewrite
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

docs: develop  ## make pages and pictures from the code and the samples, build the site into site/
	@.venv/bin/python -m makedocs.reference
	@.venv/bin/python -m makedocs.pictures
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict --quiet
	@echo "open file://$(CURDIR)/site/index.html"
	@echo "with the search: .venv/bin/python -m http.server --directory site, then http://localhost:8000"

measure: install  ## measure an assignment's reference again: HW
	@.venv/bin/python -m grader.checks.measure $(HW)

benchmark: develop  ## where a batch's CPU time goes, and what reports cost
	@.venv/bin/python -m benchmarks.cpu_share
	@.venv/bin/python -m benchmarks.reports

fuzz: develop  ## ten thousand mutated archives and notebooks
	@.venv/bin/python -m benchmarks.fuzz

clean:  ## remove results and caches, keep .venv
	@rm -rf results build site .pytest_cache .mypy_cache .ruff_cache
