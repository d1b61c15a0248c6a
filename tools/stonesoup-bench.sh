#!/usr/bin/env bash
# Runs Stone Soup from PyPI on the workloads that `cargo bench -p watch` wrote, and prints both side by side.
set -euo pipefail
cd "$(dirname "$0")/.."
version=1.9.1
environment=target/stonesoup-$version
if ! "$environment/bin/python" -c 'import stonesoup' 2>/dev/null; then
  python3 -m venv "$environment" && "$environment/bin/pip" install --quiet --disable-pip-version-check "stonesoup==$version" || {
    echo "SKIPPED: Stone Soup $version could not be installed from PyPI, so nothing is compared" >&2
    rm -rf "$environment"
    exit 0
  }
fi
exec "$environment/bin/python" tools/stonesoup_bench.py target/tracking-bench "$@"
