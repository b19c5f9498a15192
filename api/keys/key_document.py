"""What the OpenAPI document says of keys: made from the table of needs, so that it is complete."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.keys.route_needs import PUBLIC, ROUTE_NEEDS, Need, Openness
from api.keys.shown_key import KEY_HEADER, KEY_PARAMETER
from personalization.domain.access.api_key import PUBLISHABLE_SCOPES

_CONVERTOR: Final = re.compile(r":\w+(?=})")
_KEY: Final = "key"
_BEARER: Final = "secretKey"
SESSION_SCHEMES: Final[Mapping[str, Any]] = {
    "sessionToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that the first contact of a session was answered with.",
    },
    "sessionCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "fr_session",
        "description": "Over https it is called `__Host-fr_session`.",
    },
}
SECURITY_SCHEMES: Final[Mapping[str, Mapping[str, Any]]] = {
    _KEY: {
        "type": "apiKey",
        "in": "header",
        "name": KEY_HEADER,
        "description": "A publishable key (`pk_...`), which pages show from the origins that it is "
        "bound to, or a secret one (`sk_...`) of a server. Beacons of pages, which have no "
        f"headers, send a publishable key as `?{KEY_PARAMETER}=`.",
    },
    _BEARER: {
        "type": "http",
        "scheme": "bearer",
        "description": "The same for a secret key, where no session's token is sent so.",
    },
}
LIMIT_HEADERS: Final[Mapping[str, str]] = {
    "ratelimit-policy": "Limits of the key: `q` requests in a window of `w` seconds.",
    "ratelimit": "What is left of them: `r` requests for `t` seconds.",
}

Security = list[dict[str, list[str]]]
"""Each a way to be let in; {} is without anything."""


def needs_by_operation() -> dict[tuple[str, str], Need]:
    """Return the table as the document names its operations: lower-case methods, plain paths."""
    return {
        (method.lower(), _CONVERTOR.sub("", template)): need
        for (method, template), need in ROUTE_NEEDS.items()
    }


def with_key(security: Sequence[Mapping[str, list[str]]] | None, need: Need) -> Security:
    """Return the ways of an operation to be let in, each together with the scope of a key."""
    others: Security = [dict(way) for way in security or [{}]]
    if need is PUBLIC:
        return others
    if isinstance(need, Openness):
        return [{}, {_KEY: []}]
    with_header: Security = [{_KEY: [str(need)], **way} for way in others]
    if need in PUBLISHABLE_SCOPES:
        return [*with_header, *others]
    return [*with_header, *({_BEARER: [str(need)], **way} for way in others if not way)]


def sentence_of(need: Need) -> str:
    if need is PUBLIC:
        return ""
    if isinstance(need, Openness):
        return "On loopback, and on a port of operations, without a key; elsewhere any secret one."
    kind = "a key" if need in PUBLISHABLE_SCOPES else "a secret key"
    where = ", but on loopback" if need in PUBLISHABLE_SCOPES else ""
    return f"Needs {kind} with the scope `{need}`{where}."
