# The front door: `make demo` and `make test` need Python 3.11 or later, git and make; the rest they fetch themselves.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=
ARGS ?=

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check

# The environment is ready when a stamp made of what it was made from exists; a moved checkout has another stamp.
KEY := $(shell { pwd; cat requirements.lock pyproject.toml; } | cksum | tr ' ' '-')
READY := $(VENV)/.ready-$(KEY)
BROWSER := $(VENV)/.browser

# Each candidate is started, not merely looked up: a pyenv shim exists for versions that are switched off.
define find_python
python=; without_pip=; \
if [ -n "$(PYTHON)" ]; then set -- "$(PYTHON)"; else set -- python3.13 python3.12 python3.11 python3 python; fi; \
for name do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	if "$$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$name; break; fi; \
	: "$${without_pip:=$$name}"; \
done; \
if [ -z "$$python" ] && [ -n "$$without_pip" ]; then \
	package=$$("$$without_pip" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	echo "$$without_pip cannot make environments: run 'sudo apt-get install $$package' (or your system's package with ensurepip)." >&2; \
	exit 1; \
elif [ -z "$$python" ]; then \
	echo "No Python 3.11 or later was found: install one, or name it with 'make PYTHON=/path/to/python3'." >&2; \
	exit 1; \
fi
endef

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  PYTHON=...       the Python that makes the environment; VENV=... where it goes'
	@echo '  PYTEST_ARGS=...  further arguments for pytest; ARGS=... for the other commands'

.PHONY: demo
demo: $(READY) browser ## Test the embedded provider and write a report
	@$(VENV)/bin/logout-conformance demo $(ARGS)

.PHONY: test
test: $(READY) browser ## Run the project's own tests
	@$(PY) -m pytest $(PYTEST_ARGS)

.PHONY: lint
lint: $(READY) ## Check style, format and types
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy

.PHONY: bench
bench: $(READY) browser ## Measure
	@$(PY) -m benchmarks.bench $(ARGS)

.PHONY: faults
faults: $(READY) browser ## Every planted fault against the full suite (long)
	@$(PY) -m benchmarks.faults $(ARGS)

.PHONY: soak
soak: $(READY) browser ## Repeat the suite and compare the verdicts (long)
	@$(PY) -m benchmarks.soak $(ARGS)

.PHONY: interop
interop: $(READY) browser ## Run against real providers (long)
	@$(PY) interop/run.py $(ARGS)

.PHONY: docs
docs: $(READY) ## Write the generated pages of docs/
	@$(PY) docs/generate.py $(ARGS)

.PHONY: lock
lock: $(READY) ## Pin anew; UPGRADE=--upgrade takes newer versions
	@$(PIP) install --quiet uv
	@$(PY) -m uv pip compile pyproject.toml --group dev --group build --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet $(UPGRADE) --output-file requirements.lock

.PHONY: clean
clean: ## Remove the environment, caches and runs
	@rm -rf '$(VENV)' .mypy_cache .pytest_cache .ruff_cache .hypothesis allure-results build dist
	@git clean -q -d -f -X reports 2>/dev/null || true

.PHONY: setup
setup: $(READY) browser ## Only make the environment and get a browser

$(READY):
	@set -e; $(find_python); \
	if ! $(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		echo "Making $(VENV) with $$("$$python" --version) ..."; \
		"$$python" -m venv --clear '$(VENV)'; \
	fi
	@rm -f $(VENV)/.ready-* '$(BROWSER)'
	@echo 'Installing the pinned packages (half a minute) ...'
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(PY) -m compileall -q conformance || true
	@touch '$@'

# The path of a browser that was found is kept, so that the next call need not start one to see that it starts.
.PHONY: browser
browser: $(READY)
	@if [ -n "$$LOGOUT_CONFORMANCE_CHROMIUM" ]; then \
		$(PY) -m conformance.provider.chromium >/dev/null; \
	elif ! [ -x "$$(cat '$(BROWSER)' 2>/dev/null)" ]; then \
		$(PY) -m conformance.provider.chromium --install >'$(BROWSER).new' && mv '$(BROWSER).new' '$(BROWSER)'; \
	fi
