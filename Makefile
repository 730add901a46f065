# Everything happens in .venv beside this file; nothing is installed outside it.
# `make help` lists the targets. Another interpreter: `make demo PYTHON=python3.12`.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
JOBS   ?= 2
BENCH  ?=

# One thread per process: small matrices do not gain from more, and results stay the same
# for any number of jobs. MLflow's telemetry would look up an outside host.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test test-quick lint bench bench-full bench-measures bench-paper bench-speed \
	bench-fold-in bench-noise bench-frontier bench-audit bench-import bench-store bench-service bench-explain \
	bench-importance bench-structure bench-report clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
		| while IFS='|' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

install: $(STAMP) ## create .venv and install (every other target does this by itself)

# Made again only when the declared or the pinned versions change.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "benchcast needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
		echo "cannot create $(VENV): the venv module of $(PYTHON) is incomplete" \
			"(Debian, Ubuntu: apt-get install python3-venv)" >&2; rm -rf $(VENV); exit 2; }
	@echo "installing benchcast into $(VENV) (a minute or two, once)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

demo: $(STAMP) ## train on the shipped leaderboard, fill the empty cells, show the result
	$(BIN)/benchcast demo

# The tests start a hundred processes: modules are compiled once, whatever the environment says.
# The order is that of tests/conftest.py.
test test-quick: export PYTHONDONTWRITEBYTECODE :=
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder

test: $(STAMP) ## run the tests
	$(PYTEST) --durations=15

test-quick: $(STAMP) ## run the tests that take no time, some of every room
	$(PYTEST) -m 'not slow and not long'

lint: $(STAMP) ## ruff check, ruff format --check, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP) ## print the ladder side by side: two folds per file
	$(BIN)/python -m tests.bench.ladder $(BENCH)

bench-full: $(STAMP) ## the same with all folds (long; can be resumed)
	$(BIN)/python -m tests.bench.ladder --full $(BENCH)

bench-measures: $(STAMP) ## every accuracy target with what is measured: two folds per file
	$(BIN)/python -m tests.bench.measures $(BENCH)

bench-paper: $(STAMP) ## the experiments of the CPP paper, beside its figures
	$(BIN)/python -m tests.bench.paper $(BENCH)

bench-speed: $(STAMP) ## seconds and memory of a fit, beside bias-als
	$(BIN)/python -m tests.bench.speed $(BENCH)

bench-fold-in: $(STAMP) ## milliseconds of folding in, beside bias-als
	$(BIN)/python -m tests.bench.fold_in $(BENCH)

bench-service: $(STAMP) ## requests a second of the service, beside mlflow models serve (wrk)
	$(BIN)/python -m tests.bench.service_load $(BENCH)

bench-explain: $(STAMP) ## whether explanations add up, and their milliseconds
	$(BIN)/python -m tests.bench.explain $(BENCH)

bench-noise: $(STAMP) ## how much another seed moves the error
	$(BIN)/python -m tests.bench.noise $(BENCH)

bench-frontier: $(STAMP) ## what old models are predicted on new tasks, beside what is believed
	$(BIN)/python -m tests.bench.frontier $(BENCH)

bench-audit: $(STAMP) ## what the audit finds of planted faults
	$(BIN)/python -m tests.bench.audit $(BENCH)

bench-import: $(STAMP) ## seconds and memory of large imports
	$(BIN)/python -m tests.bench.importing $(BENCH)

bench-store: $(STAMP) ## seconds and memory of the score store
	$(BIN)/python -m tests.bench.store $(BENCH)

bench-replay: $(STAMP) ## how many evaluations chosen scores save, beside random ones
	$(BIN)/python -m tests.bench.replay $(BENCH)

bench-importance: $(STAMP) ## what factor importance finds of planted factors
	$(BIN)/python -m tests.bench.importance $(BENCH)

bench-structure: $(STAMP) ## whether planted structure is found, and the seconds
	$(BIN)/python -m tests.bench.structure $(BENCH)

bench-report: $(STAMP) ## seconds and size of a report, from nothing and from a champion
	$(BIN)/python -m tests.bench.report $(BENCH)

clean: ## remove .venv and caches (the MLflow store and your results stay)
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find cpp features serving tests training -name __pycache__ -type d -prune -exec rm -rf {} +
