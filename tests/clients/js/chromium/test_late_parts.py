"""`live.js` of a server that is busy or away for a while, in a real browser."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final

from tests.clients.js.node_runs import build_bundles
from tests.clients.js.readme import PACKAGE
from tests.driven_page import PATIENCE_SECONDS, driven_page
from tests.integration.api.another_site.chromium import chromium
from tests.integration.api.another_site.site import running
from tests.waiting import eventually

_FAILURES: Final = 2
_PAGE: Final = """<!doctype html>
<title>A shop</title>
<script type="module">
  import { createFittingRoom } from "/index.js";
  createFittingRoom({ key: "pk_page" }).subscribe(() => {});
</script>"""


class BusySite(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        kind, body = "text/html", _PAGE.encode()
        if self.path.endswith(".js"):
            kind, body = "text/javascript", (PACKAGE / "dist" / self.path[1:]).read_bytes()
        is_busy = self.path == "/live.js" and self.asked.count(self.path) <= _FAILURES
        self.send_response(503 if is_busy else 200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as in the class)
        """Say nothing."""


def test_a_stream_comes_by_itself_once_its_script_can_be_had(tmp_path: Path) -> None:
    chromium()
    build_bundles()
    BusySite.asked = []
    with running(BusySite) as port, driven_page(tmp_path / "browser") as page:
        page.go(f"http://127.0.0.1:{port}/")
        eventually(
            lambda: any(path.endswith("/stream") for path in BusySite.asked), PATIENCE_SECONDS
        )
        assert BusySite.asked.count("/live.js") == _FAILURES + 1
        assert page.faults == []
