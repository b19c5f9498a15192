"""Which lines of an impression count: those that its decision has shown to its session."""

from dataclasses import replace
from enum import StrEnum

from personalization.domain.event import Event
from personalization.domain.shown_decision import ShownDecision

CHECK_HEADER = "decision"
"""The header of a record by which the API says how it judged the decision that the event names."""
NOT_CHECKED = "unchecked"
"""It could not judge it: another process had shown it, or it was too long ago."""


class Refusal(StrEnum):
    """Why something of an event was not counted; a label of the metric."""

    UNKNOWN_DECISION = "unknown_decision"
    FOREIGN_DECISION = "foreign_decision"
    NOT_IN_SLATE = "not_in_slate"
    UNCHECKED_FIRST_VISIT = "unchecked_first_visit"
    """A first visit's decision is kept once the API has made it again. An event that the API could
    not check may be older than that, so whether it counts would depend on when it is read."""
    TOO_MANY = "too_many"
    TOO_MANY_OF_SESSION = "too_many_of_session"
    TOO_MANY_INTERACTIONS = "too_many_interactions"


def check_decision(
    event: Event, shown: ShownDecision | None, *, was_checked: bool = True
) -> Refusal | None:
    if shown is None:
        return Refusal.UNKNOWN_DECISION
    if shown.session_id != event.session_id:
        return Refusal.FOREIGN_DECISION
    if shown.last_event_id is None and not was_checked:
        return Refusal.UNCHECKED_FIRST_VISIT
    return None


def check_impression(
    event: Event, shown: ShownDecision | None, *, was_checked: bool = True
) -> tuple[Event, Refusal | None]:
    """Return the impression with the lines that count, maybe none, and why others would not."""
    why = check_decision(event, shown, was_checked=was_checked)
    if shown is None or why is not None:
        return event.with_lines(()), why
    return _shown_lines(event, shown), Refusal.NOT_IN_SLATE


def _shown_lines(event: Event, shown: ShownDecision) -> Event:
    """Return the impression with the lines that the slate had, each product in its slot."""
    products = event.product_ids
    if len(event.slots) == len(products):
        slate = {(slot.product_id, slot.position) for slot in shown.slate}
        lines = zip(products, event.slots, strict=True)
        return event.with_lines([place for place, line in enumerate(lines) if line in slate])
    in_slate = {slot.product_id for slot in shown.slate}
    shown_products = tuple(name for name in products if name in in_slate)
    return replace(event, product_ids=shown_products, variant_ids=())
