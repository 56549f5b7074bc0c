# make run    the studio in a browser          make test    every check and test
# Both make what they need in .venv; a second time nothing is left to do and they start at once.

# The first Python here that every requirement has a ready-made package for; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && exit; \
	done; echo python3)
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

run: $(VENV)/app.stamp
	$(BIN)/streamlit run app.py $(ARGS)

# Pages, programming interface, health and metrics in one process.
serve: $(VENV)/space.stamp
	$(BIN)/t2i serve $(ARGS)

test: $(VENV)/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

# All English text of the pages, and its translations: after a text was added or changed.
texts: $(VENV)/app.stamp
	$(BIN)/python -m t2i_core.ui.texts

# The README's pictures of the pages, taken by the tests that try the pages in a browser; the rest stays in $(SHOTS).
SHOTS ?= /tmp/t2i-screenshots
SHOWN := home products variations anime birds guitars check-one train gallery products-phone products-dark
screenshots: $(VENV)/dev.stamp
	rm -f $(SHOWN:%=$(SHOTS)/%.jpg)
	T2I_SCREENSHOTS=$(SHOTS) OMP_NUM_THREADS=1 $(BIN)/pytest tests/browser $(ARGS)
	mkdir -p docs/screenshots
	cp $(SHOWN:%=$(SHOTS)/%.jpg) docs/screenshots/

# torch brings setuptools, which is all that building this package takes.
$(VENV)/app.stamp: requirements.txt pyproject.toml | $(VENV)/venv.stamp
	$(PIP) install -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/space.stamp: requirements-space.txt $(VENV)/app.stamp
	$(PIP) install -r requirements-space.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/space.stamp
	$(PIP) install -r requirements-dev.txt
	@touch $@

$(VENV)/venv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "The studio needs Python 3.11 or later, and $(PYTHON) is older or missing."; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.13"; exit 1; }
	$(PYTHON) -m venv $(VENV) || \
		{ echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: run serve test texts screenshots clean
