from collections.abc import Callable, Iterable

from api.edge.refusals import MALFORMED, NO_WEBSOCKETS
from api.errors import Kind


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
