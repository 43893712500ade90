SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[lab,postgres,dev]'
	touch $@

.PHONY: install
install: $(VENV)/.installed ## A .venv with the aoi command and everything it needs

.PHONY: format
format: install ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: check
check: install ## Format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: test
test: install ## The tests
	$(BIN)/pytest -n 2

.PHONY: clean
clean: ## Remove what was made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
