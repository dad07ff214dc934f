# Hearthmap: two commands matter, `make demo` and `make test`. The others are for people who change the code.
#
#   make demo      demonstration city from raw feeds to a portal on http://127.0.0.1:8050   (SERVE=0: publish only; PORT=)
#   make test      everything the tests need, then all tests but the slow ones              (ARGS="-k map"; WORKERS= for one process)
#   make test-all  the slow tests too
#   make check     format, lint, types, import contracts, documentation
#   make bench     benchmarks, as ratios
#   make bench-utility   how good the published figures are, by level and rho, beside two other methods
#   make mutants   change what protects in small ways and see whether the tests notice (long; ARGS=layers/policy.py)
#   make docs      write the generated parts of docs/ anew
#   make messages  collect the words of the interface into the catalogs of its languages (ARGS=fr begins a new one)
#   make lock      resolve the pins in requirements/ anew
#   make clean     remove .venv, caches and the demonstration city (never another city's data under var/)

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

SERVE ?= 1
PORT ?= 8050
ARGS ?=
# Two processes, each with whole files, in the order of tests/conftest.py: what a file sets up once is set up once.
WORKERS ?= -n 2 --dist loadfile --no-loadscope-reorder
# The many processes that tests start would each compile the programs anew.
test test-all: export PYTHONDONTWRITEBYTECODE :=

# The first Python on this machine that is new enough, preferring those that the pins were tried on.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input -qq

DEMO_CITY := var/demo-city
DEMO_VAR := var/demo

.PHONY: help demo test test-all check format bench bench-utility mutants docs messages lock clean
help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

# ---------------------------------------------------------------- environment

.venv/created.stamp:
	@test -n "$(PYTHON)" || { echo "Hearthmap needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3." >&2; exit 1; }
	@echo "Creating .venv with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo "$(PYTHON) cannot create environments: install its venv module (Debian and Ubuntu: python3-venv)." >&2; rm -rf .venv; exit 1; }
	@touch $@

.venv/runtime.stamp: .venv/created.stamp requirements/runtime.txt
	@echo "Installing what the programs need (a minute or two, once)"
	@$(PIP_INSTALL) -r requirements/runtime.txt
	@touch $@

.venv/test.stamp: .venv/runtime.stamp requirements/test.txt
	@echo "Installing what tests and checks need"
	@$(PIP_INSTALL) -r requirements/test.txt
	@touch $@

# ---------------------------------------------------------------- the two commands

$(DEMO_CITY)/city.toml: .venv/runtime.stamp $(wildcard etl/demo/*.py)
	rm -rf $(DEMO_CITY) $(DEMO_VAR)
	$(BIN)/python -m etl demo $(DEMO_CITY)

demo: $(DEMO_CITY)/city.toml
	$(BIN)/python -m etl run $(DEMO_CITY) --var $(DEMO_VAR)
ifneq ($(SERVE),0)
	@echo "Portal: http://127.0.0.1:$(PORT)   (Ctrl-C ends it)"
	$(BIN)/python -m portal --store $(DEMO_VAR)/public --port $(PORT)
endif

test: .venv/test.stamp
	@.ci/setup
	$(BIN)/python -m pytest -m "not slow and not bench" $(WORKERS) $(ARGS)

test-all: .venv/test.stamp
	@.ci/setup
	$(BIN)/python -m pytest -m "not bench" $(WORKERS) $(ARGS)

# ---------------------------------------------------------------- for people who change the code

check: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -m docs -q tests/house

format: .venv/test.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/test.stamp
	$(BIN)/python -m pytest -m bench -s tests/benchmarks $(ARGS)

bench-utility: .venv/test.stamp
	$(BIN)/python -m tests.benchmarks.utility $(ARGS)

mutants: .venv/test.stamp
	$(BIN)/python -m tests.mutants $(ARGS)

docs: .venv/test.stamp
	$(BIN)/python docs/generate.py

messages: .venv/test.stamp
	$(BIN)/python -m portal.locale $(ARGS)

lock: .venv/created.stamp
	$(BIN)/python requirements/lock.py

clean:
	rm -rf .venv $(DEMO_CITY) $(DEMO_VAR) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info
