#!/usr/bin/env bash
# Runs every property test with SOAK_SEEDS (20) seeds of their own, each for the cases that `make test` tries with one.
# A seed that fails is named; PROPTEST_RNG_SEED=SEED runs it again.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${SOAK_SEEDS:-20}
first=$(( $(date +%s) % 1000000 ))

failed=()
for seed in $(seq "$first" $((first + seeds - 1))); do
  echo "seed $seed" >&2
  PROPTEST_RNG_SEED=$seed cargo test --workspace --locked --lib --no-fail-fast --quiet || failed+=("$seed")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed with seeds: ${failed[*]}" >&2; exit 1; }
