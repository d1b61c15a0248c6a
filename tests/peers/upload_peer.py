"""requests as a program that brings files, gpxpy's tracks, a folder of reports, and receivers whose sentences pynmea2 builds: all of it is seen in the picture."""

import datetime
import json
import math
import pathlib
import socket
import tempfile
import threading
import time

import gpxpy.gpx
import pynmea2
import requests

from station import PATIENCE_S, Station

RADAR, UNIT, OTHER_UNIT = "post-3-radar", "patrol-1", "patrol-2"
PLACE = (1.52918, 42.43618)
NEAR_M, SPEED_MPS = 400.0, 2.0


def instant(ago_s=0.0):
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago_s)
    return then.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def shifted(azimuth_deg, metres):
    """A place so far from the radar."""
    north, east = metres * math.cos(math.radians(azimuth_deg)), metres * math.sin(math.radians(azimuth_deg))
    return PLACE[0] + east / (111_320 * math.cos(math.radians(PLACE[1]))), PLACE[1] + north / 111_320


def sentence(place, kind="RMC"):
    """A sentence of now as pynmea2 writes it, which reads it back to the same place."""
    lon, lat = place
    now = datetime.datetime.now(datetime.timezone.utc)
    degrees = lambda value, digits: f"{int(value):0{digits}d}{(value % 1) * 60:07.4f}"
    where = (degrees(lat, 2), "N", degrees(lon, 3), "E")
    fields = {
        "RMC": (f"{now:%H%M%S}.00", "A", *where, "0.0", "0.0", f"{now:%d%m%y}", "", ""),
        "GGA": (f"{now:%H%M%S}.00", *where, "1", "08", "0.9", "1020.4", "M", "50.1", "M", "", ""),
    }
    made = str({"RMC": pynmea2.RMC, "GGA": pynmea2.GGA}[kind]("GP", kind, fields[kind]))
    read = pynmea2.parse(made, check=True)
    assert math.dist((read.longitude, read.latitude), place) < 1e-5, made
    return f"{made}\r\n"


def walked(points):
    """A GPX file as gpxpy writes it: one track with places that are so many seconds old."""
    now = datetime.datetime.now(datetime.timezone.utc)
    segment = gpxpy.gpx.GPXTrackSegment()
    for (lon, lat), ago_s in points:
        at = now - datetime.timedelta(seconds=ago_s)
        segment.points.append(gpxpy.gpx.GPXTrackPoint(lat, lon, elevation=1020.0, time=at))
    whole = gpxpy.gpx.GPX()
    whole.tracks.append(gpxpy.gpx.GPXTrack(name="Patrol & dog"))
    whole.tracks[0].segments.append(segment)
    return whole.to_xml(version="1.1")


def bring(station, what, of, data, kind, key=None):
    headers = {"Content-Type": kind} | ({"Idempotency-Key": key} if key else {})
    return requests.post(f"{station.page}/api/ingest/{what}?{of}", data=data, headers=headers, timeout=PATIENCE_S)


def taken(reply):
    assert reply.status_code == 200, reply.text
    return reply.json()


def detections(station):
    """Walkers around the radar in all three forms, until they are tracks."""
    of, began = f"sensor={RADAR}", time.monotonic()
    forms = [
        ("text/csv", lambda rows: "time,lat_deg,lon_deg,error_m,class\n" + "\n".join(
            f"{at},{lat},{lon},8,person" for at, lon, lat in rows)),
        ("application/json", lambda rows: json.dumps([
            {"time": at, "lat_deg": lat, "lon_deg": lon, "error_m": 8, "class": "person"} for at, lon, lat in rows])),
        ("application/geo+json", lambda rows: json.dumps({"type": "FeatureCollection", "features": [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]},
             "properties": {"time": at, "error_m": 8, "class": "person"}} for at, lon, lat in rows]})),
    ]
    number, last = 0, None
    tracks = []
    while not tracks and time.monotonic() < began + 3 * PATIENCE_S:
        kind, write = forms[number % 3]
        number += 1
        far_m = NEAR_M + SPEED_MPS * (time.monotonic() - began)
        rows = [(instant(), *shifted(azimuth, far_m)) for azimuth in range(0, 360, 45)]
        last = (kind, write(rows))
        answer = taken(bring(station, "detections", of, last[1], kind))
        assert answer["accepted"] == 8 and not answer["rejected"], answer
        time.sleep(1)
        tracks = [track for track in station.picture()["tracks"] if RADAR in track["seen_by"]]
    assert tracks, station.picture()["sensors"]
    again = taken(bring(station, "detections", of, last[1], last[0]))
    assert (again["accepted"], again["repeated"]) == (0, 8), again
    wrong = f"time,lat_deg,lon_deg\n{instant()},91,1\n{instant()},NaN,1\n0000-01-01T00:00:00Z,42,1\n{instant()},1e308,1\n"
    faults = taken(bring(station, "detections", of, wrong, "text/csv"))
    assert faults["rejected"] == 4 and faults["faults"][0]["field"] == "lat_deg", faults
    strange = bring(station, "detections", "sensor=nowhere", wrong, "text/csv")
    assert strange.status_code == 404 and strange.json()["code"] == "sensor-unknown", strange.text
    return len(tracks)


def weather(station, folder):
    """A report by HTTP, one from the folder that is mended there, and a forecast."""
    stamp = lambda ahead_h=0: (
        datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=ahead_h)
    )
    report = f"METAR LESU {stamp():%d%H%M}Z AUTO 24010MPS 0800 DS VV002"
    assert taken(bring(station, "weather", "", report, "text/plain"))["accepted"] == 1
    folder_report = f"{stamp():%d%H%M}Z 20005MPS 6000"
    (folder / "a.txt").write_text(f"METAR LEGE {folder_report}\n")
    seen = lambda name, metres: station.until(
        f"{name}'s weather", lambda p: [w for w in p["weather"] if w["source"] == name and w["visibility_m"] == metres]
    )
    (told,) = seen("LESU", 800)
    assert told["dust"] and told["from_line_m"] > 0 and told["observed_at"], told
    seen("LEGE", 6000)
    (folder / "b.txt").write_text(f"METAR COR LEGE {folder_report.replace('6000', '3000')}=\n")
    seen("LEGE", 3000)

    forecast = lambda: requests.get(f"{station.page}/api/forecast?hours=4", timeout=PATIENCE_S).json()
    assert forecast()["stations"] == []
    begin, end = stamp(-1), stamp(20)
    storm = f"TEMPO {stamp(1):%d%H}/{stamp(3):%d%H} 0300 DS"
    (folder / "taf.txt").write_text(
        f"TAF LESU {begin:%d%H%M}Z {begin:%d%H}/{end:%d%H} 24008MPS 9999\n  {storm}\n"
    )
    deadline = time.monotonic() + PATIENCE_S
    while not forecast()["stations"] and time.monotonic() < deadline:
        time.sleep(0.2)
    # Cameras see less in dust, so some must work for the storm to make a difference.
    blind = lambda hour: hour["blind_m"] or 0.0
    told = forecast()
    while blind(told["hours"][0]) <= blind(told["hours"][3]) and time.monotonic() < deadline:
        for number in range(1, 12):
            row = f"time,lat_deg,lon_deg\n{instant()},{PLACE[1]},{PLACE[0]}\n"
            taken(bring(station, "detections", f"sensor=post-{number}-thermal", row, "text/csv"))
        time.sleep(2)
        told = forecast()
    assert [s["station"] for s in told["stations"]] == ["LESU"], told
    first, last = told["hours"][0], told["hours"][3]
    assert first["weather"][0]["worst"]["dust"] and not first["weather"][0]["likely"]["dust"], first
    assert first["weather"][0]["worst"]["visibility_m"] == 300 and last["weather"][0]["worst"]["visibility_m"] > 300
    assert first["blind_m"] > last["blind_m"] and len(first["states"]) == len(first["probability"]), first
    return first["blind_m"] - last["blind_m"]


def units(station, receiver):
    """A track by HTTP, sentences by UDP and by TCP."""
    at = lambda name: station.until(
        name, lambda p: next((u for u in p["units"] if u["id"] == name and u["at"]), None)
    )["at"]
    close = lambda name, place: station.until(
        f"{name} at {place}",
        lambda p: any(u["id"] == name and math.dist(u["at"], place) < 1e-4 for u in p["units"] if u["at"]),
    )
    points = [(shifted(90, 900), 20), (shifted(90, 950), 10)]
    form = "application/gpx+xml"
    assert taken(bring(station, "tracks", f"unit={UNIT}", walked(points), form, "k1"))["accepted"] == 2
    close(UNIT, points[-1][0])
    door = next(d for d in requests.get(station.page + "/api/doors", timeout=PATIENCE_S).json()["doors"] if d["name"] == "nmea")
    host, port = door["address"].rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as radio:
        radio.sendto(sentence(shifted(180, 700)).encode(), (host, int(port)))
        radio.sendto(pynmea2.GSA("GP", "GSA", ("A", "3", *[""] * 12, "1", "1", "1")).render().encode(), (host, int(port)))
        radio.sendto(b"$GPRMC,broken*00\r\n", (host, int(port)))
    close(UNIT, shifted(180, 700))
    receiver.place = shifted(270, 600)
    close(OTHER_UNIT, receiver.place)
    assert at(UNIT) != at(OTHER_UNIT)
    rejections = station.until("the broken sentence", lambda p: [r for r in p["counters"]["rejections"] if r["door"] == "nmea"])
    assert any("checksum" in r["reason"] or "sentence" in r["field"] for r in rejections), rejections


class Receiver:
    """A receiver that is a TCP server and tells its place once a second, in halves of lines."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.place = None
        threading.Thread(target=self.talk, daemon=True).start()

    def talk(self):
        while True:
            try:
                connection, _ = self.server.accept()
                while True:
                    if self.place:
                        line = sentence(self.place, "GGA").encode()
                        connection.sendall(line[:17])
                        time.sleep(0.3)
                        connection.sendall(line[17:])
                    time.sleep(0.7)
            except OSError:
                continue


def main():
    receiver = Receiver()
    with tempfile.TemporaryDirectory() as folder:
        more = (
            f'[doors.weather]\npath = "{folder}"\npoll_s = 1\n'
            "[doors.weather.stations]\nLESU = [1.409, 42.339]\nLEGE = [2.7606, 41.901]\n"
            '[doors.nmea]\nlisten = "127.0.0.1:0"\n[doors.nmea.units]\n'
            f'"127.0.0.1" = "{UNIT}"\n[doors.nmea.connect]\n"127.0.0.1:{receiver.server.getsockname()[1]}" = "{OTHER_UNIT}"\n'
        )
        with Station(more) as station:
            tracks = detections(station)
            blinder_m = weather(station, pathlib.Path(folder))
            units(station, receiver)
            print(f"ok: {tracks} tracks from files, two stations' weather, {blinder_m:.0f} m blinder in the forecast storm, two units")


main()
