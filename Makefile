# One word per habit. Everything below installs what it needs, into .venv and (as root) from Debian.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PYTEST ?= $(BIN)/python -m pytest
# Two more than CPUs: half of a test is waiting.
JOBS   ?= $(shell expr $$(nproc) + 2)

# Without bytecode each of some hundred starts compiles the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run quick test check lint format types layers shots browser bench bench-fleet fuzz gammu shared-ports soak soak-fleet break years texts deb try-deb try-arm vm vm-long try-clean try-moving try-container clean

help:                        ## the words that make knows here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.runs           ## start the agent with the shipped config.yaml
	$(BIN)/simbank-agent run

quick: $(VENV)/.tests        ## the inner loop: every test that needs no processes, browser or other programs
	$(PYTEST) -n $(JOBS) -q -m "not slow and not umockdev" $(ARGS)

test: $(VENV)/.tests         ## every test
	$(PYTEST) -n $(JOBS) --dist worksteal -m "not umockdev" $(ARGS)
	.ci/with-udev-mock $(PYTEST) -m umockdev $(ARGS)

check: lint types layers test ## what CI runs: lint, types, layers, and every test

lint: $(VENV)/.tests         ## style and format of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.tests       ## bring the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.tests        ## mypy --strict
	$(BIN)/mypy

layers: $(VENV)/.tests       ## which room may import which: .importlinter
	$(BIN)/lint-imports

shots: $(VENV)/.tests        ## pictures of the page: widths, themes, languages and states, in build/shots; ARGS="64 drawer", ARGS=--help
	$(BIN)/python -m tests.browser.shots $(ARGS)

browser: $(VENV)/.tests      ## the page in every state held against WCAG 2.2, and how fast it is drawn; ten minutes
	$(PYTEST) -m browser_all tests/browser $(ARGS)
	$(BIN)/python -m tests.bench.run --quick --json build/pages.json pages

soak: $(VENV)/.tests          ## trouble for an hour, or SOAK=minutes (VISITORS=yes: hostile ones too), and a hundred kills; then a summary
	SIMBANK_CHAOS_KILLS=100 $(PYTEST) tests/chaos/test_kill.py --timeout 1200
	SIMBANK_REPLUGS=1000 $(PYTEST) tests/agent/bank/test_hot_plug.py
	PYTHONPATH=tests:tests/break $(BIN)/python tests/chaos/soak.py

soak-fleet: $(VENV)/.tests    ## a fleet in trouble with real times, then SOAK=minutes of random trouble; half an hour and more
	PYTHONPATH=tests:tests/agent:tests/chaos:tests/fleet:. $(BIN)/python tests/fleet/soak_fleet.py

bench-fleet: $(VENV)/.tests   ## HOSTS=1000 hosts and one Redis: how fast a change is told, and what it costs; ten minutes
	PYTHONPATH=tests:tests/agent:tests/chaos:tests/fleet:. $(BIN)/python tests/fleet/bench_fleet.py

$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/debian python3-venv
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "simbank-agent needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runs: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.tests: pyproject.toml constraints.txt .ci/debian-packages tests/browser/package-lock.json | $(BIN)/python
	.ci/debian $$(grep -v '^#' .ci/debian-packages)
	.ci/npm $(VENV)/npm
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	.ci/link-gi $(BIN)/python
	@touch $@ $(VENV)/.runs

texts: $(VENV)/.tests        ## after texts or their Russian have changed: the catalogues of agent/language, and what is made from them
	$(BIN)/python -m tests.language.make_texts

FUZZ ?= 10
fuzz: $(VENV)/.tests         ## FUZZ=60: look for inputs that break a promise, for so many minutes
	.ci/fuzz $(FUZZ) $(PYTEST) $(ARGS)

shared-ports: $(VENV)/.tests  ## smstools3 and gammu-smsd on shared ports, ten minutes each
	SIMBANK_CLIENT_SECONDS=600 $(PYTEST) tests/sharing/test_daemons.py -s $(ARGS)

break: $(VENV)/.tests        ## attacks from outside, with figures: ten minutes, or ATTACKS="idle token"
	$(BIN)/python tests/break/run.py $(ATTACKS)

years: $(VENV)/.tests        ## ten years of 64 flapping modules: the store's size, the memory, the time of a start
	$(BIN)/python tests/agent/store/years.py

gammu: $(VENV)/.tests        ## gammu against every simulated module that it can handle, two minutes
	$(PYTEST) -m gammu_all tests/drivers/simulator $(ARGS)

bench: $(VENV)/.tests         ## figures as ratios in one run, half an hour; ARGS="--quick", or parts: ARGS="first_looks steady"
	$(BIN)/python -m tests.bench.run $(ARGS)

deb: $(VENV)/.runs           ## dist/simbank-agent_VERSION_ARCH.deb, for the Debian whose Python this is
	packaging/deb/build.sh $(BIN)/python

# The Python that each Debian has.
PYTHON_bookworm := 3.11
PYTHON_trixie   := 3.13

try-deb: $(VENV)/.runs       ## the packages for Debian 12 and 13: install, run and purge each in a clean root (root; five minutes)
	.ci/debian debootstrap
	packaging/deb/try.sh "$$(packaging/deb/build.sh $(BIN)/python "" $(PYTHON_bookworm))" bookworm
	packaging/deb/try.sh "$$(packaging/deb/build.sh $(BIN)/python "" $(PYTHON_trixie))" trixie

try-moving: $(VENV)/.runs    ## init, rename, backup on a clean Debian 12, restore on a clean 13 with other paths (root; ten minutes)
	.ci/debian debootstrap
	packaging/deb/try-moving.sh "$$(packaging/deb/build.sh $(BIN)/python "" $(PYTHON_bookworm))" bookworm \
	    "$$(packaging/deb/build.sh $(BIN)/python "" $(PYTHON_trixie))" trixie

try-container: deb           ## the container, built by buildah from a Debian made here (root; five minutes)
	.ci/debian debootstrap buildah
	packaging/container/try.sh "$$(ls -t dist/*.deb | head -1)"

try-arm: $(VENV)/.runs       ## the packages for arm64 and armhf, each in a Debian of its own under qemu-user (root; half an hour)
	.ci/debian debootstrap qemu-user-static
	packaging/deb/try-foreign.sh $(BIN)/python arm64
	packaging/deb/try-foreign.sh $(BIN)/python armhf

# Which Debian the virtual host is.
SUITE ?= bookworm
vm: $(VENV)/.runs            ## the package on a real kernel: QEMU, USB modems, udev, systemd, mains that fail (root; 15 minutes or more); SUITE=trixie
	.ci/debian qemu-system-x86 debootstrap openssh-client socat
	package=$$(packaging/deb/build.sh $(BIN)/python "" $(PYTHON_$(SUITE))) && \
	$(BIN)/python tests/vm/trial.py "$$package" --suite $(SUITE) $(ARGS)

vm-long: ARGS += --replugs 100 --mains 10
vm-long: vm                  ## the same with 100 replugs and ten mains fails (an hour)

try-clean:                   ## README's two commands in clean roots of Debian 12 and 13 (root; half an hour)
	.ci/debian debootstrap
	.ci/try-clean $(SUITES)

clean:                       ## remove what make made
	rm -rf $(VENV) build dist *.egg-info
