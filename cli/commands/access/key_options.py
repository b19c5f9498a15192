"""Options of `keys`, as values."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cli.commands.rule_options import moment_of
from personalization.domain.access.api_key import AccessRole, RateLimit, Scope

_PERIOD = re.compile(r"([0-9]{1,5})([hd])")
_UNITS = {"h": "hours", "d": "days"}

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `list` says it.")]
OriginOption = Annotated[
    list[str] | None,
    typer.Option("--origin", help="Of a publishable key: https://shop.example; may be repeated."),
]
ScopeOption = Annotated[
    list[Scope] | None, typer.Option("--scope", help="What it allows; may be repeated.")
]
RoleOption = Annotated[
    AccessRole | None, typer.Option(help="Whose rights it has, beside its scopes.")
]
ExpiresOption = Annotated[
    str | None, typer.Option("--expires", help="When it ends: a moment (UTC), or 12h, 90d.")
]
PerSecondOption = Annotated[
    int | None, typer.Option(min=1, help="Requests a second that it may make.")
]
PerDayOption = Annotated[
    int | None, typer.Option(min=0, help="Requests a day; 0 is no quota. With --per-second.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def moment_ahead(text: str | None) -> datetime | None:
    """Return a moment that is written as such, or as a period from now."""
    found = _PERIOD.fullmatch(text or "")
    if found is None:
        return moment_of(text)
    return datetime.now(UTC) + timedelta(**{_UNITS[found[2]]: int(found[1])})


def period_of(text: str) -> timedelta:
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no period such as 24h or 7d.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def limit_of(per_second: int | None, per_day: int | None) -> RateLimit | None:
    if per_second is None and per_day is None:
        return None
    if per_second is None:
        raise typer.BadParameter("Give --per-second as well.")
    return RateLimit(per_second=per_second, per_day=per_day or 0)
