"""An RTSP server for tests, by GStreamer's gst-rtsp-server under the system's Python: one moving picture in three codecs.

Prints its port. A line on standard input begins (`h264 gone`) or ends (`h264 back`) the refusal of a path.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

SOURCE = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=15/1"
PATHS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=300 ! rtph264pay name=pay0 pt=96 config-interval=1",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=300 ! rtph265pay name=pay0 pt=96 config-interval=1",
    "jpeg": "jpegenc quality=70 ! rtpjpegpay name=pay0 pt=26",
}
USER, PASSWORD = "watch", "open sesame"


def factory(path, builds=("watch", "anybody")):
    """A picture that everybody finds, and that `builds` may have."""
    made = GstRtspServer.RTSPMediaFactory()
    made.set_launch(f"( {SOURCE} ! {PATHS[path]} )")
    made.set_shared(True)
    permissions = GstRtspServer.RTSPPermissions()
    for role in ("watch", "anybody"):
        permissions.add_permission_for_role(role, "media.factory.access", True)
        permissions.add_permission_for_role(role, "media.factory.construct", role in builds)
    made.set_permissions(permissions)
    return made


def main():
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    mounts = server.get_mount_points()
    for path in PATHS:
        mounts.add_factory(f"/{path}", factory(path))
    # The same picture again for whoever has the password.
    mounts.add_factory("/locked", factory("h264", builds=("watch",)))
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(2)  # digest (GST_RTSP_AUTH_DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "watch")
    auth.add_digest(USER, PASSWORD, token)
    anybody = GstRtspServer.RTSPToken()
    anybody.set_string("media.factory.role", "anybody")
    auth.set_default_token(anybody)
    server.set_auth(auth)
    server.attach(None)
    print(server.get_bound_port(), flush=True)

    def end(*_):
        return GstRtspServer.RTSPFilterResult.REMOVE

    def hear():
        for line in sys.stdin:
            path, what = line.split()

            def act(path=path, what=what):
                if what == "back":
                    mounts.add_factory(f"/{path}", factory(path))
                else:
                    mounts.remove_factory(f"/{path}")
                    server.client_filter(end)
                return False

            GLib.idle_add(act)

    threading.Thread(target=hear, daemon=True).start()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
