# Everything a developer or CI runs. Needs Python 3.11, make and git; the rest goes into .venv.
# `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STAGE ?= dev
ARGS ?=
WORKERS ?= 2
MINUTES ?= 30
SEEDS ?= 50
LOCALSTACK_ENDPOINT ?= http://localhost:4566
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input --retries 10 --timeout 60 --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
  --custom-compile-command "make lock"
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup
UNMEASURED := tests/browser tests/e2e tests/faults

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------------------------------- set-up

.PHONY: install
install: $(STAMP) ## make .venv with everything (other targets do it when needed)

# The interpreter must be 3.11, the Lambda runtime's: packaging picks wheels for the version it runs on. A shim may be
# on the path and not work, so each candidate is run.
find_python = for candidate in $(PYTHON) python3.11 python3 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then \
	    python=$$candidate; break; \
	  fi; \
	done; \
	if [ -z "$${python:-}" ]; then \
	  echo "Weft needs Python 3.11, which is neither python3.11 nor python3 on the PATH." >&2; \
	  echo "Install it, or say where it is: make install PYTHON=/path/to/python3.11" >&2; \
	  exit 1; \
	fi

# The stamp is written last, so an interrupted installation starts again. pip retries a request; the loop retries pip.
$(STAMP): requirements-dev.txt pyproject.toml
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  $(find_python); \
	  echo "Making $(VENV) with $$($$python --version)" >&2; \
	  "$$python" -m venv --clear $(VENV) || { \
	    echo "Python's venv module did not work (on Debian and Ubuntu it is the package python3.11-venv)." >&2; exit 1; }; \
	fi
	@echo "Installing the pinned requirements (a minute or two the first time)" >&2
	@for attempt in 1 2 3; do \
	  if $(PIP) -r requirements-dev.txt; then break; fi; \
	  if [ $$attempt = 3 ]; then echo "pip failed three times: see above." >&2; exit 1; fi; \
	  echo "pip failed; trying again." >&2; sleep $$((attempt * 5)); \
	done
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m weftctl.local.install
	@touch $@

.PHONY: graphviz
graphviz:
	@if ! command -v dot >/dev/null; then \
	  if ! command -v apt-get >/dev/null; then \
	    echo "The tests need Graphviz (on macOS: brew install graphviz)." >&2; exit 1; \
	  fi; \
	  as_root=; if [ "$$(id -u)" != 0 ]; then as_root=sudo; fi; \
	  $$as_root apt-get update -qq && $$as_root apt-get install -y -qq --no-install-recommends graphviz >&2; \
	fi

.PHONY: tools
tools: $(STAMP) graphviz ## what the tests need beside Python: Graphviz, and Mermaid's parser
	@$(BIN)/python -m tests.tools.install

.PHONY: lock
lock: ## write requirements*.txt from requirements*.in
	@test -x $(BIN)/uv || $(MAKE) --no-print-directory install
	@$(LOCK) requirements.in --output-file requirements.txt
	@$(LOCK) requirements-dev.in --constraint requirements.txt --output-file requirements-dev.txt

# ---------------------------------------------------------------------------------------------------------------- use

.PHONY: demo
demo: $(STAMP) ## run examples/hello-world.json on an embedded AWS, from nothing
	@$(BIN)/python -m weftctl.local.demo

.PHONY: up
up: $(STAMP) ## the local stack on http://localhost:8080 (/console: the console); data survives a restart
	@$(BIN)/python -m weftctl.local.up

.PHONY: down
down: $(STAMP) ## stop it
	@$(BIN)/python -m weftctl.local.down

# -------------------------------------------------------------------------------------------------------------- checks

.PHONY: test
test: $(STAMP) tools browser ## the whole test suite
	@$(PYTEST)

# From the machine's package manager: Playwright's own browsers are for some machines only, and large.
.PHONY: browser
browser: ## Chromium, for the tests in a browser (by apt where there is none)
	@for name in chromium chromium-browser google-chrome-stable google-chrome; do \
	  if command -v $$name >/dev/null 2>&1; then exit 0; fi; \
	done; \
	root=; if [ "$$(id -u)" != 0 ]; then root="sudo -n"; fi; \
	if command -v apt-get >/dev/null 2>&1 && $$root true 2>/dev/null; then \
	  echo "Installing Chromium" >&2; \
	  $$root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$root apt-get install -y -qq --no-install-recommends \
	    chromium >/dev/null && exit 0; \
	fi; \
	echo "The tests in a browser need Chromium, which cannot be installed from here: no apt-get, or no right to use it." >&2; \
	echo "Install it so that chromium or google-chrome is on the PATH (on Debian: sudo apt-get install chromium)." >&2; \
	exit 1

.PHONY: check
check: format-check lint types imports dependencies audit console-check template coverage unmeasured budgets ## everything CI runs

.PHONY: format
format: $(STAMP) ## rewrite the code as the formatter wants it
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format .

.PHONY: format-check
format-check: $(STAMP)
	@$(BIN)/ruff format --check .

.PHONY: lint
lint: $(STAMP) ## ruff's rules
	@$(BIN)/ruff check .

.PHONY: types
types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

.PHONY: imports
imports: $(STAMP) ## the dependency rule between the layers
	@$(BIN)/lint-imports

.PHONY: dependencies
dependencies: $(STAMP) ## what is imported is what is listed, and fits together
	@$(BIN)/deptry --config .deptry.toml --extend-exclude weftctl --extend-exclude bench --extend-exclude tests --extend-exclude examples .
	@$(BIN)/deptry --config .deptry.toml --ignore DEP002 --requirements-files requirements.in,requirements-dev.in --extend-exclude bench/load/plot.py --extend-exclude bench/speed/peers weftctl bench tests
	@$(BIN)/python -m pip check

.PHONY: audit
audit: $(STAMP) ## bandit on the code, pip-audit on what ships
	@$(BIN)/bandit --quiet --severity-level medium --recursive app.py chalicelib weftctl bench
	@$(BIN)/python -m weftctl.auditing

.PHONY: console-check
console-check: $(STAMP) ## the console's linter, types and unit tests
	@$(BIN)/python -m weftctl.packaging.console_command lint typecheck test

.PHONY: template
template: $(STAMP) ## lint the packaged CloudFormation template of every stage
	@for stage in local dev prod; do $(BIN)/python -m weftctl.packaging --lint $$stage; done

# The domain is pure, so nothing excuses an untested branch there.
.PHONY: coverage
coverage: $(STAMP) tools browser ## the tests, with the coverage gates: domain 100 %, the rest 90 %, branches counted
	@$(PYTEST) --cov --cov-report= $(addprefix --ignore=,$(UNMEASURED) tests/budgets)
	@$(BIN)/coverage report --include='chalicelib/domain/*' --fail-under=100
	@$(BIN)/coverage report --omit='chalicelib/domain/*' --fail-under=90

# A tracer would double their time, and what they run is measured by the others.
.PHONY: unmeasured
unmeasured: $(STAMP) tools browser ## the tests that count for no coverage, with ten thousand random executions
	@RANDOM_EXECUTIONS=10000 $(PYTEST) $(UNMEASURED)

# Processor time is part of what is billed, and a tracer would triple it.
.PHONY: budgets
budgets: $(STAMP) ## what a step, a start and an idle stack may cost
	@$(PYTEST) -q tests/budgets

.PHONY: random
random: $(STAMP) ## ten thousand random executions in a world where everything goes wrong
	@RANDOM_EXECUTIONS=10000 $(PYTEST) -q tests/faults/test_at_random.py

.PHONY: faults
faults: $(STAMP) ## every crash point of the reference workflows (ARGS="--only order:after:17" repeats one)
	@$(BIN)/python -m tests.faults.everywhere $(ARGS)

.PHONY: network
network: $(STAMP) ## the reference workflows in SEEDS (50 unless given) storms of a bad network, at three rates each
	@$(BIN)/python -m tests.faults.weather --seeds $(SEEDS) $(ARGS)

.PHONY: mutations
mutations: $(STAMP) ## take away what holds up the guarantees, piece by piece, and see the tests named for it fail
	@$(BIN)/python -m tests.faults.mutations

.PHONY: bench
bench: $(STAMP) ## what a step costs and how fast it is, beside peers; writes bench.json (ARGS="--quick")
	@$(BIN)/python -m bench $(ARGS)

.PHONY: e2e-localstack
e2e-localstack: $(STAMP) ## the end-to-end tests on LocalStack (LOCALSTACK_ENDPOINT=http://localhost:4566)
	@if ! $(BIN)/python -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' \
	    "$(LOCALSTACK_ENDPOINT)/_localstack/health" >/dev/null 2>&1; then \
	  echo "No LocalStack answers at $(LOCALSTACK_ENDPOINT)/_localstack/health." >&2; \
	  echo "Start one, or say where it is: make e2e-localstack LOCALSTACK_ENDPOINT=http://host:4566" >&2; \
	  exit 1; \
	fi
	@WEFT_E2E_ENDPOINT="$(LOCALSTACK_ENDPOINT)" $(BIN)/python -m pytest tests/e2e

# --------------------------------------------------------------------------------------------------------------- load

LOAD := build/load
PLOTTER := .weft/load

# matplotlib has an environment of its own: nothing else needs it.
$(PLOTTER)/.installed: bench/load/requirements.txt $(STAMP)
	@$(BIN)/python -m venv --clear $(PLOTTER)
	@$(PLOTTER)/bin/python -m pip install --disable-pip-version-check --no-input --quiet -r bench/load/requirements.txt
	@touch $@

# The figures are worth having, and drawn, when a check has failed too; without matplotlib the reason is printed.
define run_load
	@status=0; $(BIN)/python -m bench.load --to $(LOAD) $(1) || status=$$?; \
	if [ $$status -le 1 ] && $(MAKE) --no-print-directory $(PLOTTER)/.installed; then \
	  $(PLOTTER)/bin/python bench/load/plot.py $(LOAD)/$(2).json $(LOAD)/$(2).svg && echo "$(LOAD)/$(2).svg"; \
	fi; \
	exit $$status
endef

.PHONY: fuzz
fuzz: $(STAMP) tools ## requests, records, definitions and expressions of every shape, at length
	@HYPOTHESIS_PROFILE=thorough $(PYTEST) tests/fuzz tests/property

.PHONY: load
load: $(STAMP) ## a thousand executions of ten steps at once on the embedded stack, and a plot of it
	$(call run_load,burst --executions 1000 --steps 10,burst)

.PHONY: soak
soak: $(STAMP) ## mixed traffic on the embedded stack for MINUTES (30 unless given), and a plot of it
	$(call run_load,soak --minutes $(MINUTES),soak)

# ------------------------------------------------------------------------------------------------------------- release

.PHONY: console
console: $(STAMP) ## build the web console (whatever packages does it, when sources changed)
	@$(BIN)/python -m weftctl.packaging.console_command

.PHONY: package
package: $(STAMP) ## the CloudFormation artefact of STAGE (dev unless given)
	@$(BIN)/python -m weftctl.packaging $(STAGE)

.PHONY: deploy
deploy: $(STAMP) ## package STAGE and deploy it to AWS (ARGS="--parameter AlarmTopicArn=…" sets parameters)
	@$(BIN)/python -m weftctl.packaging.deploy $(STAGE) $(ARGS)

.PHONY: clean
clean: ## remove what builds and checks leave behind; .venv and the local stack's data stay
	@rm -rf build dist chalicelib/console_files .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
