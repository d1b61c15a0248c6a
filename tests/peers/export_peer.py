"""GDAL reads back what a record is exported to, in every form: all features, with their geometry; gpxpy reads the GPX."""

import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import urllib.request
import zipfile

import gpxpy
import pyarrow.parquet
import shapely
import shapely.geometry

from night import COLLECTIONS, Night
from station import PATIENCE_S, ROOT

SHAPES = {"line": "LineString", "stretches": "LineString", "trails": "LineString", "coverage": "MultiPolygon"}


def read_back(path):
    """Features as GDAL reads them, over all layers of a file (KML may have several)."""
    target = path.with_suffix(path.suffix + ".read.geojsonl")
    target.unlink(missing_ok=True)
    layers = subprocess.run(["ogrinfo", "-ro", "-q", str(path)], check=True, capture_output=True, text=True).stdout
    found = []
    for line in layers.splitlines():
        layer = line.split(": ", 1)[1].rsplit(" (", 1)[0]
        read = subprocess.run(
            ["ogr2ogr", "-f", "GeoJSONSeq", "/vsistdout/", str(path), layer],
            check=True, capture_output=True, text=True, timeout=PATIENCE_S,
        )
        # Tracks come once more as their points.
        if path.suffix == ".gpx" and layer not in ("tracks", "waypoints"):
            continue
        found += [json.loads(feature.lstrip("\x1e")) for feature in read.stdout.splitlines() if feature]
    return found


def shape(feature):
    return feature["geometry"] and feature["geometry"]["type"]


def fetched(night, name, ending):
    """A live export as a file, and how many features it says it holds."""
    path = pathlib.Path(night.folder.name) / f"{name}.{ending}"
    address = f"{night.page}/api/export?what={name}&format={ending}"
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as reply:
        path.write_bytes(reply.read())
    if ending == "kmz":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            text = archive.read("doc.kml").decode()
    else:
        text = path.read_text()
    marks = {"geojson": '"type":"Feature",', "kml": "<Placemark>", "kmz": "<Placemark>"}
    if ending == "csv":
        return path, sum(1 for _ in csv.reader(io.StringIO(text, newline=""))) - 1
    if ending == "gpx":
        return path, text.count("<wpt ") + text.count("<trk>")
    return path, text.count(marks[ending])


def check_gpx(path, count):
    """gpxpy finds as many waypoints and tracks as there are features, each at a place, and tracks in order of time."""
    read = gpxpy.parse(path.read_text())
    assert len(read.waypoints) + len(read.tracks) == count, (path.name, len(read.waypoints), len(read.tracks), count)
    ways = [segment.points for track in read.tracks for segment in track.segments]
    for point in [*read.waypoints, *(point for way in ways for point in way)]:
        assert -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180, (path.name, point)
    for way in ways:
        times = [point.time for point in way if point.time]
        assert times == sorted(times), path.name
    return read


def check_parquet(night, name):
    """GDAL of Debian reads no Parquet: pyarrow does, and shapely the geometry, and both as GeoJSON tells them."""
    address = f"{night.page}/api/export?what={name}&format=parquet"
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as reply:
        table = pyarrow.parquet.read_table(io.BytesIO(reply.read()))
    about = json.loads(table.schema.metadata[b"geo"])
    assert about["version"] == "1.1.0" and about["columns"]["geometry"]["encoding"] == "WKB", about
    rows = {str(row["id"]): row for row in table.to_pylist()}
    told = {str(feature["id"]): feature for feature in night.all_of(name)["features"]}
    both = rows.keys() & told.keys()
    assert both, name
    for known in both:
        row, feature = rows[known], told[known]
        assert set(row) == {"id", "geometry", *feature["properties"]}, row
        # What moves may have moved between the two.
        if name in ("line", "stretches", "coverage", "sensors"):
            shape_of = row["geometry"] and shapely.from_wkb(row["geometry"])
            assert shape_of.equals(shapely.geometry.shape(feature["geometry"])), (name, known)
        if name in ("line", "stretches"):
            for column, value in feature["properties"].items():
                wanted = "; ".join(value) if isinstance(value, list) else value
                if column in ("from_km", "to_km", "length_km", "closed", "title_ar", "mover"):
                    assert row[column] == wanted, (column, row[column], wanted)


def main():
    assert shutil.which("ogr2ogr"), "ogr2ogr is missing: apt-get install -y gdal-bin"
    with Night() as night:
        night.until_all_is_there()
        for name in COLLECTIONS:
            for ending in ["geojson", "kml", "kmz", "gpx", "csv"]:
                if (name, ending) == ("coverage", "gpx"):
                    continue
                path, count = fetched(night, name, ending)
                found = read_back(path)
                if ending == "gpx":
                    check_gpx(path, count)
                assert len(found) == count > 0, (name, ending, len(found), count)
                if ending != "gpx" and name in SHAPES:
                    wanted = SHAPES[name]
                    odd = [f for f in found if shape(f) not in (wanted, wanted.removeprefix("Multi"), None)]
                    assert not odd, (name, ending, odd[:1])
            check_parquet(night, name)
            print(f"GDAL reads {count} {name} in every form, gpxpy their GPX")
        night.stop()
        path = pathlib.Path(night.folder.name) / "night.gpx"
        command = [str(ROOT / os.environ["WATCHLINE_BIN"]), "--json", "export", "--data", str(night.data)]
        command += ["--sector", "andorra", "--what", "tracks", "--out", str(path)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        assert len(read_back(path)) == told["features"] > 0, told
        tracks = check_gpx(path, told["features"]).tracks
        assert all(len(track.segments[0].points) > 0 and track.get_time_bounds().start_time for track in tracks), path
        print(f"GDAL and gpxpy read {told['features']} tracks of the record")
    print("ok")


main()
