.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

.PHONY: help setup setup-lab run test quick check fuzz bench lab lab-stop translations package pins clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with everything the console needs, system packages included
	@packaging/setup.sh

setup-lab:
	@packaging/setup.sh --with-lab

run: setup ## show the demo estate: in a window, or in the terminal where there is no display
	@packaging/demo.sh

test: setup-lab ## run every test, those on real hypervisors included
	$(PYTHON) -m pytest

quick: setup ## run the tests that need no hypervisor and no patience
	$(PYTHON) -m pytest -n auto --dist worksteal -m "not lab and not slow"

check: setup ## formatting, lint, types, and the rule which room may import which
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports --no-logo

fuzz: setup-lab ## look into 2,000 images and memory files that were tampered with (ARGS="--count N --seeds DIR")
	$(PYTHON) -m tests.fuzz $(ARGS)
	$(PYTHON) -m tests.fuzz.snapshot_files
	$(PYTHON) -m tests.fuzz.workbooks
	$(PYTHON) -m tests.fuzz.damaged_history
	$(PYTHON) -m tests.fuzz.killed_history

bench: setup-lab ## measure against the goals (ARGS="--only NAME" for one)
	$(PYTHON) -m tests.bench $(ARGS)

lab: setup-lab ## start a real libvirtd with two small guests, and say how to connect to it
	$(PYTHON) -m tests.hypervisors.lab start

lab-stop: ## stop it
	$(PYTHON) -m tests.hypervisors.lab stop

translations: setup ## bring the texts of every language up to date, and compile them (LANGUAGE=fr begins another)
	$(PYTHON) packaging/translations.py $(LANGUAGE)

package: setup ## freeze for this platform into dist/vmi-console/
	$(PYTHON) -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build/frozen packaging/vmi-console.spec

pins: setup ## resolve pyproject.toml's dependencies anew into requirements/
	@packaging/pin.sh

clean: ## remove what was made, .venv included (a lab: make lab-stop)
	rm -rf .venv .bootstrap build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find vmi_console tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
