# Two commands do everything on a machine with Rust and Node: `make demo` and `make test`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PAGES := agent sandbox
DISTS := $(PAGES:%=web/%/dist/index.html)
# What a page is built from: its own folder, the generated client, and how texts are shown. Without what building leaves behind.
sources = $(shell find web/$(1) web/api web/text -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: demo test web bench prove api fmt lint help

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: web ## build Charla and run it with a simulated Meta and sample data
	@cargo run --quiet -p charla -- demo

test: ## install what the tests need, then run all of them
	@.ci/test

web: $(DISTS) ## build the pages that the binary carries

.stamps/build: .ci/setup .ci/tools
	@.ci/setup build
	@mkdir -p $(@D) && touch $@

.stamps/npm: package-lock.json package.json $(wildcard web/*/package.json) tests/browser/package.json | .stamps/build
	@echo "Fetching the web packages (npm ci)"
	@npm ci --silent --no-audit --no-fund
	@mkdir -p $(@D) && touch $@

define page
web/$(1)/dist/index.html: .stamps/npm $$(call sources,$(1))
	@echo "Building web/$(1)"
	@npm run --silent build --workspace web/$(1) -- --logLevel warn
	@touch $$@
endef
$(foreach name,$(PAGES),$(eval $(call page,$(name))))

bench: web ## measure the release build and print the numbers of the product beside their bars
	@cargo build --quiet --release -p charla
	@CHARLA_BIN=target/release/charla cargo bench --quiet -p charla-tests --bench bench

prove: web ## kill the release build 1,000 times on each engine and look for lost and doubled messages
	@.ci/setup test
	@cargo build --quiet --release -p charla
	@CHARLA_BIN=target/release/charla CHARLA_KILLS=1000 .ci/with-postgres \
		cargo test --quiet -p charla-tests --test kill -- --nocapture --test-threads=1

api: .stamps/npm ## generate docs/openapi.json and the TypeScript types from the routes
	@cargo run --quiet -p charla -- openapi > docs/openapi.json
	@npm run --silent generate --workspace web/api

fmt: .stamps/npm ## format all code
	@cargo fmt --all
	@npm run --silent format

lint: .stamps/npm ## the checks that run nothing: formatting, clippy, types, style
	@cargo fmt --all --check
	@cargo clippy --quiet --workspace --all-targets -- -D warnings
	@npm run --silent check
	@npm run --silent lint
