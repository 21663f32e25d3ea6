# Two commands on a fresh machine with Python 3.11 and make: `make demo`, `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
HOME_FOLDER := data/home
SAMPLE := data/samples/inbox

.PHONY: help setup demo test faults lint format lock sample benchmark clean
help:
	@echo "make demo       set up, and evaluate the sample years"
	@echo "make test       set up, check the code, run the tests"
	@echo "make faults     run the fault matrix, which takes minutes"
	@echo "make format     format the code and mend what ruff can"
	@echo "make lock       resolve the dependencies anew into requirements.lock"
	@echo "make sample     generate the sample inbox anew"
	@echo "make benchmark  measure the run at several sizes"

setup: .venv/ready
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	UV_COMPILE_BYTECODE=1 $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -c 'from orchestration.transform import parse_for_all; parse_for_all()'
	$(BIN)/python -c 'from orchestration.presentation.site import charts; charts()'
	@touch $@

demo: setup
	$(BIN)/mujun run --year 2023 --stage final --inbox $(SAMPLE) --home $(HOME_FOLDER)
	$(BIN)/mujun run --year 2024 --stage final --inbox $(SAMPLE) --home $(HOME_FOLDER)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest -n 2

# The fault matrix: a full disk, killed processes, damaged files … Takes minutes; wants root for some of it.
faults: setup
	$(BIN)/pytest -n 2 -m matrix tests/machine

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A lock of names, versions and hashes, without addresses: it serves any registry.
lock:
	$(BIN)/uv pip compile --quiet --python-version 3.11 --all-extras --generate-hashes --no-annotate \
		--no-header --output-file requirements.lock pyproject.toml
	echo "uv" | $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--output-file requirements-uv.lock -

sample: setup
	$(BIN)/python data/samples/generate.py --out $(SAMPLE)

benchmark: setup
	$(BIN)/python benchmarks/run_year.py

clean:
	rm -rf .venv $(HOME_FOLDER) build dbt_project/target
