# SPDX-License-Identifier: Apache-2.0
# Everything runs in .venv, made from hash-locked requirements. `make help` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
UV ?= $(BIN)/uv
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO ?= demo-shop
unexport PYTHONDONTWRITEBYTECODE  # or each process that a test starts compiles every module anew
# a file of tests stays with one process: what they share is made once
PYTEST := $(BIN)/pytest -q -n $(or $(PRIVSEG_TEST_WORKERS),2) --dist loadfile

.PHONY: help demo test test-long lint bench bench-large bench-peers redteam docs lock clean \
	wheel sbom audit-deps test-wheel test-lowest test-newest coverage
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "privseg needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "could not make .venv; on Debian: apt-get install python3-venv"; exit 1; }

.venv/runtime: requirements.lock requirements-build.lock pyproject.toml | .venv/bin/python
	$(PIP) install --quiet --require-hashes -r requirements.lock -r requirements-build.lock
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
	$(BIN)/python -m supply.environments wheel

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
	$(BIN)/python -m supply.licences

wheel: .venv/dev ## build the wheel and the source archive into dist/: the same bytes anywhere
	$(BIN)/python -m hatchling build -d dist

sbom: .venv/dev ## write the bill of materials (CycloneDX) of what the locks install into dist/
	$(BIN)/python -m supply.sbom

audit-deps: .venv/dev ## ask for known vulnerabilities of what is locked; fails where nobody answers
	$(BIN)/python -m supply.audit $(AUDIT_OPTIONS)

test-wheel: .venv/dev ## try the wheel in an empty environment: demo, verification, log
	$(BIN)/python -m supply.environments wheel

test-lowest: .venv/dev ## run a part of the suite on the lowest versions that pyproject.toml allows
	$(BIN)/python -m supply.environments lowest

test-newest: .venv/dev ## run a part of the suite on the newest versions that it allows
	$(BIN)/python -m supply.environments newest

coverage: .venv/dev ## print which branches of the rooms of trust the suite takes
	$(BIN)/python -m supply.coverage

COMPILE = $(UV) pip compile --universal --generate-hashes --no-emit-index-url --quiet \
	  --python-version 3.11
lock: ## resolve the lock files anew
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) -c requirements.lock --extra postgresql pyproject.toml \
	  -o requirements-postgresql.lock
	$(COMPILE) -c requirements-postgresql.lock --group build -o requirements-build.lock
	$(COMPILE) -c requirements-postgresql.lock -c requirements-build.lock --group dev \
	  pyproject.toml -o requirements-dev.lock

clean: ## remove what was made
	rm -rf .venv .bench-peers $(DEMO) dist .hypothesis .mypy_cache .ruff_cache
