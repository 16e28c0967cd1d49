# One virtual environment for everything; `make` alone lists the commands.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test chaos-queue chaos-checkout check fix load bench bench-queue bench-checkout bench-page pictures messages dashboards coverage lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.venv-made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.run-installed: $(VENV)/.venv-made requirements/run.txt pyproject.toml
	@echo "Installing what the product needs into $(VENV) ..."
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev-installed: $(VENV)/.run-installed requirements/dev.txt
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.run-installed ## set up and run a whole on-sale on this machine (ARGS="--help" lists the options)
	@exec $(BIN)/waitroom demo $(ARGS)

test: $(VENV)/.dev-installed ## set up and run the tests on real servers (ARGS goes to pytest)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

chaos-queue: $(VENV)/.dev-installed ## lose the queue's store in every way, under thousands of fans: some half an hour (ARGS goes to pytest)
	@for make in redis-6.2 redis-7 valkey-9; do \
		echo "== the scripts on $$make"; \
		$(BIN)/python -m pytest -q --store $$make tests/waitroom/queue/lua || exit 1; \
	done
	@echo "== losses, failovers, moves"
	@$(BIN)/python -m pytest -v -m "slow or chaos" --ignore tests/checkout --durations=0 --durations-min=5 $(ARGS)

chaos-checkout: $(VENV)/.dev-installed ## random sales, planted faults, and whatever calls the contracts allow: some half an hour (ARGS goes to pytest)
	@$(BIN)/python -m pytest -v -m slow tests/checkout --durations=0 --durations-min=5 $(ARGS)

check: $(VENV)/.dev-installed ## lint, format, types, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m dashboards.generate --check

fix: $(VENV)/.dev-installed ## format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

coverage: $(VENV)/.dev-installed ## run the tests and show what they do not reach
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --cov --cov-report=term $(ARGS)

load: $(VENV)/.dev-installed ## locust: fans from the lobby to the ticket against a demo of its own, with an exit code
	@$(BIN)/python -m loadtests $(ARGS)

bench: $(VENV)/.dev-installed ## measure join, place, snapshot and tokens as ratios in one run
	@$(BIN)/python -m loadtests.benchmarks $(ARGS)

bench-queue: $(VENV)/.dev-installed ## measure the queue at ten thousand to fourteen million fans (minutes)
	@$(BIN)/python -m loadtests.benchmarks.queue $(ARGS)

bench-checkout: $(VENV)/.dev-installed ## measure holds and orders by HTTP on a real PostgreSQL, as ratios in one run
	@$(BIN)/python -m loadtests.benchmarks.checkout $(ARGS)

bench-page: $(VENV)/.dev-installed ## measure the waiting page's weight and time in a Chromium on a slow line
	@$(BIN)/python -m loadtests.benchmarks.page $(ARGS)

pictures: $(VENV)/.dev-installed ## take the guide's pictures anew from a product of its own: some three minutes (needs chromium)
	@$(BIN)/python -m tests.pictures $(ARGS)

messages: $(VENV)/.dev-installed ## bring the catalogues of what fans read up to date with the texts
	@$(BIN)/python -m edge.messages

dashboards: $(VENV)/.dev-installed ## write the Grafana and Prometheus files anew
	@$(BIN)/python -m dashboards.generate

lock: ## pin the requirements anew (needs uv on the path)
	uv pip compile -q --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-annotate --extra demo pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
