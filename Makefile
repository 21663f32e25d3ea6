# Two commands on a fresh machine with Python 3.11 and make: `make demo`, `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
HOME_FOLDER := data/home
SAMPLE := data/samples/inbox
NOTICE := data/samples/inbox-notice

.PHONY: help setup install demo test test-spark faults lint format lock bill sample benchmark clean
help:
	@echo "make demo       set up, and take the sample years from draft to final"
	@echo "make test       set up, check the code, run the tests"
	@echo "make test-spark hold what Spark computes against DuckDB, which takes minutes"
	@echo "make install    set up for production: what runs, without what develops and tests"
	@echo "make faults     run the fault matrix, which takes minutes"
	@echo "make format     format the code and mend what ruff can"
	@echo "make lock       resolve the dependencies anew into the locks"
	@echo "make bill       write the bill of materials and the table of licences anew"
	@echo "make sample     generate the sample inboxes anew"
	@echo "make benchmark  measure a year at several sizes, beside the same by hand"

# Into the virtual environment BIN what the lock $(1) holds, and the project as it lies here; what every run
# needs and would else prepare for itself is prepared.
define installed
	$(PYTHON) -m venv $(BIN:/bin=)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock
	UV_COMPILE_BYTECODE=1 $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes $(1)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q orchestration expectations
	$(BIN)/python -c 'from orchestration.transform import parse_for_all; parse_for_all()'
endef

setup: .venv/ready
.venv/ready: requirements-dev.lock requirements-build.lock pyproject.toml
	$(call installed,requirements-dev.lock)
	@touch $@

# docs/operations.md says where, and whose the folder is. What was there of an earlier version goes.
# LOCK=requirements-spark.lock: with what Spark needs (docs/scale.md).
LOCK := requirements.lock
install:
	$(call installed,$(LOCK))
	$(BIN)/uv pip uninstall --quiet --python $(BIN)/python pip setuptools uv

demo: setup
	@echo "1 of 4: the final of 2023, with which 2024 is compared."
	@$(BIN)/mujun run --year 2023 --stage final --as-of 2024-06-24 --inbox $(SAMPLE) --home $(HOME_FOLDER)
	@echo "2 of 4: a draft of 2024, for the counties to check."
	@$(BIN)/mujun run --year 2024 --as-of 2025-04-02 --inbox $(NOTICE) --home $(HOME_FOLDER)
	@echo "3 of 4: the notice of 2024. It is public for five working days at least; seven enterprises object."
	@$(BIN)/mujun run --year 2024 --stage notice --as-of 2025-05-16 --inbox $(NOTICE) --home $(HOME_FOLDER)
	@echo "4 of 4: the objections are decided, the departments have corrected their files, the counties have filed:"
	@echo "the final of 2024. docs/year.md tells the year step by step."
	@$(BIN)/mujun run --year 2024 --stage final --as-of 2025-06-24 --inbox $(SAMPLE) --home $(HOME_FOLDER)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/pytest -n 2

# What Spark needs comes on top of what develops.
test-spark: .venv/spark
	$(BIN)/pytest -n 0 -m spark tests/spark
.venv/spark: .venv/ready requirements-spark.lock
	UV_COMPILE_BYTECODE=1 $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-spark.lock
	@touch $@

# The fault matrix: a full disk, killed processes, damaged files … Takes minutes; wants root for some of it.
faults: setup
	$(BIN)/pytest -n 2 -m matrix tests/machine

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Locks of names, versions and hashes, without addresses: they serve any registry. requirements.lock is what
# runs, requirements-spark.lock the same and Spark, requirements-dev.lock the same and what develops,
# requirements-build.lock what installs any, requirements-bill.lock what writes the bill of materials.
COMPILE = $(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header
lock:
	$(COMPILE) --extra postgres --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra postgres --extra spark --constraint requirements.lock --output-file requirements-spark.lock pyproject.toml
	$(COMPILE) --extra postgres --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	sed -n 's/^bill = \["\(.*\)"\]/\1/p' pyproject.toml | $(COMPILE) --output-file requirements-bill.lock -
	printf 'uv\nsetuptools>=77\n' | $(COMPILE) --output-file requirements-build.lock -

# Of a production installation, since that is what a bill is asked for.
bill: setup
	$(MAKE) install BIN=build/production/bin
	$(PYTHON) -m venv build/bill
	$(BIN)/uv pip sync --quiet --python build/bill/bin/python --require-hashes requirements-bill.lock
	build/bill/bin/python docs/bill.py build/production/bin/python

sample: setup
	rm -rf $(SAMPLE) $(NOTICE)
	$(BIN)/python data/samples/generate.py --out $(SAMPLE) --notice $(NOTICE)

benchmark: setup
	$(BIN)/python benchmarks/run_year.py

clean:
	rm -rf .venv $(HOME_FOLDER) build dbt_project/target
