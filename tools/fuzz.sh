#!/usr/bin/env bash
# Fuzzes every decoder for FUZZ_SECONDS (60) each, or only the targets that are named. Any finding fails.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}

cargo fuzz --version >/dev/null 2>&1 ||
  { echo "cargo-fuzz is missing: cargo install --locked cargo-fuzz" >&2; exit 2; }

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list)

# No address sanitizer: no decoder holds unsafe code, without it ten times as many inputs are tried, and
# the stable compiler is enough. What a run finds new goes to a folder of its own; the seeds that are
# checked in stay as they are.
for target in "${targets[@]}"; do
  found=fuzz/target/corpus/$target
  mkdir -p "$found"
  [ -d "fuzz/corpus/$target" ] ||
    { echo "fuzz/corpus/$target has no seeds: without them a fuzzer of this kind finds nothing" >&2; exit 2; }
  echo "fuzzing $target for $seconds s" >&2
  cargo fuzz run --sanitizer none "$target" "$found" "fuzz/corpus/$target" -- \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=512 -print_final_stats=1
done
