from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import msgspec

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    path: str
    """Such as `actions[3].score`."""
    before: str
    after: str
    """JSON; empty where the field is only in the other."""


def json_differences(before: bytes, after: bytes, name: str) -> list[Difference]:
    if before == after:
        return []
    found = list(_walk(name, msgspec.json.decode(before), msgspec.json.decode(after)))
    # The same values in other bytes, such as 1 and 1.0 or fields in another order.
    return found or [Difference(name, before.decode(), after.decode())]


def _walk(path: str, before: Any, after: Any) -> Iterator[Difference]:  # noqa: ANN401 (any JSON)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _walk(f"{path}.{key}", before.get(key, _ABSENT), after.get(key, _ABSENT))
    elif isinstance(before, list) and isinstance(after, list):
        for index, (item, other) in enumerate(zip_longest(before, after, fillvalue=_ABSENT)):
            yield from _walk(f"{path}[{index}]", item, other)
    elif before is _ABSENT or after is _ABSENT or _text(before) != _text(after):
        yield Difference(path, _text(before), _text(after))


def _text(value: Any) -> str:  # noqa: ANN401
    return "" if value is _ABSENT else msgspec.json.encode(value).decode()
