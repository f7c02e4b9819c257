# Every target is one script in scripts/, which says what it does; this file is only their table of contents.
PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR

.DEFAULT_GOAL := help
.PHONY: help demo test check lint format build bench install uninstall clean

help: ## show this list
	@printf 'macie-broker: make TARGET\n\n'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## build, then tell the whole story on a simulated Macie (needs no AWS account)
	@scripts/demo

test: ## lint, import check, protocol check and every test (what CI runs)
	@scripts/test

check: test ## the same as test

lint: ## format, file lengths, forbidden words, script syntax
	@scripts/setup lint
	@scripts/lint

format: ## rewrite the Swift files in the project's format
	@scripts/setup lint
	@scripts/format

build: ## the debug build that demo and test share
	@scripts/setup build
	@scripts/build

bench: ## measure beside the C floor, ssh-agent, the AWS CLI and boto3 (some minutes)
	@scripts/bench

install: ## release build, installed under PREFIX (/usr/local), staged in DESTDIR if given
	@scripts/install

uninstall: ## remove what install put there; configuration stays
	@scripts/uninstall

clean: ## remove .build and .venv
	rm -rf .build .venv Benchmarks/.build
