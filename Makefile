# make demo            set up, train on a generated speaker (once, a minute or two) and gesture to a held-out recording
# make demo AUDIO=x    the same model gestures to your own recording, any audio or video file
# make test            set up, then run every notebook's tests and the main job end to end
# make test-lowest     the same notebooks with the oldest packages that settings.ini allows
# make video           add what reads keypoints from videos (MediaPipe)
# make explore         hear, see and steer a trained model: the explorer, in JupyterLab
#                      (ARGS=--no-browser on a server; for make lab as well)
# make lab             JupyterLab on the project, runs and notebooks in view; copies of the run notebooks to work on in runs/notebooks
# make bench           speed and memory, as ratios of pairs measured in one run
# make studies         the paper's claims tested on generated speakers, with all the training it takes (an hour and a half on two cores); then make sync
# make wasm            the sums of the live page, compiled anew: the same bytes as those in the repository
# make site            every notebook as a page, the live page, the studies: a folder _site to open or to publish
# make sync            after editing a notebook: export the module, write README.md, clean
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --constraint constraints.txt
FLAGS ?=
# Taken as it is written: a $ in the name of a recording is neither a variable nor a command of make.
override AUDIO := $(value AUDIO)
export AUDIO
# A cluster's pip installs for the user by default; ours installs into .venv.
export PIP_USER := 0
.PHONY: setup demo explore test video lab bench studies wasm site sync

# What runs need; what reading, testing and changing the notebooks needs as well (nbdev, JupyterLab) comes with the first command that wants it.
setup: .venv/installed
.venv/installed: settings.ini setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 to 3.14 is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...") if not (3, 11) <= sys.version_info[:2] <= (3, 14) else 0'
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	@touch $@
.venv/developing: .venv/installed
	$(PIP) --editable '.[dev]'
	@touch $@

demo: setup
	@set --; [ -z "$$AUDIO" ] || set -- -p audio "$$(realpath -- "$$AUDIO")"; $(BIN)/sdt_run demo "$$@"

# Runs and temporary files (3 GB) of the tests, in a folder that is thrown away.
SCRATCH = scratch=$$(mktemp -d) && trap 'rm -rf $$scratch' EXIT && mkdir $$scratch/runs $$scratch/tmp && \
	export SDT_RUNS=$$scratch/runs TMPDIR=$$scratch/tmp
# The run notebooks first: they are tested by running, and the others find their models there.
# One thread a process: the notebooks run side by side.
test: .venv/developing
	@$(SCRATCH) && \
	$(BIN)/sdt_run demo && $(BIN)/sdt_run evaluate -p repeats 1 -p n_clips 64 -p videos 1 && $(BIN)/sdt_run compare && $(BIN)/sdt_run prepare && $(BIN)/sdt_run bench && \
	$(BIN)/sdt_run rate -p clips 4 -p seconds 2 -p people 2 -p minutes 1 -p checks 1 && \
	OMP_NUM_THREADS=1 $(BIN)/nbdev_test --flags "$(FLAGS)" --skip_folder_re '^([_.]|runs$$)' --timing

# The lower bounds of settings.ini: the packages named there lie over those of .venv, which stay. Not PyTorch: 200 MB to 2 GB for one version that is
# declared, not tested; nor setuptools, which has an upper bound only. What meets other packages stands in rooms 0x and in prepare/00; their tests, and those of what 1x makes
# of files and options, without what is slow. (10 to 12 know PyTorch alone.)
.venv/lowest: .venv/developing
	@rm -rf $@ && $(BIN)/python -m pip install --quiet --only-binary :all: --no-deps --target $@ $$(sed -n 's/^requirements = //p' settings.ini \
	  | tr ' ' '\n' | grep '>=' | grep -v '^torch>' | sed 's/>=\([^,]*\).*/==\1/')
	@touch $@
test-lowest: .venv/lowest
	@$(SCRATCH) && \
	PYTHONPATH=$$PWD/.venv/lowest OMP_NUM_THREADS=1 $(BIN)/nbdev_test --file_re '^(0|1[345]).*' --skip_file_re '^([_.]|05_page)' --skip_folder_re '^([_.]|runs$$|prepare$$|people$$|lab$$|studies$$|testing$$)' --timing && \
	PYTHONPATH=$$PWD/.venv/lowest OMP_NUM_THREADS=1 $(BIN)/nbdev_test --path nbs/prepare/00_video.ipynb

# Keypoints from video: MediaPipe. What it brings overwrites the headless OpenCV, which is put back.
video: setup
	@$(BIN)/python -c 'import sys; sys.exit("MediaPipe 0.10.14 has no wheels for Python " + sys.version.split()[0] + ", the last with them is 3.12: rm -r .venv, then make video PYTHON=python3.12. Keypoints that you already have (OpenPose, DWPose, .pose) need no MediaPipe.") if sys.version_info >= (3, 13) else 0'
	$(PIP) --editable '.[video]'
	$(PIP) --force-reinstall --no-deps opencv-python-headless

# Kernels get the number of turns from here: what they import first may be torch (nbs/42_program).
TURNS := [ -n "$$GOMP_SPINCOUNT$$OMP_WAIT_POLICY" ] || export GOMP_SPINCOUNT=2000
AS_ROOT := $$([ "$$(id -u)" != 0 ] || echo --allow-root)
# Copies of the run notebooks to set parameters in: JupyterLab saves by itself, and the originals are the program (nbs/27_notebooks).
COPIES := $(BIN)/python -c 'from sdt_nb.notebooks import copy_notebooks; copy_notebooks("runs/notebooks")'
explore: .venv/developing
	@$(COPIES); $(TURNS); exec $(BIN)/python -c 'import sys; from sdt_nb.lab.launch import launch; sys.exit(launch(sys.argv[1], sys.argv[2:]))' \
	  runs/notebooks/explore.ipynb $(AS_ROOT) $(ARGS)

lab: .venv/developing
	@$(COPIES); echo 'notebooks to set parameters in: runs/notebooks'; $(TURNS); exec $(BIN)/jupyter lab --ServerApp.root_dir=. $(AS_ROOT) $(ARGS)

bench: setup
	@$(BIN)/sdt_run bench -p quick false

studies: .venv/developing
	@$(BIN)/python -c 'from sdt_nb.studies.study import run_studies; run_studies()'

# A C compiler from PyPI that gives the same bytes everywhere. No stack checks, no library: the page gives it its memory.
wasm: setup
	$(PIP) ziglang
	$(BIN)/python -m ziglang cc --target=wasm32-freestanding -O3 -msimd128 -ffast-math -nostdlib \
	  -Wl,--no-entry -Wl,--import-memory -Wl,--strip-all -o sdt_nb/static/net.wasm sdt_nb/static/net.c

# No Quarto, which nbdev would download: nbconvert is here, and its pages need no script and no other machine.
site: .venv/developing
	$(BIN)/python .ci/site/build.py

sync: .venv/developing
	$(BIN)/nbdev_export
	$(BIN)/jupyter nbconvert --log-level WARN --to markdown --TagRemovePreprocessor.remove_cell_tags hide --stdout nbs/index.ipynb \
	  | awk '/^```/ { open = !open; if (open && $$0 == "```") $$0 = "```python" } { print }' \
	  | sed 's#](images/#](nbs/images/#; s#](../studies.md)#](studies.md)#; s#](\([0-9a-z_/]*\.ipynb\)#](nbs/\1#g' | cat -s > .README.tmp && mv .README.tmp README.md
	$(BIN)/nbdev_clean
	$(BIN)/python -c 'from sdt_nb.studies.study import write_page; write_page()'
