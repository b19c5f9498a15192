"""The shop's own site, and one that sets a cookie: what the API is to that page."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
_KINDS: Final = {"/": "text/html", "/page.js": "text/javascript", "/config": "application/json"}


class ShopSite(BaseHTTPRequestHandler):
    """Serves the page and takes what it reports."""

    config: dict[str, str]
    found: "Queue[dict[str, Any]]"

    def do_GET(self) -> None:
        name = {"/": "page.html"}.get(self.path, self.path.lstrip("/"))
        if self.path == "/config":
            body = json.dumps(self.config).encode()
        elif self.path in _KINDS:
            body = (FOLDER / name).read_bytes()
        else:
            self.send_error(404)
            return
        answer(self, body, {"content-type": _KINDS[self.path]})

    def do_POST(self) -> None:
        self.found.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        answer(self, b"", {})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as in the class)
        """Say nothing."""


class ProbeSite(BaseHTTPRequestHandler):
    """Sets a cookie for any page, and says whether it came back."""

    def do_GET(self) -> None:
        headers = {
            "access-control-allow-origin": self.headers["origin"],
            "access-control-allow-credentials": "true",
        }
        if self.path == "/set":
            headers["set-cookie"] = "probe=1; SameSite=None; Secure; Path=/"
        answer(self, self.headers.get("cookie", "none").encode(), headers)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as in the class)
        """Say nothing."""


@contextmanager
def running(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[int]:
    """Serve on a free port of the loopback interface; gives the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(site: BaseHTTPRequestHandler, body: bytes, headers: dict[str, str]) -> None:
    site.send_response(200)
    for name, value in {**headers, "content-length": str(len(body))}.items():
        site.send_header(name, value)
    site.end_headers()
    site.wfile.write(body)
