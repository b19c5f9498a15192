"""Component schemas and responses of the OpenAPI document, from the msgspec shapes."""

from typing import Any, Final

import msgspec

from api.errors import MEDIA_TYPE
from api.schemas.catalogue import CategoryList, ProductCard, ProductCards, ProductList
from api.schemas.health import Alive, Health
from api.schemas.problem import Problem
from api.schemas.sessions import DecisionList
from api.schemas.track import TrackAnswer, TrackBatch
from personalization.domain.profile import Profile
from personalization.explanations.explain import Explanation
from personalization.tracking.wire_event import WireEvent

REFERENCE: Final = "#/components/schemas/{name}"
SHAPES: Final = (
    Alive, CategoryList, DecisionList, Explanation, Health, Problem, ProductCard,
    ProductCards, ProductList, Profile, TrackAnswer, TrackBatch, WireEvent,
)  # fmt: skip

Json = dict[str, Any]
"""A JSON object of the OpenAPI document."""


def component_schemas() -> Json:
    """Return the JSON schemas of every shape, by name."""
    _, components = msgspec.json.schema_components(SHAPES, ref_template=REFERENCE)
    return dict(components)


def json_of(shape: type, description: str) -> Json:
    """Return a response object that holds a shape as JSON."""
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": reference(shape)}}},
    }


def problem(description: str) -> Json:
    """Return a response object that holds a problem."""
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": reference(Problem)}}},
    }


def reference(shape: type) -> str:
    """Return where a shape's schema stands in the document."""
    return REFERENCE.format(name=shape.__name__)


NEEDS_TOKEN: Final[dict[int | str, Json]] = {
    401: problem("The session's token is missing or has expired."),
    403: problem("The token belongs to another session."),
}
WRONG_REQUEST: Final[dict[int | str, Json]] = {422: problem("A parameter has the wrong shape.")}
