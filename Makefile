# The ways in: make run, make test, make check, make bench. Nothing else has to be installed by hand.

PORT ?= 8000
export PORT
# make run PYTHON=/path/to/python3.12 takes another Python.
export PYTHON

VENV := .venv
BIN := $(VENV)/bin
# With servers of your own nothing is embedded.
SERVERS := $(if $(DATABASE_URL),own,embedded)
EMBEDDED := $(if $(DATABASE_URL),,requirements/embedded.txt)
PRODUCT := requirements.txt $(EMBEDDED)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help setup run test check bench pictures format verifier clean-data requirements

help:
	@echo "make run          start PortX Access with the sample company (SAMPLE=0: your own data)"
	@echo "make test         run all tests"
	@echo "make check        lint, types, floors, migrations, settings"
	@echo "make bench        measure (BENCH_SIZE=100000 makes it smaller)"
	@echo "make pictures     take the pictures of docs/images anew"
	@echo "make clean-data   remove data and keys, after asking"
	@echo "make verifier     assemble verify_evidence.py anew"
	@echo "make requirements pin the requirements anew"

$(BIN)/python:
	@scripts/venv $(VENV)

$(VENV)/product-$(SERVERS): $(PRODUCT) | $(BIN)/python
	@echo "Installing what PortX Access needs."
	@$(PIP) $(PRODUCT:%=-r %)
	@touch $@

$(VENV)/dev-$(SERVERS): requirements/dev.txt $(PRODUCT) | $(BIN)/python
	@echo "Installing what the tests need."
	@$(PIP) $(PRODUCT:%=-r %) -r requirements/dev.txt
	@touch $@ $(VENV)/product-$(SERVERS)

setup: $(VENV)/product-$(SERVERS)

run: export SAMPLE ?= 1
run: setup
	@$(BIN)/python -m portx_access.serving

test: $(VENV)/dev-$(SERVERS)
	@scripts/need chromium "command -v chromium || command -v chromium-browser"
	@scripts/need libatomic1 "$(BIN)/python -c 'import ctypes; ctypes.CDLL(\"libatomic.so.1\")'"
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/dev-$(SERVERS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-logo
	$(BIN)/python manage.py makemigrations --check --dry-run
	PUBLIC_URL=https://portx.example.com $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/dev-$(SERVERS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev-$(SERVERS)
	$(BIN)/python -m bench

pictures: $(VENV)/dev-$(SERVERS)
	PICTURES=docs/images $(BIN)/python -m pytest tests/reviews/views/test_sheet_of_the_sample.py

verifier: $(VENV)/dev-$(SERVERS)
	$(BIN)/python -m reviews.evidence.verifier

clean-data:
	@scripts/clean-data

requirements: $(VENV)/dev-$(SERVERS)
	@scripts/pin-requirements $(BIN)/pip-compile
