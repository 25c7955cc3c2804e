# Simulcast: what a newcomer runs. `make help` lists it all.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: help setup demo test test-browser test-security audit lighthouse screenshots lint bench simulate mutants chaos lock clean

help: ## Show what there is to make
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements/dev.txt requirements/build.txt pyproject.toml
	@tools/make-venv "$(PYTHON)"
	@touch $@

setup: $(STAMP) ## Make .venv with the `simulcast` command in it, pinned by hash, the browser app, and the servers that tests and demo need
	@$(BIN)/python hatch_build.py
	@tools/install-servers

demo: setup ## Bring up Simulcast with sandbox platforms and a first post on every account
	@$(BIN)/simulcast demo

test: setup ## Run every layer of tests, and print the time of each
	@$(BIN)/python tools/run_tests.py

test-browser: setup ## Walk through the app in Chromium: journeys, keyboard, accessibility
	@$(BIN)/python tools/run_tests.py browser

test-security: setup ## Attack the running product: who may do what, tokens, guesses, media, the API's document
	@$(BIN)/python tools/run_tests.py security

audit: setup ## Ask the advisory database about every pinned dependency
	@$(BIN)/python tools/audit.py

lighthouse: setup ## Measure the app's first page: the median of five, last line is JSON
	@PYTHONPATH=src:. $(BIN)/python tools/lighthouse.py

screenshots: setup ## Take the pictures in docs/screenshots anew
	@$(BIN)/python tools/screenshots.py

lint: setup ## Check style, types, layers and spelling of the house rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@tools/npm --prefix src/shells/web/spa run --silent check
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/hadolint deploy/Containerfile
	@$(BIN)/yamllint --strict deploy .pre-commit-config.yaml .yamllint.yaml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yml

chaos: setup ## Kill workers, database and platforms under load: DELIVERIES=2000 SEED=1 ENGINE=celery BROKER=redis, last line is JSON
	@$(BIN)/python -m chaos $(if $(ENGINE),--engine $(ENGINE)) $(if $(BROKER),--broker $(BROKER)) $(if $(DELIVERIES),--deliveries $(DELIVERIES)) $(if $(SEED),--seed $(SEED))

bench: setup ## Measure speed, each figure a ratio to a baseline of the same run
	@$(BIN)/python -m benchmarks

SEEDS ?= 5000
START ?= 0
SEED ?=
simulate: setup ## Live through SEEDS=5000 seeded scenarios from START=0, or tell one: SEED=n
	@$(BIN)/python tools/simulate.py --seeds $(SEEDS) --start $(START) $(if $(SEED),--seed $(SEED))

mutants: setup ## Make one small mistake after another in the domain: MODULES="retry rules", last line is JSON
	@$(BIN)/python -m tools.mutate $(MODULES)

lock: setup ## Resolve the dependencies anew and pin them by hash
	@tools/lock

clean: ## Remove what the other targets made
	@rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
