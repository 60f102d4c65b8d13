# make demo   finished talking videos from an example manifest
# make test   format, lint, types, walls, tests: what CI runs
# make nightly  the tests of laws with fresh examples
# make lock   resolve requirements/direct.txt anew
PYTHON ?= python3.11
# Where torch comes from; for the small CPU build of the registry:
#   make demo TORCH_SOURCE="--index-url https://download.pytorch.org/whl/cpu"
TORCH_SOURCE ?=
BIN := .venv/bin
# Kernels of a processor without vector instructions, and what is tested with them once more: the
# parts of the model where float32 sums meet the original's tensors.
LOWERED ?= ATEN_CPU_CAPABILITY=default MKL_ENABLE_INSTRUCTIONS=SSE4_2 ONEDNN_MAX_CPU_ISA=SSE41
LOWERED_TESTS := $(addprefix tests/model/,test_scheduler.py conditions/test_picture.py \
	$(addprefix networks/test_,weight_alignment.py transformer.py projections.py reference.py \
		convolutions.py) \
	$(addprefix sampling/test_,guidance.py noise.py colour.py))
# A file's tests share their fixtures. Files begin in the order of tests/order_of_files.py: those with
# the fewest tests would come last otherwise, and they are the longest (whole nights, a real Ray).
BY_FILE := --dist loadfile --no-loadscope-reorder
# Tests wait for Ray, ffmpeg and timers a third of the time: three at once keep two cores busy.
AT_ONCE ?= 3
DEMO ?= demo

.PHONY: setup demo test check bench-engine format lock check-lock clean bench-chaos bench-chaos-ray bench-masters bench-mutation bench-hostile nightly strip

setup: .venv/ready

.venv/ready: requirements/lock.txt requirements/torch.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check $(TORCH_SOURCE) -r requirements/torch.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/lock.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	$(BIN)/rushes example portraits $(DEMO)/in
	$(BIN)/rushes run $(DEMO)/in/manifest.parquet --out $(DEMO)/out
	@echo "Videos: $(abspath $(DEMO))/out/videos"

test check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -n $(AT_ONCE) $(BY_FILE)
	PYTHONDONTWRITEBYTECODE= $(LOWERED) $(BIN)/pytest -q -n 2 $(BY_FILE) $(LOWERED_TESTS)

# How busy the engine keeps 1, 8 and 32 generators; five minutes, on a quiet machine.
bench-engine: setup
	$(BIN)/python benchmarks/engine.py

# Every delivery profile at every rate, read back; time and memory of mastering; ten minutes.
bench-masters: setup
	$(BIN)/python benchmarks/masters.py

bench-chaos: setup
	$(BIN)/python benchmarks/chaos.py --runs 1000

# Workers, raylets, nodes and drivers killed on a real Ray, output on a real S3 server behind a bad line; ten minutes.
bench-chaos-ray: setup
	$(BIN)/python benchmarks/chaos_ray.py --runs 12

# One-line faults in the pure modules, and how many of them the tests notice; half an hour.
bench-mutation: setup
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -r requirements/mutation.txt
	$(BIN)/python benchmarks/mutation.py

# Hostile rows, manifests, bundles, weights and settings, one by one, then a night of them; half an hour.
bench-hostile: setup
	$(BIN)/python benchmarks/hostile.py

# The README's pictures: the example portrait by animatic and by tiny, five frames and a film; two minutes.
strip: setup
	$(BIN)/python examples/strip.py docs/strip.webp --film docs/film.webp

# The tests of laws with fresh examples, ten times as many; SEED repeats a run that failed.
SEED ?= $(shell date +%s)
nightly: setup
	@echo "Hypothesis seed $(SEED): make nightly SEED=$(SEED) repeats it"
	$(BIN)/pytest -q -n 2 $(BY_FILE) --hypothesis-profile=nightly --hypothesis-seed=$(SEED) -m "laws"

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# LOCK=--upgrade takes the newest versions that requirements/direct.txt allows.
lock: setup
	$(BIN)/python -m requirements.make_lock $(LOCK)

# Pip resolves the lock for each of its platforms; it downloads the wheels to compare their hashes.
check-lock: setup
	$(BIN)/python -m requirements.check_lock

clean:
	rm -rf .venv build dist $(DEMO)
