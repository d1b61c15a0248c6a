#!/usr/bin/env bash
# Runs the long version of every row of docs/RELIABILITY.md and tells how much of it was done. What fails is named with its
# seed, the rest is run all the same, and the end says so (1).
#
# SOAK_MINUTES bounds all of it (without it everything is done): each row has a share, begins nothing new when that is over,
# and is done once at least. SOAK_SEED chooses what is drawn; it is told, and repeats a run. SOAK_PROFILE=release runs what
# ships instead of what `make test` has built.
set -uo pipefail
cd "$(dirname "$0")/.."
minutes=${SOAK_MINUTES:-0}
first=${SOAK_SEED:-$(( $(date +%s) % 1000000 ))}
test="cargo test --locked --profile ${SOAK_PROFILE:-dev}"
logs=target/soak
failed=() runs=0 counted=0

rm -rf "$logs" && mkdir -p "$logs"
# All is built before the time counts.
$test --workspace --no-run --quiet || exit 2
[ "${SOAK_WATCHERS:-5000}" = 0 ] || cargo bench --locked -p station --bench doors --no-run --quiet || exit 2

# What a run tried: what its tests say that they counted, or else how many of them passed.
tried() {
  awk '/counted: / {sub(/.*counted: /, ""); said += $1}
    /^test result: / {passed += $4}
    END {print said ? said : passed + 0}' "$1"
}

# row NAME SHARE TIMES COMMAND...: TIMES times at most, with a seed of its own each. The shares are of a hundred.
row() {
  local name=$1 share=$2 times=$3 began=$SECONDS run=0 tried=0 seed log
  shift 3
  while [ "$run" -lt "$times" ]; do
    if [ "$run" -gt 0 ] && [ "$minutes" -gt 0 ] && [ $((SECONDS - began)) -ge $((minutes * share * 60 / 100)) ]; then break; fi
    seed=$((first + run)) run=$((run + 1)) log=$logs/${name// /-}.$((first + run - 1)).log
    if ! env PROPTEST_RNG_SEED="$seed" WATCHLINE_KILLS_SEED="$seed" WATCHLINE_WAYS_SEED="$seed" "$@" >"$log" 2>&1; then
      failed+=("$name, SOAK_SEED=$seed, in $log")
      echo "FAILED: ${failed[-1]}" >&2
    elif [ "$(tried "$log")" -eq 0 ]; then
      # A filter that names no test passes for ever.
      failed+=("$name tried nothing, in $log")
    fi
    tried=$((tried + $(tried "$log")))
  done
  runs=$((runs + run)) counted=$((counted + tried))
  printf '%-44s %9d in %3d runs, %5d s\n' "$name" "$tried" "$run" $((SECONDS - began))
}

echo "seeds from $first on${SOAK_MINUTES:+, $minutes minutes}"
lib="$test -p station --lib"
row 'kills of a writer' 20 50 env WATCHLINE_KILLS=200 $test -p station --test record_kill -- --nocapture
row 'kills of a whole station' 20 25 env WATCHLINE_KILLS=20 $test -p station --test station -- killed:: --nocapture
row 'plugs pulled' 15 5 env WATCHLINE_WAYS=32 $lib -- the_plug_is_pulled a_plug_that_is_pulled --nocapture
row 'requests that fail once' 5 1 $lib -- whichever_request --nocapture
row 'stores rebuilt' 3 2 $lib -- a_store_that_is_gone_or_damaged --nocapture
row 'clocks that leap' 7 20 $lib -- clocks:: clock:: relay::tests --nocapture
row 'whole stations on a full disk' 3 5 $test -p station --test station -- full::
row 'slow clients' 3 5 $test -p station --test station -- slow:: witnessed::
row 'records that are changed' 2 1 $lib -- any_byte entries_dropped another_past tail_
row 'property tests of all rooms' 20 20 $test --workspace --lib --no-fail-fast
if [ "${SOAK_WATCHERS:-5000}" != 0 ]; then
  row 'watchers of a station' 2 1 env WATCHLINE_WATCHERS="${SOAK_WATCHERS:-5000}" \
    sh -c 'cargo bench --locked -p station --bench doors && echo "counted: $WATCHLINE_WATCHERS"'
fi

printf 'in all: %d tried in %d runs, %d s, %d failed\n' "$counted" "$runs" "$SECONDS" "${#failed[@]}"
[ ${#failed[@]} -eq 0 ] || { printf 'FAILED: %s\n' "${failed[@]}" >&2; exit 1; }
