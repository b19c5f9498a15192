"""Parts of the OpenAPI document that the routes of operators share."""

from typing import Annotated, Final

from fastapi import Query

from api.admin.turns import ADMIN_BUSY
from api.errors import (
    BODY_TOO_LARGE,
    FOREIGN_ORIGIN,
    KINDS,
    MALFORMED_BODY,
    MALFORMED_JSON,
    UNKNOWN_ENCODING,
    WRONG_SHAPE,
)
from api.http import entity_tags
from api.keys.key_problems import OF_KEYS
from api.openapi import Answers, Json, json_of, merge_answers, problems, reference
from api.schemas.admin import Working
from personalization.domain.errors import (
    ChangedMeanwhileError,
    InvalidCursorError,
    StoreFullError,
    SupersededError,
    UnknownNameError,
)

MOST_BYTES: Final = 4 * 2**20
"""Of a body: a book of five thousand rules has one to two megabytes."""
SMALL_BYTES: Final = 64 * 1024
"""Of a body that only says what to do."""
Limit = Annotated[int, Query(ge=1, le=1_000, description="Entries at most.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000, description="Entries to pass over.")]

UNKNOWN: Final = problems(KINDS[UnknownNameError])
CHANGES: Final = problems(FOREIGN_ORIGIN, KINDS[SupersededError], KINDS[StoreFullError])
"""Of whatever writes."""
BUSY: Final = problems(ADMIN_BUSY)
CURSOR: Final = problems(KINDS[InvalidCursorError])
PRECONDITION: Final = problems(KINDS[ChangedMeanwhileError])
PRECONDITION_NEEDED: Final = problems(entity_tags.PRECONDITION_NEEDED)
_BODY: Final = problems(
    MALFORMED_JSON, MALFORMED_BODY, BODY_TOO_LARGE, UNKNOWN_ENCODING, WRONG_SHAPE
)


def takes(shape: type, example: object, *, needed: bool = True) -> Json:
    """Return more of an operation: the shape of its body, and an example of it."""
    schema = {"$ref": reference(shape)}
    content: Json = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": needed, "content": content}}


def answers(
    shape: type, description: str, *more: Answers, example: object | None = None, ok: int = 200
) -> Answers:
    """Return what a route answers: a shape with the status `ok`, and the problems of `more`."""
    answer = json_of(shape, description)
    if example is not None:
        answer["content"]["application/json"]["example"] = example
    return merge_answers({ok: answer}, problems(WRONG_SHAPE, *OF_KEYS), *more)


def with_body(answered: Answers) -> Answers:
    return merge_answers(answered, _BODY)


WORKING: Final[Answers] = {
    202: {
        **json_of(Working, "It is being worked out: ask the same again."),
        "headers": {
            "retry-after": {
                "description": "Seconds after which to ask again.",
                "schema": {"type": "integer"},
            }
        },
    }
}
