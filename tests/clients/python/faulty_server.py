"""A server on loopback that answers each request as its script says."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from socket import SO_LINGER, SOL_SOCKET
from struct import pack
from threading import Event, Thread

import msgspec

_JSON = "application/json"


class Fault(Enum):
    CUT = "the connection is reset"
    HALF = "half an answer, and no more"
    SILENT = "nothing, until the server ends"


@dataclass(frozen=True, slots=True)
class SentRequest:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Script:
    acts: list[bytes | Fault]
    requests: list[SentRequest] = field(default_factory=list)
    over: Event = field(default_factory=Event)


def answer(
    status: int, body: object, media_type: str = "application/json", **headers: str
) -> bytes:
    text = msgspec.json.encode(body)
    fields = {
        "content-type": media_type,
        "content-length": str(len(text)),
        "connection": "close",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + text


def problem(status: int, slug: str = "some-kind", **headers: str) -> bytes:
    body = {
        "type": f"/problems/{slug}",
        "title": "Some kind",
        "status": status,
        "detail": "Said once.",
        "instance": "/v1/track",
        "errors": [{"pointer": "events", "detail": "Send some."}],
    }
    return answer(status, body, "application/problem+json", **headers)


class _Handler(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        script = self.server.script
        line = self.rfile.readline().decode().strip()
        headers = {}
        while text := self.rfile.readline().decode().strip():
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0)))
        script.requests.append(SentRequest(line, headers, body))
        self._act(script.acts.pop(0), script.over)

    def _act(self, act: bytes | Fault, over: Event) -> None:
        match act:
            case Fault.CUT:
                self.request.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))
            case Fault.HALF:
                self.wfile.write(answer(200, {"verdicts": []})[:-5])
            case Fault.SILENT:
                over.wait()
            case bytes():
                self.wfile.write(act)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script


@contextmanager
def serve_faults(*acts: bytes | Fault) -> Iterator[tuple[str, Script]]:
    """Serve on a thread; gives the address and what was sent there."""
    script = Script(list(acts))
    with _Server(script) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", script
        finally:
            script.over.set()
            server.shutdown()
            thread.join()
