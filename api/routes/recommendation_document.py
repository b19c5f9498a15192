"""The two calls as OpenAPI has them."""

from typing import Any, Final

from api.edge.refusals import BODY_FRAMING, BODY_TOO_SLOW, TOO_MANY_BODIES
from api.errors import (
    BODY_BUSY,
    BODY_TOO_LARGE,
    FOREIGN_ORIGIN,
    KINDS,
    MALFORMED_BODY,
    MALFORMED_JSON,
    UNKNOWN_ENCODING,
    WRONG_SHAPE,
)
from api.openapi import NEEDS_TOKEN, OF_VISITORS, json_of, merge_answers, problems, reference
from api.recommendations.byte_quota import QUOTA_USED_UP
from api.recommendations.questions import CONTRADICTORY_FILTER
from api.schemas.recommendations import RankedList, RankQuestion, RowsAnswer, RowsQuestion
from personalization.domain.errors import (
    InvalidCursorError,
    InvalidFilterError,
    InvalidRowError,
    NoActiveGenerationError,
    StoreFullError,
    UnreadCatalogueError,
)

_SESSION: Final = "0b1e5a52-7d0c-4a53-9f39-2d6a5b1f9c11"
_ITEM: Final = {
    "product_id": "shirt-2",
    "slot": 0,
    "score": 0.83,
    "propensity": 0.91,
    "explored": False,
}
_CARD: Final = {
    **_ITEM,
    "source": "similar",
    "reason": "Looked at instead of Blue linen shirt",
    "title": "White linen shirt",
    "category_id": "shirts",
    "category_name": "Shirts",
    "price": 41.0,
    "currency": "EUR",
    "image_url": "https://shop.example/shirt-2.jpg",
    "brand": "Lino",
    "list_price": 49.0,
    "availability": "in_stock",
    "page_url": "https://shop.example/shirts/2",
}
_DECISION: Final = "01973083-4a7b-7347-a8da-e1474506e4bf"
_ROWS_QUESTION: Final = {
    "session_id": _SESSION,
    "rows": [
        {"placement": "home"},
        {
            "strategy": "similar",
            "product_id": "shirt-1",
            "count": 8,
            "filter": {
                "all": [{"field": "price", "at_most": 60}, {"field": "brand", "is": "Lino"}]
            },
            "caps": [{"field": "brand", "most": 2}],
            "fallbacks": ["category", "popular"],
        },
        {"strategy": "complementary", "cart": ["shirt-1", {"product_id": "jeans-3"}], "count": 4},
    ],
}
_ROWS_ANSWER: Final = {
    "session_id": _SESSION,
    "recorded": True,
    "rows": [
        {
            "placement": "similar",
            "title": "Instead of Blue linen shirt",
            "strategy": "similar",
            "items": [_CARD],
            "short": "Only 1 product fits the filter.",
            "decision_id": _DECISION,
        }
    ],
}
_RANK_QUESTION: Final = {
    "session_id": _SESSION,
    "items": [{"product_id": "shirt-1", "score": 12.4}, {"product_id": "shirt-2", "score": 11.9}],
    "words": "linen shirt",
    "count": 10,
}
_RANK_ANSWER: Final = {
    "session_id": _SESSION,
    "recorded": True,
    "items": [_ITEM],
    "unknown": ["shirt-99"],
    "decision_id": _DECISION,
}


def recommendation_paths(rows_route: str, rank_route: str) -> dict[str, Any]:
    rows = _operation(
        ("recommend", "Answer all rows of a page."),
        "At most 12 rows of 50 products, by placement or by strategy. What an earlier row shows is "
        "not repeated in a later one. Decisions are kept before the answer; while the session has "
        "no event they travel as `decision_token`, one a row.",
        (RowsQuestion, _ROWS_QUESTION),
        (RowsAnswer, _ROWS_ANSWER, "The rows, each with its products, or why there are none."),
    )
    rank = _operation(
        ("rank", "Put a list of the shop's own into order."),
        "At most 500 products, with or without scores of the shop's own, which are one signal "
        "among others.",
        (RankQuestion, _RANK_QUESTION),
        (RankedList, _RANK_ANSWER, "The products in the order to show, or why there are none."),
    )
    return {rows_route: {"post": rows}, rank_route: {"post": rank}}


def _operation(
    name: tuple[str, str],
    description: str,
    asked: tuple[type, dict[str, Any]],
    answered: tuple[type, dict[str, Any], str],
) -> dict[str, Any]:
    question, example = asked
    shape, answer_example, said = answered
    answer = json_of(shape, said)
    answer["content"]["application/json"]["example"] = answer_example
    return {
        "tags": ["recommendations"],
        "operationId": name[0],
        "summary": name[1],
        "description": description,
        **OF_VISITORS,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": reference(question)},
                    "example": example,
                }
            },
        },
        "responses": merge_answers(
            {200: answer},
            problems(
                MALFORMED_JSON,
                MALFORMED_BODY,
                BODY_FRAMING,
                BODY_TOO_SLOW,
                BODY_TOO_LARGE,
                UNKNOWN_ENCODING,
                TOO_MANY_BODIES,
                BODY_BUSY,
                WRONG_SHAPE,
                CONTRADICTORY_FILTER,
                FOREIGN_ORIGIN,
                QUOTA_USED_UP,
                KINDS[InvalidRowError],
                KINDS[InvalidFilterError],
                KINDS[InvalidCursorError],
                KINDS[NoActiveGenerationError],
                KINDS[UnreadCatalogueError],
                KINDS[StoreFullError],
            ),
            NEEDS_TOKEN,
        ),
    }
