#!/usr/bin/env bash
# Checks licences, bans and sources of everything that is built in, with a cargo-deny that is built once under target/.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.20.2
tools=target/tools
if ! "$tools/bin/cargo-deny" --version 2>/dev/null | grep -q " $version$"; then
  echo "building cargo-deny $version once (about two minutes)" >&2
  cargo install --quiet --locked --debug --no-default-features --root "$tools" --target-dir target/tools-build "cargo-deny@$version"
  rm -rf target/tools-build
fi
"$tools/bin/cargo-deny" check --hide-inclusion-graph licenses bans sources
