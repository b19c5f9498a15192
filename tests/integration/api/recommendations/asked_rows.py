"""Calls of a page for rows, and what they are answered."""

from collections.abc import Sequence
from typing import Any

import httpx

from tests.builders.wire_event import SESSION, a_wire_event

POPULAR = {"strategy": "popular"}


def ask_rows(
    client: httpx.Client, *rows: dict[str, Any], session: str = SESSION, **headers: str
) -> httpx.Response:
    body = {"session_id": session, "rows": list(rows or (POPULAR,))}
    return client.post("/v1/recommendations", json=body, headers=headers)


def answered_rows(answer: httpx.Response) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer.raise_for_status().json()["rows"]
    return rows


def ask_rank(client: httpx.Client, product_ids: Sequence[str], **more: object) -> httpx.Response:
    body = {"session_id": SESSION, "product_ids": list(product_ids), **more}
    return client.post("/v1/rank", json=body)


def seen_products(row: dict[str, Any], **more: object) -> dict[str, object]:
    """Return the impression of a row, as an event."""
    said = {
        "type": "impression",
        "event_id": f"seen-{row['decision_id']}",
        "product_id": None,
        "decision_id": row["decision_id"],
        "product_ids": [item["product_id"] for item in row["items"]],
        "slots": [item["slot"] for item in row["items"]],
    }
    return a_wire_event(**{**said, **more})


def verdicts_of(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(given["verdict"], given.get("code", "ok")) for given in answer.json()["verdicts"]]
