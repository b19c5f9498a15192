"""Requests as bytes, since clients refuse to send what is tried here."""

import socket
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Final

ANSWER_SECONDS: Final = 30.0
Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    route: str
    """What is meant to be asked, for the counts."""
    method: bytes = b"GET"
    target: bytes = b"/"
    headers: tuple[Header, ...] = ()
    body: bytes | None = None
    parts: int | None = None
    """Events in the batch that can be told apart."""
    good: tuple[str, ...] = ()
    """Ids of those that are as they should be."""

    def wire(self, host: str) -> bytes:
        lines = [b" ".join((self.method, self.target, b"HTTP/1.1")), b"Host: " + host.encode()]
        lines += [b": ".join(header) for header in self.headers]
        if self.body is not None:
            lines.append(b"Content-Length: %d" % len(self.body))
        lines.append(b"Connection: close")
        return b"\r\n".join([*lines, b"", self.body or b""])


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    """0 where the server closed the connection without a word."""
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


def send(host: str, port: int, request: RawRequest) -> RawAnswer:
    with socket.create_connection((host, port), timeout=ANSWER_SECONDS) as connection:
        try:
            connection.sendall(request.wire(f"{host}:{port}"))
        except (BrokenPipeError, ConnectionResetError):
            """It was refused before its end; the answer may be there."""
        method = "HEAD" if request.method == b"HEAD" else "GET"
        response = HTTPResponse(connection, method=method)
        try:
            response.begin()
            body = response.read()
        except (HTTPException, ConnectionResetError):
            return RawAnswer(0, {}, b"")
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return RawAnswer(response.status, headers, body)
