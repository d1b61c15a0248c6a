#!/usr/bin/env bash
# Holds Cargo.lock against RustSec's list of known weaknesses, with cargo-audit.
#
# The list is published by git. Where that cannot be reached, a clone of it that somebody carried in is named by
# WATCHLINE_ADVISORIES; without one nothing can be said of weaknesses, and that is told.
set -euo pipefail
cd "$(dirname "$0")/.."
list=https://github.com/RustSec/advisory-db
# Of work with a secret RSA key: passkeys' signatures are only verified.
audit=(tools/python-tool.sh cargo-audit audit --quiet --ignore RUSTSEC-2023-0071)

# A list that names a crate of ours must be a failure, or all that follows says nothing.
made_up=$(mktemp -d)
trap 'rm -rf "$made_up"' EXIT
mkdir -p "$made_up/crates/serde"
cat >"$made_up/crates/serde/RUSTSEC-2000-0001.md" <<'END'
```toml
[advisory]
id = "RUSTSEC-2000-0001"
package = "serde"
date = "2000-01-01"

[versions]
patched = []
```

# Made up

To see that it is found.
END
git -C "$made_up" init --quiet
git -C "$made_up" add crates
git -C "$made_up" -c user.name=check -c user.email=check@localhost commit --quiet --message "A made-up weakness"
if found=$("${audit[@]}" --db "$made_up" --no-fetch --stale 2>&1); then
  echo "cargo-audit passes over a weakness that it was shown" >&2
  exit 1
elif ! grep -q RUSTSEC-2000-0001 <<<"$found"; then
  echo "cargo-audit cannot be run: $found" >&2
  exit 2
fi

for lock in Cargo.lock fuzz/Cargo.lock; do
  if [ -n "${WATCHLINE_ADVISORIES:-}" ]; then
    "${audit[@]}" --file "$lock" --db "$WATCHLINE_ADVISORIES" --no-fetch --stale
  elif timeout 20 git ls-remote --quiet "$list" HEAD >/dev/null 2>&1; then
    "${audit[@]}" --file "$lock"
  else
    echo "NOT CHECKED: $list cannot be reached; WATCHLINE_ADVISORIES=DIR names a clone of it" >&2
    break
  fi
done
