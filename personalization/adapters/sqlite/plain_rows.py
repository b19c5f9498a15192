"""Rows of plain events: what all of them have in common stands in the statement."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import repeat
from typing import Final

import msgspec

from personalization.adapters.sqlite.database import Row
from personalization.ports.plain_events import PlainEvents

APPEND_PLAIN: Final = """
INSERT INTO events (event_id, session_id, type, occurred_at_us, received_at_us, product_ids,
category_id, region, user_id, day, written_day, device, slots, quantities, unit_price_micros,
variant_ids) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'unknown', '[]', '[]', '[]', '[]')
ON CONFLICT (session_id, event_id) DO NOTHING
"""
"""To bind a value takes as long as to store it: so many fewer than an event has."""
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = date(1970, 1, 1)


def plain_rows(events: PlainEvents, written_day: int) -> Iterator[Row]:
    """Yield the values of `APPEND_PLAIN`."""
    days = _DayTexts()
    return zip(
        events.event_ids,
        events.session_ids,
        events.types,
        events.occurred_us,
        events.occurred_us,
        map(_ids_text, events.product_ids),
        events.category_ids,
        events.regions,
        events.user_ids,
        [days[moment // _DAY_US] for moment in events.occurred_us],
        repeat(written_day, len(events.event_ids)),
        strict=True,
    )


def newest_visits(events: PlainEvents) -> dict[tuple[str, str], int]:
    """Return the visits of users with the moment of the newest event of each."""
    newest: dict[tuple[str, str], int] = {}
    columns = zip(events.user_ids, events.session_ids, events.occurred_us, strict=True)
    for user, session, moment in columns:
        if user is not None:
            visit = user, session
            newest[visit] = max(moment, newest.get(visit, moment))
    return newest


class _DayTexts(defaultdict[int, str]):
    """Days since 1970 -> the day as text."""

    def __missing__(self, number: int) -> str:
        text = self[number] = (_EPOCH + timedelta(days=number)).isoformat()
        return text


def _ids_text(product: str | None) -> str:
    if product is None:
        return "[]"
    if '"' in product or "\\" in product or not product.isprintable():
        return msgspec.json.encode((product,)).decode()
    return f'["{product}"]'
