from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from api.errors import BODY_TOO_LARGE, ProblemError


async def read_body(headers: Headers, receive: Receive, limit_bytes: int) -> bytes:
    """Raise `ProblemError` above the limit and `ClientDisconnect` if the sender went away."""
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit_bytes: int) -> ProblemError:
    return ProblemError(
        BODY_TOO_LARGE, f"A body may hold {limit_bytes} bytes: send the events in smaller batches."
    )
