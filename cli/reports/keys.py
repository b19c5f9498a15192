from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.markup import escape
from rich.table import Table

from cli.tables import titled_table
from personalization.domain.access.api_key import ApiKey, RateLimit
from personalization.keys.key_view import state_of


def keys_table(keys: Sequence[ApiKey], now: datetime) -> Table:
    table = titled_table("Keys", ("id", "key", "state", "allows", "bounds"))
    # What every other command asks for is never cut.
    table.columns[0].no_wrap = True
    table.columns[-1].overflow = "fold"
    for key in keys:
        table.add_row(
            key.key_id,
            f"{key.kind}\n{escape(key.name)}",
            state_of(key, now),
            _rights(key),
            "\n".join(_bounds(key, now)),
        )
    return table


def _bounds(key: ApiKey, now: datetime) -> Iterator[str]:
    yield from key.origins
    if key.limit is not None:
        yield _limit(key.limit)
    if key.expires_at is not None:
        yield f"until {key.expires_at:%Y-%m-%d %H:%M} UTC"
    if key.former_until is not None and now < key.former_until:
        yield f"former text until {key.former_until:%Y-%m-%d %H:%M} UTC"
    if key.is_development:
        yield "this machine"


def _rights(key: ApiKey) -> str:
    role = [f"role {key.role}"] if key.role else []
    return "\n".join((*role, *sorted(key.scopes)))


def _limit(limit: RateLimit) -> str:
    quota = f", {limit.per_day:,}/day" if limit.per_day else ""
    return f"{limit.per_second:,}/s{quota}"
