#!/usr/bin/env bash
# Runs clients that other people wrote against a real station: WATCHLINE_BIN names the binary.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${WATCHLINE_BIN:-target/release/watchline}
[ -x "$binary" ] || { echo "$binary is missing: cargo build --release --bin watchline" >&2; exit 2; }

tools/need.sh --install ogr2ogr mosquitto ffmpeg gst-rtsp-server

for peer in tests/peers/*_peer.py; do
  echo "== $peer" >&2
  WATCHLINE_BIN=$binary tests/peers/python.sh "$peer"
done
