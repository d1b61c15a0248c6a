#!/usr/bin/env bash
# Lists what the station and its page are built of, as CycloneDX 1.5 in JSON under target/sbom. cargo-cyclonedx is built once
# under target/.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.5.7
tools=target/tools out=target/sbom
if ! "$tools/bin/cargo-cyclonedx" cyclonedx --version 2>/dev/null | grep -q " $version$"; then
  echo "building cargo-cyclonedx $version once (about two minutes)" >&2
  cargo install --quiet --locked --debug --root "$tools" --target-dir target/tools-build "cargo-cyclonedx@$version"
  rm -rf target/tools-build
fi
mkdir -p "$out"
"$tools/bin/cargo-cyclonedx" cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps --override-filename sbom \
  --manifest-path crates/station/Cargo.toml
mv crates/station/sbom.json "$out/station.cdx.json"
# The tool writes one file for every crate of the workspace; the station's holds them all.
find crates fuzz -name sbom.json -delete
(cd web && npm sbom --sbom-format cyclonedx --omit dev) > "$out/page.cdx.json"
for file in "$out"/*.cdx.json; do
  python3 - "$file" <<'PY'
import json, sys
parts = json.load(open(sys.argv[1])).get("components", [])
assert parts, f"{sys.argv[1]} lists nothing"
print(f"{sys.argv[1]}: {len(parts)} parts")
PY
done
