# What one can do here: `make help`. Python 3.11+, make and bash are all that has to be there.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

SERVICES := services/api services/scheduler services/storer
ON_CONTRACTS := $(SERVICES)
PACKAGES := libs/calendar-contracts $(SERVICES)
PROJECTS := $(patsubst %/pyproject.toml,%, \
    $(wildcard $(PACKAGES:%=%/pyproject.toml) deploy/*/pyproject.toml */pyproject.toml))
# Stamps: what a project needs is installed; only what it needs to run is.
INSTALLED := $(PROJECTS:%=%/.venv/.installed)
RUNTIME := $(PROJECTS:%=%/.venv/.runtime)
RUNNABLE := $(SERVICES:%=%/.venv/.runtime)

UV_VERSION := 0.13.9
UV := $(CURDIR)/.tools/bin/uv
LOCAL := $(CURDIR)/deploy/local/.venv/bin/calendar_local
CHECKS := checks/.venv/bin

# Services start in half the time with the bytecode that Python keeps, in the folders of this tree only.
unexport PYTHONDONTWRITEBYTECODE

# The machine's own Python and certificates, and pip's mirror where there is one.
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

# The first Python on the PATH that is new enough; `make PYTHON=… install` names another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do $$name -c \
    'import sys; print(sys.executable) if sys.version_info >= (3, 11) else sys.exit(1)' \
    2>/dev/null && break; done)

# Ends a recipe with a sentence for each argument.
FAIL := sh -c 'printf "%s\n" "$$@" >&2; exit 1' fail

.PHONY: help
help: ## list what one can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---------------------------------------------------------------------------------- install

.PHONY: install
install: $(INSTALLED) ## install every project into its own .venv

# Installs the project $* from one of its locks. Only uv's downloads and errors are printed.
define INSTALL
@echo "Installing $*"
@test -x $*/.venv/bin/python || $(UV) venv --quiet --clear --python .tools/bin/python $*/.venv
@$(UV) pip sync --python $*/.venv --require-hashes $*/$(1) 2>&1 \
    | { grep -E --line-buffered -v '^( [-+~] |Using|Resolved|Prepared|Uninstalled|Installed|Audited)' || true; } \
    || $(FAIL) "$* could not be installed: the lines above say why." \
    "The packages come from a registry; PIP_INDEX_URL=https://… names a mirror of it."
@$(UV) pip install --quiet --python $*/.venv --no-deps \
    $(if $(filter $*,$(ON_CONTRACTS)),-e libs/calendar-contracts) \
    $(if $(filter $*,faults benchmarks),-e deploy/local) \
    $(if $(filter $*,deploy/helm),-e features) -e $*
endef

$(INSTALLED): %/.venv/.installed: %/requirements-dev.lock %/pyproject.toml | $(UV)
	$(call INSTALL,requirements-dev.lock)
	@touch $@ $*/.venv/.runtime

# Without what only tests and checks need. Where that is installed already, it stays.
$(RUNTIME): %/.venv/.runtime: %/requirements.lock %/pyproject.toml | $(UV)
	$(call INSTALL,$(if $(wildcard $*/.venv/.installed),requirements-dev.lock,requirements.lock))
	@touch $@

stamps = $(foreach project,$(1),$(project)/.venv/.installed $(project)/.venv/.runtime)
$(call stamps,$(ON_CONTRACTS)): libs/calendar-contracts/pyproject.toml
$(call stamps,faults benchmarks): deploy/local/pyproject.toml
$(call stamps,deploy/helm): features/pyproject.toml

$(UV):
	@test -n "$(PYTHON)" || $(FAIL) "There is no Python 3.11 or newer on the PATH." \
	    "Install one, or name it: make PYTHON=/path/to/python3 install"
	@echo "Installing uv $(UV_VERSION) into .tools, with $(PYTHON)"
	@"$(PYTHON)" -m venv --clear .tools || $(FAIL) "$(PYTHON) cannot make a virtual environment." \
	    "Install what it lacks (Debian: apt install python3-venv), or name another Python:" \
	    "make PYTHON=/path/to/python3 install"
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
	    || $(FAIL) "uv could not be installed: the lines above say why." \
	    "It comes from a package registry; PIP_INDEX_URL=https://… names a mirror of it."

# -------------------------------------------------------------------------------------- run

.PHONY: run
run: $(RUNNABLE) deploy/local/.venv/.runtime ## run PostgreSQL, Kafka and the three services
	@exec $(LOCAL) run

.PHONY: stack
stack: deploy/local/.venv/.runtime ## run PostgreSQL and Kafka alone
	@exec $(LOCAL) stack

# ------------------------------------------------------------------------------------- test

# Some suites only, and arguments for pytest: make test TESTS=services/api ARGS="-k window"
TESTS ?= $(filter-out clients,$(PROJECTS))
ARGS ?=
# WEEKLY=1: also the tests that repeat what others prove, and more examples of each property.
WEEKLY ?=
export WEEKLY
RUN_SUITE := $(MAKE) --no-print-directory suite SUITE
# What a suite needs: running services, PostgreSQL and Kafka, or nothing (or what it starts itself).
ON_SERVICES := clients deploy/observability features
ON_SERVERS := $(SERVICES)

# Three suites at a time, each with servers of its own, and its output when it ends. Then the scenarios, alone:
# they say how late notifications may be.
.PHONY: test
test: install ## run all tests, each suite with a PostgreSQL and a Kafka of its own
ifeq ($(words $(TESTS)),1)
	@$(RUN_SUITE)=$(TESTS)
else
	@echo "Testing three suites at a time. The output of each comes when it ends."
	@exec 3>&1; failed=$$(printf '%s\n' $(filter-out features,$(TESTS)) | xargs -P 3 -n 1 bash -c \
	    'output=$$($(RUN_SUITE)=$$1 2>&1) || echo "$$1"; echo "$$output" >&3' suite); \
	    test -z "$$failed" || $(FAIL) "Failed, see above:" $$failed
	@$(if $(filter features,$(TESTS)),$(RUN_SUITE)=features)
endif
	@echo "All tests passed."

# Runs one suite, with what it needs.
.PHONY: suite
suite:
	@echo "Testing $(SUITE)"
	@cd $(SUITE) && \
	    $(if $(filter $(ON_SERVICES),$(SUITE)),CALENDAR_SCHEDULER__CLEANUP_INTERVAL=PT1S \
	        $(if $(filter features,$(SUITE)),.venv/bin/python -m calendar_features.receiver --) $(LOCAL) exec --services --) \
	    $(if $(filter $(ON_SERVERS),$(SUITE)),$(LOCAL) exec --) \
	    .venv/bin/pytest --quiet $(if $(WEEKLY),-m "") $(ARGS) || $(FAIL) \
	    "The tests of $(SUITE) failed. These alone once more: make test TESTS=$(SUITE)"

# Three at a time, each with servers of its own: the cases wait more than they work.
JOBS ?= 3
# One case for each kind of fault; WEEKLY=1 runs all cases, as CI does once a week.
.PHONY: test-faults
test-faults: $(RUNNABLE) faults/.venv/.installed ## inject faults into a system in use (4 minutes; all with WEEKLY=1)
	@cd faults && .venv/bin/pytest --quiet --numprocesses $(JOBS) $(if $(WEEKLY),-m "") tests/faults $(ARGS)

# Of each operation; as many journeys of several calls along the links. The same ones each time: the
# same code gets the same verdict. SEED=… throws others.
EXAMPLES ?= $(if $(WEEKLY),1300,300)
.PHONY: test-input
test-input: services/api/.venv/.installed deploy/local/.venv/.runtime ## throw 5,000 requests at the API (2 minutes; WEEKLY=1: 6)
	@PUBLISHED_API_EXAMPLES=$(EXAMPLES) $(if $(SEED),PUBLISHED_API_SEED=$(SEED)) $(RUN_SUITE)=services/api \
	    ARGS="tests/integration/test_published_api.py tests/integration/test_protocol.py"

# Some clients only: make clients ARGS="-k java"
.PHONY: clients
clients: clients/.venv/.installed $(RUNNABLE) deploy/local/.venv/.runtime ## generate clients of both APIs in four languages, and use them (1 minute)
	@$(RUN_SUITE)=clients

.PHONY: weekly
weekly: ## do all that CI does, and leave no test out (1 hour)
	@WEEKLY=1 bash .ci/run

# SEED=… repeats the faults of another run.
MINUTES ?= 60
.PHONY: soak
soak: $(RUNNABLE) faults/.venv/.runtime ## inject random faults, MINUTES=60 long
	@faults/.venv/bin/calendar_faults soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

# Some paths only: make bench PATHS="create list"
PATHS ?=
.PHONY: bench
bench: $(RUNNABLE) benchmarks/.venv/.runtime ## measure every path beside its ceiling (16 minutes)
	@benchmarks/.venv/bin/calendar_benchmarks run $(PATHS)

.PHONY: check
check: install ## check style, types, independence and compatibility, without tests
	@echo "Checking style"
	@$(CHECKS)/ruff check --quiet . && $(CHECKS)/ruff format --quiet --check . \
	    || $(FAIL) "The style is not right: make format mends what a machine can mend."
	@printf '%s %s\n' $(foreach project,$(PROJECTS),$(project) $(project)) deploy/compose/tests features \
	    | xargs -P 2 -n 2 bash -c 'echo "Checking the types of $$1"; cd "$$1" && exec \
	    "$(CURDIR)/$$2/.venv/bin/mypy" --config-file "$(CURDIR)/mypy.ini" --no-error-summary .' mypy
	@for project in $(PROJECTS); do \
	    echo "Checking the dependencies of $$project"; \
	    report=$$(cd $$project && PYTHONPATH=$$(echo .venv/lib/python*/site-packages) \
	        $(CURDIR)/$(CHECKS)/deptry --no-ansi src 2>&1) || $(FAIL) "$$report"; \
	done
	@echo "Checking who imports whom"
	@PYTHONPATH=$$(printf '%s/src:' $(PACKAGES)) $(CHECKS)/lint-imports --no-logo
	@echo "Checking that the documents of the APIs break no client"
	@$(CHECKS)/python -m calendar_checks.breaking

.PHONY: format
format: checks/.venv/.installed ## format the code, and mend what ruff can mend
	@$(CHECKS)/ruff format --quiet .
	@$(CHECKS)/ruff check --quiet --fix .

# ------------------------------------------------------------------------------- containers

.PHONY: images
images: ## build the container images
	@docker compose --profile '*' build

.PHONY: up
up: ## start the whole system in containers
	@docker compose up --wait

.PHONY: down
down: ## stop the containers; the data stays
	@docker compose --profile '*' down

.PHONY: acceptance
acceptance: features/.venv/.installed deploy/observability/.venv/.installed ## pass all scenarios against the containers
	@deploy/compose/acceptance

.PHONY: kind-up
kind-up: images ## run Calendar on a kind cluster of this machine
	@deploy/helm/kind/up

.PHONY: kind-down
kind-down: ## remove that cluster
	@deploy/helm/kind/down

.PHONY: acceptance-kind
acceptance-kind: images deploy/helm/.venv/.installed ## pass the scenarios of Kubernetes on a kind cluster of their own
	@deploy/helm/kind/acceptance

# ---------------------------------------------------------------------------------- release

COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header \
    --python-version 3.11 $(addprefix --no-emit-package calendar-,contracts features local)

.PHONY: lock
lock: | $(UV) ## write all lock files anew (ARGS=--upgrade: with the newest versions)
	@for project in $(PROJECTS); do \
	    echo "Locking $$project"; \
	    cd $(CURDIR)/$$project; \
	    $(COMPILE) $(ARGS) pyproject.toml -o requirements.lock; \
	    $(COMPILE) $(ARGS) --group dev pyproject.toml -o requirements-dev.lock; \
	done

.PHONY: dist
dist: checks/.venv/.installed ## build four wheels and three executable files into dist/
	@echo "Building the wheels, and one executable file for each service"
	@rm -rf dist && $(CHECKS)/python -m calendar_checks.dist dist

.PHONY: sbom
sbom: checks/.venv/.installed ## write what runs in each service's image to dist/sbom/
	@echo "Writing bills of materials"
	@$(CHECKS)/python -m calendar_checks.sbom dist/sbom

.PHONY: audit
audit: checks/.venv/.installed ## look for known vulnerabilities in all that is locked
	@echo "Looking for known vulnerabilities"
	@$(CHECKS)/python -m calendar_checks.audit

.PHONY: licences
licences: $(RUNNABLE) checks/.venv/.installed ## write docs/licences.md anew
	@$(CHECKS)/python -m calendar_checks.licences

# ------------------------------------------------------------------------------------ clean

.PHONY: clean-data
clean-data: deploy/local/.venv/.runtime ## remove what `make run` has stored
	@$(LOCAL) clean

.PHONY: clean
clean: ## remove what was built, and the caches of tools
	@rm -rf dist build reports
	@find . -name .venv -prune -o -type d \( -name __pycache__ -o -name .hypothesis -o -name '.*_cache' \) \
	    -prune -exec rm -rf {} +

.PHONY: clean-all
clean-all: clean ## remove also what is installed and what is stored
	@test ! -x $(LOCAL) || $(LOCAL) clean
	@rm -rf .local .tools $(PROJECTS:%=%/.venv)
