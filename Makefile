# Two commands: `make run` and `make test`. Everything lies in .venv and .data; no root needed.
PORT ?= 8000
BIND ?= 127.0.0.1
PYTHON ?= python3
BIN := .venv/bin

# Checked by mypy --strict, without a baseline.
TYPED := models inference retrieval clinic

.PHONY: help run test setup setup-test lint types imports clean

help:           ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

run: setup      ## start the whole house: make run [PORT=8000] [BIND=127.0.0.1]
	@$(BIN)/python clinic/deploy/run.py --port $(PORT) --bind $(BIND)

test: setup-test lint types imports  ## the whole suite: make test [ARGS="tests/reasoning -k dose"]
	@$(BIN)/python -m pytest $(ARGS)

setup:          ## make .venv and install what a hospital needs
	@$(PYTHON) clinic/deploy/install.py

setup-test:     ## the same, with what the tests need
	@$(PYTHON) clinic/deploy/install.py --extras test

lint: setup-test  ## ruff
	@$(BIN)/ruff check .

types: setup-test  ## mypy --strict
	@$(BIN)/mypy $(TYPED)

imports: setup-test  ## who may import whom
	@$(BIN)/lint-imports

clean:          ## remove the environment and caches; the data folder .data stays
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
