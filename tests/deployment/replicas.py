"""Two stand-ins for replicas of the API, which misbehave on request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Flag
from threading import Thread

PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Replica:
    """What one replica does with a request, and the requests it got."""

    host: str
    port: int
    status: int = 200
    cuts: bool = False
    """Whether it reads a request and closes the connection without an answer."""
    go_on: Flag = field(default_factory=Flag)
    """A stream waits for it between its first and its second part."""
    seen: list[str] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, replica: Replica) -> None:
        super().__init__((replica.host, replica.port), _Handler)
        self.replica = replica


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Answer, or misbehave as the test has set."""
        if self._note():
            self._stream() if self.path.endswith("/stream") else self._answer()

    def do_POST(self) -> None:
        """Take the body, then as for a GET."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if self._note():
            self._answer()

    def _note(self) -> bool:
        replica = self.server.replica
        replica.seen.append(f"{self.command} {self.path}")
        self.close_connection = replica.cuts
        return not replica.cuts

    def _answer(self) -> None:
        body = self.server.replica.host.encode()
        self.send_response(self.server.replica.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"data: 1\n\n")
        self.server.replica.go_on.wait(PATIENCE_SECONDS)
        self.wfile.write(b"data: 2\n\n")


@contextmanager
def running(replica: Replica) -> Iterator[Replica]:
    """Serve until the end of the block; afterwards its address refuses connections."""
    server = _Server(replica)
    replica.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield replica
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
