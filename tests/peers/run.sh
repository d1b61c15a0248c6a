#!/usr/bin/env bash
# Runs clients that other people wrote against a real station: WATCHLINE_BIN names the binary.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${WATCHLINE_BIN:-target/release/watchline}
[ -x "$binary" ] || { echo "$binary is missing: cargo build --release --bin watchline" >&2; exit 2; }

tools/need.sh --install ogr2ogr mosquitto ffmpeg gst-rtsp-server

environment=target/peers
if ! cmp -s tests/peers/requirements.txt "$environment/requirements.txt"; then
  python3 -m venv --clear "$environment" || { echo "python3 with venv is missing: apt-get install -y python3-venv" >&2; exit 2; }
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement tests/peers/requirements.txt
  cp tests/peers/requirements.txt "$environment/requirements.txt"
fi

for peer in tests/peers/*_peer.py; do
  echo "== $peer" >&2
  WATCHLINE_BIN=$binary "$environment/bin/python" "$peer"
done
