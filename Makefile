# The commands of the project. `make demo` and `make test` do all the set-up they need.

CARGO ?= cargo
SECTOR ?= upper-euphrates
# Property tests try the same cases each time, so that a change fails for what it changed; `make soak` tries others.
export PROPTEST_RNG_SEED ?= 1
export WATCHLINE_BIN ?= target/release/watchline

.PHONY: demo test check bench fuzz sbom soak web test-rust test-web test-browser clean help

help: ## lists the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

demo: web ## a night on a border: builds the page and the station, then runs both
	$(CARGO) run --release --locked --bin watchline -- demo --sector $(SECTOR) $(DEMO_ARGS)

web: ## builds the operating picture into web/dist
	@tools/need.sh cargo node npm
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

test: web test-rust test-web test-browser ## everything: Rust, page, real browser, real clients

test-rust:
	$(CARGO) test --workspace --locked

test-web:
	cd web && npm run --silent check && npm test

test-browser:
	@tools/need.sh --install chromium
	$(CARGO) build --release --locked --bin watchline
	node web/tests/demo.e2e.mjs
	node web/tests/doors.e2e.mjs
	node web/tests/identity.e2e.mjs
	node web/tests/acts.e2e.mjs
	tests/peers/run.sh

check: ## format, lints, spelling, licences, known weaknesses
	tools/check.sh

bench: ## measures against peers in the same run; see docs/BENCHMARKS.md
	-@tools/need.sh --install gdal_viewshed grass
	$(CARGO) bench --workspace --locked
	tools/stonesoup-bench.sh
	tests/peers/python.sh tools/decoders_bench.py

fuzz: ## ten minutes of fuzzing for every decoder; FUZZ_SECONDS=60 for one
	tools/fuzz.sh

sbom: ## lists all that is built in, with versions, digests and licences (CycloneDX), into target/sbom
	tools/sbom.sh

soak: ## the long version of all that is made to fail; SOAK_MINUTES=60 for an hour of it
	tools/soak.sh

clean:
	$(CARGO) clean
	rm -rf web/dist web/node_modules
