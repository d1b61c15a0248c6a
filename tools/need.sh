#!/usr/bin/env bash
# Checks that programs are there; with --install, installs what Debian packages when it may. Says what to do otherwise.
set -euo pipefail

install=false
if [ "${1:-}" = "--install" ]; then
  install=true
  shift
fi

debian_package() {
  case "$1" in
    chromium) echo "chromium fonts-noto-core" ;;
    gdal_viewshed | ogr2ogr) echo "gdal-bin" ;;
    grass) echo "grass-core" ;;
    gst-rtsp-server)
      echo "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
      ;;
    *) echo "$1" ;;
  esac
}

how_to() {
  case "$1" in
    cargo) echo "install Rust 1.95 or later: https://rustup.rs" ;;
    node | npm) echo "install Node.js 20.19 or later: https://nodejs.org, or 'apt-get install nodejs npm' where it is new enough" ;;
    *) echo "apt-get install -y $(debian_package "$1")" ;;
  esac
}

# Libraries are called by the system's Python, not as programs.
there() {
  case "$1" in
    gst-rtsp-server) /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0"); gi.require_version("Gst", "1.0"); from gi.repository import Gst; Gst.init(None); assert all(map(Gst.ElementFactory.find, ("x264enc", "x265enc", "jpegenc", "rtph265pay")))' ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

missing=0
for program in "$@"; do
  there "$program" && continue
  if $install && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "installing $program" >&2
    # shellcheck disable=SC2046
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(debian_package "$program"); } >/dev/null
    there "$program" && continue
  fi
  echo "$program is missing: $(how_to "$program")" >&2
  missing=1
done
[ "$missing" = 0 ] || exit 2

case " $* " in
  *" node "*)
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); if (a < 20 || (a === 20 && b < 19)) { console.error(`node ${process.versions.node} is too old: install Node.js 20.19 or later`); process.exit(2) }'
    ;;
esac
