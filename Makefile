# Each verb sets up .venv first when requirements changed.
.PHONY: up down test test-long check docs format renew bench preview
.DEFAULT_GOAL := help
# Hundreds of processes start in a test run: without it each compiles the SDK anew, half of a preview's time.
unexport PYTHONDONTWRITEBYTECODE
# COVERAGE=FILE writes which lines the tests ran; it must be more than none.
MEASURED = $(if $(COVERAGE),$(addprefix --cov=,$(PRODUCT)) --cov-report=xml:$(COVERAGE) --cov-fail-under=1)
PRODUCT := settings catalog components operations policies scheduling local
PACKAGES := $(patsubst %/__init__.py,%,$(wildcard packages/*/*/__init__.py))

help:
	@echo 'make up       the whole platform on this machine: cloud, stack, data, one run of each job'
	@echo 'make down     stop the cloud of this machine (its data stays in .local)'
	@echo 'make preview  what an update of the local stack would change'
	@echo 'make test     every test but the long ones that this machine can run, and what was skipped and why'
	@echo 'make test-long  a rollback killed at each of its steps, a trial environment: many minutes'
	@echo 'make check    lint, types, SQL rules, the GoogleSQL analyzer, and whether docs/reference is current'
	@echo 'make docs     whether guides say what is so: links, commands, queries'
	@echo 'make format   format the Python code'
	@echo 'make renew    write every generated file anew: docs/reference, inventory, coverage page, example comments'
	@echo 'make bench    performance, as ratios measured side by side'

up:
	@scripts/setup --all
	@.venv/bin/eros local platform

down:
	@.venv/bin/eros local down

preview:
	@scripts/setup --all
	@.venv/bin/eros local up
	@environment="$$(.venv/bin/eros local env)" && eval "$$environment" && .venv/bin/eros preview -s local

check:
	@scripts/setup --all
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check-style check-types check-sql

# Parts of check: two at a time, each with its output in one piece.
check-style:
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .

check-types:
	.venv/bin/mypy settings catalog components operations policies scheduling local bootstrap outputs.py __main__.py tests $(PACKAGES)
	$(foreach package,$(wildcard packages/*),MYPYPATH=$(package)/tests .venv/bin/mypy $(package)/tests &&) true

check-sql:
	.venv/bin/python -m catalog check
	.venv/bin/python -m catalog reference --check
	.venv/bin/python -m catalog analyze

# In the order of the folders: the files with the fewest tests, those that deploy, take longest and must not come last.
test:
	@scripts/setup --all
	@failed=0; scripts/test-packages || failed=1; .venv/bin/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(MEASURED) || failed=1; exit $$failed

# What takes many minutes and nothing else needs: the tests marked `long`.
test-long:
	@scripts/setup --all
	.venv/bin/pytest -m long

# What a change of guides alone can break.
docs:
	@scripts/setup --all
	.venv/bin/pytest -q $(wildcard tests/unit/test_*docs*.py tests/unit/test_runbook.py tests/unit/test_project.py tests/unit/test_defects.py tests/unit/test_secrets.py)

format:
	@scripts/setup --all
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

renew:
	@scripts/setup --all
	.venv/bin/python -m catalog reference
	RENEW_INVENTORY=1 .venv/bin/pytest -q tests/stack/test_inventory.py
	.venv/bin/python -m gcp_local.services.coverage packages/gcp-local/COVERAGE.md
	RENEW_EXAMPLES=1 .venv/bin/pytest -q tests/local/test_examples.py

bench:
	@scripts/setup --all
	.venv/bin/python -m tests.benchmarks
