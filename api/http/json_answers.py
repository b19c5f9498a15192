from typing import Final

import msgspec
from starlette.responses import Response

_ENCODER: Final = msgspec.json.Encoder()


def json_answer(shape: object, status: int = 200) -> Response:
    return Response(_ENCODER.encode(shape), status, media_type="application/json")
