# The short way to everything. All targets use the one release profile and one target folder
# (CARGO_TARGET_DIR if it is set, else ./target) and build the whole workspace: a part of it would
# choose other features of shared dependencies and compile RocksDB a second time.

SHELL := /bin/bash
CARGO := cargo
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)

.PHONY: help setup build demo test bench

help:
	@echo 'make setup             install what the build needs (Debian, Ubuntu)'
	@echo 'make build             build the program: target/release/quorate'
	@echo 'make demo              three nodes, approvals, a killed leader; ends with "demo: ok"'
	@echo 'make demo MODEL=FILE   the same, and drive the processes of FILE to their ends;'
	@echo "                       MODEL_ARGS='-v amount=12' gives their first variables"
	@echo 'make test              run every test'
	@echo 'make bench ARGS=...    run the load generator'

# Quick and offline when nothing is missing.
setup:
	@.ci/setup

build: setup
	$(CARGO) build --locked --release --workspace

demo: build
	@demo/run.sh $(if $(MODEL),'$(MODEL)')

test: setup
	$(CARGO) test --locked --release --workspace

bench: build
	$(TARGET)/release/bench $(ARGS)
