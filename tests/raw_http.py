"""A client that says exactly what it is told to, byte for byte."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import msgspec

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class RawAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> str:
        assert self.headers["content-type"] == "application/problem+json"
        fields = msgspec.json.decode(self.body)
        assert fields["status"] == self.status
        return str(fields["type"]).removeprefix("/problems/")


class RawClient:
    def __init__(self, opened: socket.socket) -> None:
        self.socket = opened

    def send(self, text: bytes) -> None:
        self.socket.sendall(text)

    def flood(self, part: bytes, most: int) -> int:
        """Send the same again and again; returns how many bytes were taken off our hands."""
        sent = 0
        with suppress(ConnectionError):
            while sent < most:
                sent += self.socket.send(part)
        return sent

    def rest(self) -> bytes:
        """Return all that comes until the server closes."""
        parts = []
        with suppress(ConnectionError):
            while part := self.socket.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def is_closed(self) -> bool:
        """Return whether the server has closed, without waiting for it."""
        self.socket.settimeout(0)
        try:
            return self.socket.recv(65536, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        finally:
            self.socket.settimeout(PATIENCE_SECONDS)

    def answer(self) -> RawAnswer:
        """Return the last answer before the server closes the connection."""
        return parse_answer(self.rest())


def parse_answer(text: bytes) -> RawAnswer:
    head, _, body = text.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    pairs = (field.partition(": ") for field in fields)
    return RawAnswer(int(line.split()[1]), {name.lower(): value for name, _, value in pairs}, body)


@contextmanager
def raw_client(address: str) -> Iterator[RawClient]:
    host, _, port = address.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), PATIENCE_SECONDS) as opened:
        yield RawClient(opened)


def raw_answer(address: str, text: bytes) -> RawAnswer:
    with raw_client(address) as client:
        client.send(text)
        return client.answer()
