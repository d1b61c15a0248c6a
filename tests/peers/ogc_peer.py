"""GDAL and OWSLib read every collection of a night under way: all features, where they are, page by page."""

import json
import pathlib
import shutil
import subprocess
import tempfile

from owslib.ogcapi.features import Features

from night import COLLECTIONS, Night
from station import PATIENCE_S

# Features of a page: fewer than most collections have.
PAGE = 7


def steady(night, read, tries=20):
    """What `read` gives while no feature comes or goes: the night goes on."""
    for _ in range(tries):
        before = {name: sorted(ids(night.all_of(name))) for name in COLLECTIONS}
        found = read()
        if before == {name: sorted(ids(night.all_of(name))) for name in COLLECTIONS}:
            return found, before
    raise AssertionError("the night never stood still")


def ids(page):
    return [str(feature["id"]) for feature in page["features"]]


def converted(night, folder):
    """Every layer as GDAL reads it, through pages of seven features, written as GeoJSON."""
    found = {}
    for name in COLLECTIONS:
        target = pathlib.Path(folder) / f"{name}.geojson"
        target.unlink(missing_ok=True)
        command = ["ogr2ogr", "-f", "GeoJSON", str(target), f"OAPIF:{night.page}/ogc", name]
        subprocess.run(command + ["-oo", f"PAGE_SIZE={PAGE}"], check=True, capture_output=True, timeout=PATIENCE_S)
        found[name] = json.loads(target.read_text())["features"]
    return found


def check_gdal(night):
    listed = subprocess.run(
        ["ogrinfo", "-ro", f"OAPIF:{night.page}/ogc"],
        check=True, capture_output=True, text=True, timeout=PATIENCE_S,
    ).stdout
    assert all(name in listed for name in COLLECTIONS), listed
    with tempfile.TemporaryDirectory() as folder:
        read, known = steady(night, lambda: converted(night, folder))
    for name in COLLECTIONS:
        assert len(read[name]) == len(known[name]), (name, len(read[name]), len(known[name]))
    for name in ["line", "sensors", "stretches"]:
        # GDAL turns numbers into its own; both tell features in the same order.
        for feature, known in zip(read[name], night.all_of(name)["features"]):
            assert near(feature["geometry"]["coordinates"], known["geometry"]["coordinates"]), (feature, known)
    print("GDAL:", ", ".join(f"{len(read[name])} {name}" for name in COLLECTIONS))


def near(one, other):
    if isinstance(one, (int, float)):
        return abs(one - other) < 1e-6
    return len(one) == len(other) and all(near(a, b) for a, b in zip(one, other))


def paged(service, name):
    """Ids of all features of a collection as OWSLib reads them page by page, and as it reads them at once."""
    found, after = [], {}
    while True:
        page = service.collection_items(name, limit=PAGE, **after)
        assert page["numberReturned"] == len(page["features"]), (name, page["numberReturned"])
        found += ids(page)
        if len(page["features"]) < PAGE:
            break
        after = {"after": page["features"][-1]["id"]}
    whole = service.collection_items(name, limit=10000)
    return found, ids(whole), whole["numberMatched"]


def check_owslib(night):
    service = Features(night.page + "/ogc/")
    conformance = service.conformance()["conformsTo"]
    for part in ["core", "geojson", "oas30"]:
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}" in conformance, conformance
    assert service.api()["openapi"].startswith("3.0."), "OWSLib finds the definition"
    assert sorted(service.feature_collections()) == sorted(COLLECTIONS), service.feature_collections()
    read, known = steady(night, lambda: {name: paged(service, name) for name in COLLECTIONS})
    for name, (pages, whole, matched) in read.items():
        assert pages == whole and sorted(pages) == known[name] and len(pages) == matched > 0, (name, pages, whole, matched)
        # Tracks and trails come and go.
        if name not in ("tracks", "trails"):
            one = service.collection_item(name, pages[0])
            assert str(one["id"]) == pages[0] and one["type"] == "Feature", one
    unit = service.collection_items("units")["features"][0]
    lon, lat = unit["geometry"]["coordinates"]
    there = service.collection_items("units", bbox=[lon - 1e-4, lat - 1e-4, lon + 1e-4, lat + 1e-4])
    assert unit["id"] in ids(there) and there["numberMatched"] < 4, there
    old = service.collection_items("alerts", datetime="../2020-01-01T00:00:00Z")
    assert old["numberMatched"] == 0, old
    print("OWSLib:", ", ".join(f"{len(pages)} {name}" for name, (pages, _, _) in read.items()), "in pages; box, time, single features")


def main():
    assert shutil.which("ogr2ogr"), "ogr2ogr is missing: apt-get install -y gdal-bin"
    with Night() as night:
        night.until_all_is_there()
        check_gdal(night)
        check_owslib(night)
    print("ok")


main()
