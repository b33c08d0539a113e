# make demo            set up, train on the demo speaker (once, about 3 minutes) and gesture to a held-out recording
# make demo AUDIO=x    the same model gestures to your own recording, any audio or video file
# make test            set up, then run every notebook's tests and the main job end to end
# make lab             JupyterLab on the notebooks
# make bench           speed and memory, as ratios of pairs measured in one run
# make sync            after editing a notebook: export the module, write README.md, clean
PYTHON ?= python3
BIN := .venv/bin
FLAGS ?=
export JUPYTER_PLATFORM_DIRS = 1
.PHONY: setup demo test notebooks lab bench sync

setup: .venv/installed
.venv/installed: settings.ini setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 to 3.12 is needed, this is " + sys.version.split()[0] + "; set PYTHON=python3.11") if not (3, 10) <= sys.version_info[:2] <= (3, 12) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup
	@$(BIN)/sdt_run demo $(if $(AUDIO),-p audio "$(abspath $(AUDIO))")

notebooks: setup
	$(BIN)/nbdev_test --flags "$(FLAGS)" --skip_folder_re '^([_.]|runs$$)' --timing

# The run notebooks are tested by running them: a training and a demo in a folder that is thrown away.
test: notebooks
	runs=$$(mktemp -d) && SDT_RUNS=$$runs $(BIN)/sdt_run demo; code=$$?; rm -rf "$$runs"; exit $$code
	@echo "all tests passed"

lab: setup
	$(BIN)/jupyter lab --notebook-dir=nbs

bench: setup
	@$(BIN)/sdt_run bench

sync: setup
	$(BIN)/nbdev_export
	$(BIN)/jupyter nbconvert --log-level WARN --to markdown --stdout nbs/index.ipynb | sed 's#](images/#](nbs/images/#; s#](\([0-9a-z_/]*\.ipynb\)#](nbs/\1#g' > README.md.tmp && mv README.md.tmp README.md
	$(BIN)/nbdev_clean
