# make demo            set up, train on the demo speaker (once, about 3 minutes) and gesture to a held-out recording
# make demo AUDIO=x    the same model gestures to your own recording, any audio or video file
# make test            set up, then run every notebook's tests and the main job end to end
# make video           add what reads keypoints from videos (MediaPipe)
# make lab             JupyterLab on the notebooks
# make bench           speed and memory, as ratios of pairs measured in one run
# make sync            after editing a notebook: export the module, write README.md, clean
PYTHON ?= python3
BIN := .venv/bin
FLAGS ?=
.PHONY: setup demo test video lab bench sync

setup: .venv/installed
.venv/installed: settings.ini setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or 3.12 is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.11 ...") if not (3, 11) <= sys.version_info[:2] <= (3, 12) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup
	@$(BIN)/sdt_run demo $(if $(AUDIO),-p audio "$(abspath $(AUDIO))")

# The run notebooks first, in a folder that is thrown away: they are tested by running, and the others find their models there.
# One thread a process: the notebooks run side by side.
test: setup
	@runs=$$(mktemp -d) && export SDT_RUNS=$$runs && trap 'rm -rf $$runs' EXIT && \
	$(BIN)/sdt_run demo && $(BIN)/sdt_run evaluate -p repeats 1 -p n_clips 64 -p videos 1 && $(BIN)/sdt_run compare && $(BIN)/sdt_run prepare && \
	OMP_NUM_THREADS=1 $(BIN)/nbdev_test --flags "$(FLAGS)" --skip_folder_re '^([_.]|runs$$)' --timing

# Keypoints from video: MediaPipe. What it brings overwrites the headless OpenCV, which is put back.
video: setup
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[video]'
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps --constraint constraints.txt opencv-python-headless

lab: setup
	$(BIN)/jupyter lab --notebook-dir=nbs

bench: setup
	@$(BIN)/sdt_run bench

sync: setup
	$(BIN)/nbdev_export
	$(BIN)/jupyter nbconvert --log-level WARN --to markdown --TagRemovePreprocessor.remove_cell_tags hide --stdout nbs/index.ipynb \
	  | awk '/^```/ { open = !open; if (open && $$0 == "```") $$0 = "```python" } { print }' \
	  | sed 's#](images/#](nbs/images/#; s#](\([0-9a-z_/]*\.ipynb\)#](nbs/\1#g' | cat -s > .README.tmp && mv .README.tmp README.md
	$(BIN)/nbdev_clean
