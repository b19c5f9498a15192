"""Puts pseudonyms in place of the user ids of sent events, before anything is done with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from personalization.domain.identifiers import MAXIMUM_ID_LENGTH, ShopUserId, UserId, id_fault
from personalization.tracking.loose_event import fields_of
from personalization.tracking.sent_event import SentEvent

USER_ID: Final = "user_id"
_NAME: Final = USER_ID.encode()
_TOO_LONG: Final = "?" * (MAXIMUM_ID_LENGTH + 1)
_UNCLEAN: Final = " ?"
"""Ids with the same fault as one that is refused: that one is kept nowhere, either."""


def users_in(events: Sequence[SentEvent]) -> Collection[ShopUserId]:
    """Return the ids of users that the events name and that a person can have."""
    named = {
        str(sent)
        for event in events
        if event.fields is not None and (sent := event.fields.user_id) is not msgspec.UNSET
        if sent is not None
    }
    return [ShopUserId(name) for name in named if id_fault(name) is None]


def may_name_users(events: Sequence[SentEvent]) -> bool:
    """Return whether anything of the events may be a user's id."""
    return any(
        _NAME in event.raw if event.fields is None else event.fields.user_id is not msgspec.UNSET
        for event in events
    )


def hide_users(events: Sequence[SentEvent], names: Mapping[ShopUserId, UserId]) -> list[SentEvent]:
    """Return the events with the pseudonyms of all users that they name, also in their JSON."""
    return [_hide(event, names) for event in events]


def _hide(event: SentEvent, names: Mapping[ShopUserId, UserId]) -> SentEvent:
    fields = event.fields
    if fields is None:
        return replace(event, raw=_without_user(event)) if _NAME in event.raw else event
    sent = fields.user_id
    if sent is msgspec.UNSET or sent is None or sent == "":
        return event
    named = names.get(ShopUserId(str(sent))) or _of_same_fault(str(sent))
    raw = _with_user(event.raw, named)
    return replace(event, raw=raw, fields=msgspec.structs.replace(fields, user_id=named))


def _of_same_fault(sent: str) -> str:
    return _TOO_LONG if len(sent) > MAXIMUM_ID_LENGTH else _UNCLEAN


def _with_user(raw: bytes, named: str) -> bytes:
    """Return an event's JSON with another user; a name that stands in it twice is there once."""
    return msgspec.json.encode({**fields_of(raw), USER_ID: named})


def _without_user(event: SentEvent) -> bytes:
    """Return what may be kept of an event that cannot be read: all before the user."""
    fields = fields_of(event.raw) if event.readable else {}
    if USER_ID in fields:
        return msgspec.json.encode({**fields, USER_ID: None})
    return event.raw[: event.raw.index(_NAME)]
