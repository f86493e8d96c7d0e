# SPDX-License-Identifier: Apache-2.0
# Everything runs in .venv, made from hash-locked requirements. `make help` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO ?= demo-shop
PYTEST := $(BIN)/pytest -q -n $(or $(PRIVSEG_TEST_WORKERS),2) --dist worksteal

.PHONY: help demo test test-long lint bench bench-large bench-peers redteam docs lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "privseg needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "could not make .venv; on Debian: apt-get install python3-venv"; exit 1; }

.venv/runtime: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.lock .venv/runtime
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/runtime ## play the three users on a generated shop and leave files to open
	$(BIN)/privseg demo --play $(DEMO)

test: .venv/dev lint ## every check: style, types, layers, tests, documents
	HYPOTHESIS_PROFILE=ci $(PYTEST) -m "not long"
	$(BIN)/python -m privseg.loaders.schemas --check
	$(BIN)/python -m privseg.report.catalogue --check
	$(BIN)/python audit/verify.py audit/demo

lint: .venv/dev ## style, types and the layers of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-long: .venv/dev ## the batteries that take longer: new examples, a million random questions, more faults
	HYPOTHESIS_PROFILE=explore $(PYTEST) -m "not long" tests/property tests/stateful
	HYPOTHESIS_PROFILE=long $(PYTEST) -m long

bench: .venv/dev ## measure against hand-written SQL and plain library calls, in one run
	$(BIN)/python -m bench

bench-large: .venv/dev ## measure consents and segments with 10 M people: an hour, 30 GB of disk
	$(BIN)/python -m bench consents-large
	$(BIN)/python -m bench segments-large

bench-peers: .venv/dev ## measure one job beside five other libraries, each in its own environment
	$(BIN)/python -m bench peers

redteam: .venv/dev ## run the attacks on releases, and print how far each one comes
	$(BIN)/python -m bench redteam

docs: .venv/dev ## write the generated reference
	$(BIN)/python docs/generate.py

lock: ## resolve the lock files anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --quiet \
	  --group build --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --quiet \
	  --group dev --python-version 3.11 -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove what was made
	rm -rf .venv .bench-peers $(DEMO) dist .hypothesis .mypy_cache .ruff_cache
