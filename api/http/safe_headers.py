"""Headers that every answer carries, unless its route has said something of its own."""

from typing import Final

from starlette.types import Message, Send

SAFE_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    # An answer of the API is no page: what a browser makes of it may load and do nothing.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)


def with_safe_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    own = {name.lower() for name, _ in headers}
    return [*headers, *(pair for pair in SAFE_HEADERS if pair[0] not in own)]


def sending_safely(send: Send) -> Send:
    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = with_safe_headers(list(message.get("headers", [])))
        await send(message)

    return send_safely
