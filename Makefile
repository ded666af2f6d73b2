# Everything here works on a fresh machine with Python 3.11, make and a way to the package registries.
# The first command makes .venv and installs the locked versions; after that it is only checked.

VENV := .venv
BENCH_VENV := .venv-bench
ARGS ?=
PYTEST_ARGS ?=
AT_ONCE ?= 2

BASE := $(VENV)/.installed-base
DEV := $(VENV)/.installed-dev
BENCH := $(BENCH_VENV)/.installed-bench

# Whole files of tests side by side: what a file sets up is set up once.
PYTEST = $(VENV)/bin/python -m pytest -n $(AT_ONCE) --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-all test-tools lint format bench docs uploader lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(BASE) ## a seeded district through the real path, then the hub (ARGS=--once: print the outcome and stop)
	$(VENV)/bin/rollbook demo $(ARGS)

serve: $(BASE) ## the web pages of the hub, until Ctrl-C
	$(VENV)/bin/rollbook serve $(ARGS)

test: lint test-tools ## lint, then every test but the slow ones (AT_ONCE=4, PYTEST_ARGS="-k name")
	$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-all: lint test-tools ## lint, then every test, then those of the database again on PostgreSQL
	$(PYTEST) $(PYTEST_ARGS)
	$(VENV)/bin/python -m tests.support.postgres $(PYTEST) -m "not slow and not browser" $(PYTEST_ARGS)

test-tools: $(DEV)
	@sh scripts/install_test_tools.sh

lint: $(DEV) ## ruff, mypy and the layers (who may import whom)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	ROLLBOOK_HOME=.mypy_cache/home $(VENV)/bin/mypy
	PYTHONPATH=uploader $(VENV)/bin/lint-imports --no-logo

format: $(DEV) ## lay the code out, and mend what ruff can mend
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

bench: $(BENCH) ## the benchmarks, beside other tools, in an environment of their own
	$(BENCH_VENV)/bin/python -m bench $(ARGS)

docs: $(BASE) ## write the generated pages of docs/reference again
	$(VENV)/bin/python scripts/generate_docs.py

uploader: ## build the upload utility for schools as one file: dist/rollbook-upload.pyz
	python3 scripts/build_uploader.py

lock: $(DEV) ## pin every dependency, with hashes, under requirements/
	sh scripts/lock.sh $(VENV)

clean: ## remove the environments, caches and built files (never var/)
	rm -rf $(VENV) $(BENCH_VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src simulators scripts tests bench -name __pycache__ -prune -exec rm -rf {} +

$(BASE): requirements/base.lock pyproject.toml
	@sh scripts/install.sh $(VENV) requirements/base.lock
	@touch $@

$(DEV): requirements/dev.lock pyproject.toml
	@sh scripts/install.sh $(VENV) requirements/dev.lock
	@touch $@

$(BENCH): requirements/bench.lock pyproject.toml
	@sh scripts/install.sh $(BENCH_VENV) requirements/bench.lock
	@touch $@
