#!/usr/bin/env bash
# Fuzzes every decoder for FUZZ_SECONDS (600) each, or only the targets that are named, as many at a time as there are
# cores (FUZZ_JOBS). With 0 seconds the seeds alone are tried. Any finding fails. FUZZ_SEED (1) chooses what is drawn, so
# that a change fails for what it changed. A finding is a panic, an input that takes longer than 10 ms (`fuzz/src/lib.rs`
# measures each, but for sector files, which are the station's own), and a process that comes to hold 64 MB more than it
# does before it has read anything.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-600}
jobs=${FUZZ_JOBS:-$(nproc)}
seed=${FUZZ_SEED:-1}
held_mb=64

mapfile -t known < <(sed -n '/^\[\[bin\]\]/,/^path/ s/^name = "\(.*\)"/\1/p' fuzz/Cargo.toml | sort)
mapfile -t written < <(basename -s .rs fuzz/fuzz_targets/*.rs | sort)
[ "${known[*]}" = "${written[*]}" ] ||
  { echo "fuzz/Cargo.toml and fuzz/fuzz_targets do not name the same targets: add a [[bin]] for each" >&2; exit 2; }
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("${known[@]}")
for target in "${targets[@]}"; do
  compgen -G "fuzz/corpus/$target/*" >/dev/null ||
    { echo "fuzz/corpus/$target has no seeds: without them a fuzzer of this kind finds nothing" >&2; exit 2; }
done

# What cargo-fuzz does, for all targets in one build and by the stable compiler. No address sanitizer: no decoder holds
# unsafe code, and without it ten times as many inputs are tried.
host=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
RUSTFLAGS="--cfg fuzzing $coverage" cargo build --release --locked --manifest-path fuzz/Cargo.toml --target "$host" --bins

rustc --edition 2024 --test fuzz/src/lib.rs -o fuzz/target/bar && fuzz/target/bar --quiet

# The peak of a process that tries the empty input alone: what its tables and libFuzzer itself take.
floor_mb() {
  local nothing
  nothing=$(mktemp -d)
  "$1" "$nothing" -runs=0 -print_final_stats=1 2>&1 | awk '/peak_rss_mb/ {print $2}'
  rmdir "$nothing"
}

# What a run finds new goes to a folder of its own; the seeds that are checked in stay as they are. Inputs that libFuzzer
# keeps because they were new count against the decoder's memory: the bar is the stricter for that. The seconds of
# -timeout only end what would never end.
try() {
  local target=$1 found=fuzz/target/corpus/$1 log=fuzz/target/log/$1 limit floor
  mkdir -p "$found" "fuzz/artifacts/$target" "$(dirname "$log")"
  limit=-max_total_time=$seconds
  [ "$seconds" != 0 ] || limit=-runs=0
  floor=$(floor_mb "fuzz/target/$host/release/$target")
  [ -n "$floor" ] || { echo "$target does not run" >&2; return 1; }
  if "fuzz/target/$host/release/$target" "$found" "fuzz/corpus/$target" "$limit" "-seed=$seed" -timeout=10 "-rss_limit_mb=$((floor + held_mb))" \
    -print_final_stats=1 "-artifact_prefix=fuzz/artifacts/$target/" >"$log" 2>&1; then
    awk -v target="$target" -v floor="$floor" -v most="$held_mb" '/number_of_executed_units/ {runs = $2} /peak_rss_mb/ {peak = $2}
      END {
        printf "%-16s %10d inputs, at most %4d MB over its own %d\n", target, runs, peak - floor, floor
        if (peak - floor >= most) {print target ": held too much" > "/dev/stderr"; exit 1}
      }' "$log"
  else
    tail -n 40 "$log" >&2
    echo "$target: a finding; the input lies under fuzz/artifacts/$target" >&2
    return 1
  fi
}
export -f try floor_mb
export seconds seed host held_mb
printf '%s\n' "${targets[@]}" | xargs -P "$jobs" -I{} bash -c 'try {}'
