# Recipes for people and for CI. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
VENV := .venv
BIN := $(VENV)/bin
# Airflow's own environment: nothing of the service's packages in it, and nothing of its in theirs.
AIRFLOW_BIN := $(VENV)-airflow/bin
STAMP := $(VENV)/.complete
# Node's packages, and the storefront as static files.
PACKAGES := node_modules/.complete
SITE := storefront/out/.complete
# The plugin for Vendure has packages of its own.
PLUGIN := clients/vendure/node_modules/.complete
# Folders too: one that has lost a file is newer than what was built of it.
WEB_SOURCES := $(shell find clients/js/src storefront/src storefront/public storefront/scripts) \
	$(wildcard clients/js/*.json clients/js/*.mjs storefront/*.json storefront/*.mjs)
# The public data set beside the checkout, where there is one; else it is fetched or generated.
DATASET ?= $(wildcard ../shared/data/eshop2008)
# A folder with photographed garments instead, over which shoppers are generated.
GARMENTS ?=
# Processes that the tests run in, each with services of its own.
LANES ?= 2
SOURCES := api checks cli clients dags deploy evaluation faults importers nightly personalization realtime spark_jobs stack traffic \
	tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help setup web vendure demo stack stack-down faults bench lock pythons format check test

help: ## List the recipes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make .venv and .venv-airflow (other recipes do it by themselves)

$(STAMP): requirements.lock requirements-airflow.lock pyproject.toml
	@./scripts/setup $(VENV)
	@touch $(STAMP)

$(PACKAGES): package.json package-lock.json .npmrc scripts/npm $(STAMP)
	@./scripts/npm ci --silent
	@touch $(PACKAGES)

$(PLUGIN): clients/vendure/package.json clients/vendure/package-lock.json clients/vendure/.npmrc scripts/npm $(STAMP)
	@cd clients/vendure && ../../scripts/npm ci --silent
	@touch $(PLUGIN)

web: $(SITE) $(PLUGIN) ## Build the storefront and the packages for browsers, install the plugin's (others do it by themselves)

$(SITE): $(PACKAGES) tsconfig.base.json $(WEB_SOURCES)
	@./scripts/npm run build --silent --workspaces --if-present
	@touch $(SITE)

vendure: $(PLUGIN) ## Install and build the plugin for Vendure with its example shop
	@cd clients/vendure && ../../scripts/npm run build --silent

demo: $(STAMP) $(SITE) ## Run the main job on real sessions and show the page (ONESHOT=1 ends by itself)
	@DATASET="$(DATASET)" GARMENTS="$(GARMENTS)" ./scripts/demo

stack: $(STAMP) ## Run Kafka, Cassandra and Redis here, without Docker
	@$(BIN)/fitting-room stack up

stack-down: $(STAMP) ## Stop them
	@$(BIN)/fitting-room stack down

faults: $(STAMP) ## Kill everything, many times, on both stacks, and audit what is left (half an hour)
	@./scripts/faults

bench: $(STAMP) ## Print the table of speed and size (HOME_FOLDER=var/demo, ONLY=streams; ten minutes)
	@$(BIN)/python -m benchmarks.table --home "$(or $(HOME_FOLDER),var/demo)" $(ONLY:%=--only %)

lock: $(STAMP) ## Resolve the dependencies of the service, and those of Airflow, again
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet -o requirements.lock
	@$(BIN)/uv pip compile --group airflow --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet -o requirements-airflow.lock

pythons: $(STAMP) ## Try the service on Python 3.11, 3.12 and 3.13, as far as this machine has them
	@./scripts/try_pythons $(PYTHONS)

format: $(STAMP) ## Format the code
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix --quiet $(SOURCES)

check: $(STAMP) $(SITE) $(PLUGIN) ## Check format, lint, types, imports, names and generated pages: what CI asks first
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/mypy --python-version 3.10 -p fitting_room_client
	@$(BIN)/mypy --python-executable $(AIRFLOW_BIN)/python --cache-dir .mypy_cache/airflow \
		dags/*.py tests/dags/*.py
	@$(BIN)/lint-imports
	@./scripts/npm run lint --silent
	@./scripts/npm run check --silent --workspaces --if-present
	@cd clients/vendure && ../../scripts/npm run check --silent
	@$(BIN)/python -m checks
	@$(AIRFLOW_BIN)/python -m dags.page --check
	@$(BIN)/python -m checks.settings_page --check
	@$(BIN)/python -m checks.privacy_page --check

test: $(STAMP) $(SITE) ## Run every test (LANES=0 runs them in one process)
	@$(BIN)/pytest -q --numprocesses $(LANES) --dist loadfile --no-loadscope-reorder
