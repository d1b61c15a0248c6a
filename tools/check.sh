#!/usr/bin/env bash
# Format, lints, spelling, licences and known weaknesses; each failure says how to mend it.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "format: cargo fmt"
cargo fmt --all --check || { echo "mend with: cargo fmt --all" >&2; exit 1; }

echo "lints: cargo clippy"
cargo clippy --workspace --all-targets --locked -- -D warnings

echo "spelling: typos"
tools/python-tool.sh typos

echo "licences and sources: cargo deny"
tools/licences.sh

echo "known weaknesses: cargo audit"
tools/advisories.sh
