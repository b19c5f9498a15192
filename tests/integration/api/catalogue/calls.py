"""Calls of a shop's own server, with its secret key."""

import gzip
import json
from collections.abc import Iterable
from typing import Any

import httpx

from tests.builders.access.known_keys import SERVER

KEY = {"authorization": f"Bearer {SERVER}"}
NDJSON = {"content-type": "application/x-ndjson"}
SHIRT = {"id": "polo", "title": "Polo shirt", "category_id": "shirts"}


def shop_client(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers=KEY, timeout=30)


def lines(products: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(product).encode() + b"\n" for product in products)


def pack(body: bytes) -> tuple[bytes, dict[str, str]]:
    return gzip.compress(body), {**NDJSON, "content-encoding": "gzip"}


def put_lines(
    client: httpx.Client, body: bytes, headers: dict[str, str] = NDJSON
) -> list[dict[str, Any]]:
    """Return the verdicts, a line each."""
    answer = client.put("/v1/catalogue/products", content=body, headers=headers)
    assert answer.status_code in {200, 422}, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]
