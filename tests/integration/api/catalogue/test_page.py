"""The calls of docs/catalogue.md do what the page says."""

import json
import re
from pathlib import Path
from typing import Any

import httpx

from tests.integration.api.catalogue.calls import shop_client

PAGE = Path(__file__).parents[4] / "docs" / "catalogue.md"
_CALL = re.compile(r"```http\n([^`]+)```\n```json\n(.+?)\n```", re.DOTALL)


def test_every_call_of_the_page_is_answered_as_it_says(address: str) -> None:
    calls = _CALL.findall(PAGE.read_text())
    assert len(calls) >= 7
    with shop_client(address) as shop:
        for call, answer in calls:
            assert _values(_send(shop, call).text) == _values(answer), call


def _send(shop: httpx.Client, call: str) -> httpx.Response:
    head, _, body = call.partition("\n\n")
    first, *fields = head.strip().split("\n")
    method, path = first.split(" ", 1)
    headers = dict(field.split(": ", 1) for field in fields)
    return shop.request(method, path, headers=headers, content=body.strip().encode() or None)


def _values(text: str) -> list[Any]:
    return [json.loads(line) for line in text.strip().split("\n")]
