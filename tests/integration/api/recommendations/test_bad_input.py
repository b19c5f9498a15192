"""Whatever is asked wrongly gets a clear answer, never an empty page without a reason."""

from typing import Any

import httpx

from tests.builders.wire_event import SESSION
from tests.integration.api.recommendations.asked_rows import answered_rows, ask_rank, ask_rows

SHIRTS = {"strategy": "category", "category_id": "shirts"}
DEEP: dict[str, Any] = {"field": "brand", "is": "Lino"}
for _ in range(40):
    DEEP = {"not": DEEP}

REFUSED_ROWS: list[tuple[dict[str, Any], str, str]] = [
    ({"placement": "no-such"}, "invalid-row", "home"),
    ({}, "invalid-row", "strategies"),
    ({"strategy": "best"}, "wrong-shape", "complementary"),
    ({"strategy": "popular", "fallbacks": ["best"]}, "wrong-shape", "fallbacks"),
    ({"strategy": "popular", "count": 51}, "wrong-shape", "count"),
    ({"strategy": "popular", "count": 0}, "wrong-shape", "count"),
    ({"strategy": "popular", "counts": 5}, "wrong-shape", "counts"),
    ({"strategy": "popular", "market": "atlantis"}, "wrong-shape", "market"),
    ({"strategy": "popular", "market": "xx"}, "wrong-shape", "ISO 3166"),
    ({"strategy": "popular", "cursor": "none of ours"}, "invalid-cursor", "cursor"),
    ({"strategy": "popular", "exclude": ["x"] * 1_001}, "wrong-shape", "exclude"),
    ({"strategy": "popular", "cart": ["x"] * 1_001}, "wrong-shape", "cart"),
    ({"strategy": "popular", "words": "x" * 201}, "wrong-shape", "words"),
    ({"strategy": "popular", "product_id": ""}, "wrong-shape", "product_id"),
    ({"strategy": "popular", "caps": [{"field": "brand", "most": 0}]}, "wrong-shape", "caps"),
    ({"strategy": "popular", "caps": [{"field": "nope", "most": 1}]}, "wrong-shape", "nope"),
    ({"strategy": "popular", "caps": [{"field": "title", "most": 1}]}, "wrong-shape", "title"),
    ({"strategy": "popular", "caps": [{"field": "", "most": 1}]}, "wrong-shape", "caps[0].field"),
    ({"strategy": "popular", "title": "\0"}, "wrong-shape", "title"),
    ({"strategy": "popular", "title": "  "}, "wrong-shape", "title"),
    ({"strategy": "popular", "filter": {"colour": "red"}}, "invalid-filter", "filter"),
    ({"strategy": "popular", "filter": DEEP}, "invalid-filter", "filter"),
    (
        {
            "strategy": "popular",
            "filter": {
                "all": [{"field": "price", "at_least": 9}, {"field": "price", "at_most": 5}]
            },
        },
        "contradictory-filter",
        "price",
    ),
]
REFUSED_RANKS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "wrong-shape", "product_ids"),
    ({"product_ids": ["a"], "items": [{"product_id": "a"}]}, "wrong-shape", "both"),
    ({"product_ids": ["a"] * 501}, "wrong-shape", "product_ids"),
    ({"product_ids": ["a"], "score_share": 2}, "wrong-shape", "score_share"),
    ({"product_ids": ["a"], "placement": "no-such"}, "invalid-row", "home"),
    ({"items": [{"product_id": "a", "score": "high"}]}, "wrong-shape", "score"),
]


def _problem(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["type"].removeprefix("/problems/"), problem["detail"]


def test_each_refusal_names_the_place_and_what_may_stand_there(client: httpx.Client) -> None:
    for row, slug, words in REFUSED_ROWS:
        status, given, detail = _problem(ask_rows(client, SHIRTS, row))
        assert (status, given) == (422, slug), (row, detail)
        assert words in detail
        assert "rows[1]" in detail or slug == "invalid-cursor", detail
    for body, slug, words in REFUSED_RANKS:
        answer = client.post("/v1/rank", json={"session_id": SESSION, **body})
        status, given, detail = _problem(answer)
        assert (status, given) == (422, slug), (body, detail)
        assert words in detail


def test_a_body_that_is_no_question_is_told_so(client: httpx.Client) -> None:
    row = {"strategy": "popular"}
    for body, status, slug in (
        (b"", 400, "malformed-json"),
        (b"{", 400, "malformed-json"),
        (b"\xff\xfe", 400, "malformed-json"),
        (b"[]", 422, "wrong-shape"),
        (b" " * 600_000, 413, "body-too-large"),
    ):
        for path in ("/v1/recommendations", "/v1/rank"):
            given, said, _ = _problem(client.post(path, content=body))
            assert (given, said) == (status, slug), (path, body[:20])
    deep = b'{"filter": {"a": ' + b"[" * 100_000
    for path, body in (("/v1/recommendations", b'{"rows": [' + deep), ("/v1/rank", deep)):
        assert _problem(client.post(path, content=body))[:2] == (400, "malformed-json")
    for session in ("none", "", f"{SESSION}0"):
        assert _problem(ask_rows(client, row, session=session))[:2] == (422, "wrong-shape")
    assert _problem(ask_rows(client, *[row] * 13))[:2] == (422, "wrong-shape")
    assert client.get("/v1/recommendations").status_code == 405


def test_of_a_long_cart_the_last_hundred_lines_count_and_the_answer_says_so(
    client: httpx.Client,
) -> None:
    cart: list[Any] = [f"line-{number}" for number in range(199)]
    cart += [{"product_id": "shirt-1", "quantity": 2}] * 3

    answer = ask_rows(client, {"strategy": "complementary", "cart": cart})

    (row,) = answered_rows(answer)
    (said,) = answer.json()["warnings"]
    assert said["code"] == "long_cart"
    assert "200 different products" in said["detail"]
    assert row["items"] or row["short"]


def test_five_hundred_unknown_products_and_a_filter_that_leaves_nothing_say_why(
    client: httpx.Client,
) -> None:
    unknown = ask_rank(client, [f"unknown-{number}" for number in range(500)])
    narrow = {"field": "price", "at_least": 10_000}
    filtered = ask_rank(client, ["shirt-1"], filter=narrow)
    (row,) = answered_rows(ask_rows(client, {**SHIRTS, "filter": narrow}))

    both = ["shirt-1", "shirt-2"]
    excluded = answered_rows(ask_rows(client, {"strategy": "popular", "exclude": both}))

    assert excluded[0]["short"] == "There are 2 products: 2 excluded by the call."
    assert unknown.json()["items"] == filtered.json()["items"] == row["items"] == []
    assert "500" in unknown.json()["short"]
    assert len(unknown.json()["unknown"]) == 500
    assert filtered.json()["left_out"] == ["shirt-1"]
    assert filtered.json()["short"]
    assert row["short"]
    assert "decision_id" not in row
