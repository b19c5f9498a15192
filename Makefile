# Recipes for people and for CI. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
# The public data set beside the checkout, where there is one; else it is fetched or generated.
DATASET ?= $(wildcard ../shared/data/eshop2008)
# Processes that the tests run in, each with services of its own.
LANES ?= 2
SOURCES := api checks cli dags deploy evaluation faults importers nightly personalization realtime spark_jobs stack traffic \
	tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help setup demo stack stack-down faults bench lock format check test

help: ## List the recipes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make the environment in .venv (other recipes do it by themselves)

$(STAMP): requirements.lock pyproject.toml
	@./scripts/setup $(VENV)
	@touch $(STAMP)

demo: $(STAMP) ## Run the main job on real sessions and show the page (ONESHOT=1 ends by itself)
	@DATASET="$(DATASET)" ./scripts/demo

stack: $(STAMP) ## Run Kafka, Cassandra and Redis here, without Docker
	@$(BIN)/fitting-room stack up

stack-down: $(STAMP) ## Stop them
	@$(BIN)/fitting-room stack down

faults: $(STAMP) ## Kill everything, many times, on both stacks, and audit what is left (half an hour)
	@./scripts/faults

bench: $(STAMP) ## Print the table of speed and size (HOME_FOLDER=var/demo, ONLY=streams; ten minutes)
	@$(BIN)/python -m benchmarks.table --home "$(or $(HOME_FOLDER),var/demo)" $(ONLY:%=--only %)

lock: $(STAMP) ## Resolve all dependencies together again
	@$(BIN)/uv pip compile pyproject.toml --all-extras --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet -o requirements.lock

format: $(STAMP) ## Format the code
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix --quiet $(SOURCES)

check: $(STAMP) ## Check format, lint, types, imports, names and generated pages: what CI asks first
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m checks
	@$(BIN)/python -m dags.page --check
	@$(BIN)/python -m checks.settings_page --check

test: $(STAMP) ## Run every test (LANES=0 runs them in one process)
	@$(BIN)/pytest -q --numprocesses $(LANES) --dist loadfile --no-loadscope-reorder
