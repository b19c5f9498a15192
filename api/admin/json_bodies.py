"""Bodies of JSON, read by routes that are not hot: bounded, with a problem for each fault."""

from typing import Generic, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from api.errors import MALFORMED_JSON, WRONG_SHAPE, ProblemError
from api.schemas.problem import ProblemField
from api.tracking.request_body import read_body

_Shape = TypeVar("_Shape")


class RawBody:
    """A dependency of a route: the body as it is, of at most so many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes

    async def __call__(self, request: Request) -> bytes:
        try:
            return await read_body(request.headers, request.receive, self._most_bytes)
        except ClientDisconnect as error:
            raise ProblemError(MALFORMED_JSON, "The sender went away.") from error


class JsonBody(Generic[_Shape]):
    """A dependency of a route: the body as a shape, an empty one where `or_empty` says so."""

    def __init__(self, shape: type[_Shape], most_bytes: int, *, or_empty: bool = False) -> None:
        self._raw = RawBody(most_bytes)
        self._decoder = msgspec.json.Decoder(shape)
        self._or_empty = or_empty

    async def __call__(self, request: Request) -> _Shape:
        body = await self._raw(request)
        return decode_json(self._decoder, b"{}" if self._or_empty and not body.strip() else body)


def decode_json(decoder: "msgspec.json.Decoder[_Shape]", body: bytes) -> _Shape:
    """Raise `ProblemError` for what is no JSON, or has another shape."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `")
        field = ProblemField(path.rstrip("`") or "$", said)
        raise ProblemError(WRONG_SHAPE, str(error), (field,)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(MALFORMED_JSON, f"The body is not valid JSON: {error}.") from error
