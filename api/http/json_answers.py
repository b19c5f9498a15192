from typing import Final

import msgspec
from starlette.responses import Response

_ENCODER: Final = msgspec.json.Encoder()


def json_bytes(shape: object) -> bytes:
    return _ENCODER.encode(shape)


def json_answer(shape: object, status: int = 200) -> Response:
    return encoded_answer(json_bytes(shape), status)


def encoded_answer(body: bytes, status: int = 200) -> Response:
    """Answer with JSON that another thread has written."""
    return Response(body, status, media_type="application/json")
