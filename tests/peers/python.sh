#!/usr/bin/env bash
# Runs Python with the clients that other people wrote, from a private environment that is made on first use.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
environment=$here/../../target/peers
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
  python3 -m venv --clear "$environment" || { echo "python3 with venv is missing: apt-get install -y python3-venv" >&2; exit 2; }
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$environment/requirements.txt"
fi
exec "$environment/bin/python" "$@"
