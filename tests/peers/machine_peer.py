"""A machine by a certificate at the page: curl with it, without it and with another's; OpenSSL makes its request."""

import json
import pathlib
import shutil
import socket
import ssl
import subprocess

from certificates import Authority
from station import PATIENCE_S, Station

PASSWORD = "one cold night in november"
WEATHER = "METAR ORXX 271200Z 27010KT 9999 20/10 Q1010="


class Post:
    def __init__(self, station):
        self.station = station
        self.home = pathlib.Path(station.folder.name)
        self.ca = self.home / "data" / "keys" / "doors-ca.pem"
        self.proofs = {}
        self.curl_is = shutil.which("curl")
        assert self.curl_is, "curl is missing: apt-get install -y curl"

    def curl(self, path, *more):
        """Status and body; status 0 where the station ended the connection."""
        told = subprocess.run(
            [self.curl_is, "--silent", "--max-time", str(PATIENCE_S), "--cacert", str(self.ca)]
            + ["--write-out", "\n%{http_code}", *map(str, more), self.station.page + path],
            capture_output=True,
            text=True,
            check=False,
        )
        body, _, status = told.stdout.rpartition("\n")
        return int(status), body

    def by(self, who, path, **body):
        """What somebody is answered who has a cookie jar of their own."""
        headers = ["-H", "Content-Type: application/json"]
        if who in self.proofs:
            headers += ["-H", f"Watchline-Session: {self.proofs[who]}"]
        jar = self.home / f"cookies-{who}"
        status, told = self.curl(path, "--cookie", jar, "--cookie-jar", jar, *headers, "--data", json.dumps(body))
        assert status in (200, 204), (status, told)
        return json.loads(told or "null")

    def come(self, who, **told):
        self.proofs[who] = self.by(who, "/api/identity/enrol", password=PASSWORD, **told)["proof"]

    def let_in(self, **machine):
        """The code of a machine to which a second administrator has agreed."""
        waits = self.by("Amal", "/api/machines", reason="a mast for the wind", **machine)
        self.by("Badia", f"/api/confirmations/{waits['waits_for']}/confirm")
        return waits["code"]

    def key_and_request(self, name):
        openssl = shutil.which("openssl")
        assert openssl, "openssl is missing: apt-get install -y openssl"
        key, request = self.home / f"{name}.key", self.home / f"{name}.csr"
        subprocess.run(
            [openssl, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
            + ["-keyout", str(key), "-subj", f"/CN={name}", "-out", str(request)],
            capture_output=True,
            check=True,
        )
        return key, request

    def enrol(self, code, request):
        return self.curl(
            "/api/machines/enrol",
            *("-H", f"Watchline-Code: {code}", "-H", "Content-Type: application/pkcs10"),
            *("--data-binary", f"@{request}"),
        )


def open_line(post, certificate, key):
    """A connection that has been answered once and stays."""
    context = ssl.create_default_context(cafile=str(post.ca))
    context.load_cert_chain(certificate, key)
    host, port = post.station.page.removeprefix("https://").split(":")
    line = context.wrap_socket(socket.create_connection((host, int(port)), PATIENCE_S), server_hostname="localhost")
    line.sendall(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert line.recv(65536).startswith(b"HTTP/1.1 200")
    return line


def main():
    more = '[page.tls]\n[doors.tls]\nnames = ["localhost", "127.0.0.1"]\n'
    with Station(more, sign_in="required") as station:
        post = Post(station)
        code = station.serving["first_code"]
        post.come("Amal", code=code, name="Amal", agency="border-guard")
        second = post.by("Amal", "/api/people/invite", name="Badia", agency="border-guard", roles=["administrator"])
        post.come("Badia", code=second["code"])
        mast = dict(name="mast", agency="border-guard", scope="feed", credential="certificate")
        code = post.let_in(**mast)
        key, request = post.key_and_request("mast")
        feed = ("/api/ingest/weather", "-H", "Content-Type: text/plain", "--data-binary", WEATHER)
        assert post.curl(*feed, "-H", f"Authorization: Bearer {code}")[0] == 401, "the code is no token"

        status, chain = post.enrol(code, request)
        assert status == 200 and chain.count("BEGIN CERTIFICATE") == 2, (status, chain)
        assert post.enrol(code, request)[0] == 401, "once"
        certificate = post.home / "mast.pem"
        certificate.write_text(chain)
        shown = ("--cert", certificate, "--key", key)
        for version in (["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3"]):
            assert post.curl(*feed, *shown, *version)[0] == 200, version
        assert post.curl("/api/picture", *shown)[0] == 403, "it feeds"
        assert post.curl(*feed)[0] == 401, "without it"
        other = Authority().issue("mast")
        assert post.curl(*feed, "--cert", other[0], "--key", other[1])[0] == 0, "of another authority"

        line = open_line(post, certificate, key)
        post.by("Amal", "/api/machines/revoke", name="mast")
        try:
            assert line.recv(1) == b"", "its connection ends"
        except (ssl.SSLError, ConnectionError):
            pass
        # While no machine has a certificate nobody is asked for one: it comes as a stranger.
        assert post.curl(*feed, *shown)[0] == 401, "shut out"
        code = post.let_in(**mast)
        status, _ = post.enrol(code, request)
        assert status == 200
        assert post.curl(*feed, *shown)[0] == 0, "its first certificate stays out"
    print("ok: curl feeds the station by a certificate, and by nothing else; shut out it is out")


main()
