"""Reads what a kept decision has shown without building the rest of it.

The types here name the fields that are wanted; all others are skipped where they stand. An action
is an array, whose unwanted places are kept as they are written (`Raw`) and looked into no further.
"""

from collections.abc import Mapping

import msgspec

from personalization.decisions.decision_record import plain_texts
from personalization.decisions.former_actions import read_strengths
from personalization.decisions.former_columns import COMPACT, compact_parts
from personalization.decisions.packed_record import PACKED, damage_as_value_error, unpack_slate
from personalization.domain.action_table import Sparse
from personalization.domain.decision import Exposure, Slot
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    ProductId,
    SessionId,
    UserId,
)
from personalization.domain.shown_decision import ShownDecision


class _Ingredients(msgspec.Struct, array_like=True):
    probability: msgspec.Raw
    cap: msgspec.Raw
    relevances: msgspec.Raw
    strengths: tuple[tuple[int, float], ...]


class _Action(msgspec.Struct, array_like=True):
    """`Action`; the ingredients of those that were shown are read later."""

    product_id: ProductId
    category_id: msgspec.Raw
    sources: msgspec.Raw
    relevance: msgspec.Raw
    prior: msgspec.Raw
    score: msgspec.Raw
    ingredients: msgspec.Raw


class _Prior(msgspec.Struct):
    name: str


class _Frame(msgspec.Struct):
    priors: tuple[_Prior, ...]


class _Decision(msgspec.Struct):
    decision_id: DecisionId
    session_id: SessionId
    slate: tuple[Slot, ...]
    frame: _Frame
    actions: tuple[_Action, ...]
    last_event_id: EventId | None = None
    exposures: tuple[Exposure, ...] = ()


class _Profile(msgspec.Struct):
    user_id: UserId | None


class _CompactProfile(msgspec.Struct, array_like=True):
    """`KeptProfile`, of whose places the rest is skipped."""

    user_id: UserId | None


_DECISION = msgspec.json.Decoder(_Decision)
_PROFILE = msgspec.json.Decoder(_Profile)
_COMPACT_PROFILE = msgspec.json.Decoder(_CompactProfile)
_INGREDIENTS = msgspec.json.Decoder(_Ingredients)


@damage_as_value_error()
def decode_shown_record(body: bytes) -> ShownDecision:
    """Raise `ValueError` for anything but a record of `encode_record`."""
    if body[:1] == PACKED:
        return unpack_slate(body)
    if body[:1] != COMPACT:
        return decode_shown(*plain_texts(body))
    parts = compact_parts(body)
    read = _DECISION.decode(parts.decision)
    strengths = read_strengths(parts.columns())
    shown = {slot.product_id: strengths[slot.product_id] for slot in read.slate}
    return _shown_decision(read, _COMPACT_PROFILE.decode(parts.profile).user_id, shown)


def decode_shown(decision: bytes, profile: bytes) -> ShownDecision:
    """Raise `ValueError` where one of the fields is wrong; the others are not looked at."""
    read = _DECISION.decode(decision)
    shown = {slot.product_id for slot in read.slate}
    strengths = {
        action.product_id: _INGREDIENTS.decode(action.ingredients).strengths
        for action in read.actions
        if action.product_id in shown
    }
    return _shown_decision(read, _PROFILE.decode(profile).user_id, strengths)


def _shown_decision(
    read: _Decision, user_id: UserId | None, strengths: Mapping[ProductId, Sparse]
) -> ShownDecision:
    return ShownDecision(
        decision_id=read.decision_id,
        session_id=read.session_id,
        user_id=user_id,
        slate=read.slate,
        exposures=read.exposures,
        priors=tuple(prior.name for prior in read.frame.priors),
        strengths=strengths,
        last_event_id=read.last_event_id,
    )
