from collections.abc import Callable, Iterable
from typing import Final

from api.edge.refusals import BODY_FRAMING, MALFORMED, NO_WEBSOCKETS
from api.errors import Kind

FRAMING_BYTES: Final = 16 * 1024
FRAMING_PER_BYTE: Final = 8
"""Chunk sizes, extensions and trailers may be so much more than the body: 1-byte chunks are 6."""


def fault_of_headers(
    headers: Iterable[tuple[bytes, bytes]], upgrade: Callable[[], bytes | None]
) -> Kind | None:
    """Return why a request is refused by its headers; `upgrade` says to what it wants to change."""
    hosts, asks_for_upgrade = 0, False
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
            return MALFORMED
        elif name == b"upgrade":
            asks_for_upgrade = True
    if hosts > 1:
        return MALFORMED
    is_websocket = asks_for_upgrade and upgrade() == b"websocket"
    return NO_WEBSOCKETS if is_websocket else None


def fault_of_framing(wire_bytes: int, payload_bytes: int) -> Kind | None:
    """Return why a body is refused by what is around it."""
    framing = wire_bytes - payload_bytes
    return BODY_FRAMING if framing > FRAMING_BYTES + FRAMING_PER_BYTE * payload_bytes else None
