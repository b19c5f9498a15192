"""An event has the same verdict by every version of Python, however deep its JSON is."""

import msgspec
import pytest

from api.errors import ProblemError
from api.tracking.request_events import events_in
from personalization.tracking.nesting import MOST_NESTED, is_too_deep
from personalization.tracking.sent_event import sent_event
from tests.builders.wire_event import a_wire_event


def _brackets(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def _event_with(value: bytes) -> bytes:
    return msgspec.json.encode({**a_wire_event(), "x": msgspec.Raw(value)})


def test_an_event_is_read_down_to_the_limit_and_no_deeper() -> None:
    # The event itself is one of them.
    assert sent_event(_event_with(_brackets(MOST_NESTED - 1))).readable
    refused = sent_event(_event_with(_brackets(MOST_NESTED)))
    assert not refused.readable
    assert refused.fault == "The JSON is nested too deeply"


@pytest.mark.parametrize("depth", [MOST_NESTED, 20_000])
def test_a_deep_event_costs_itself_and_its_neighbours_are_taken(depth: int) -> None:
    sound, deep = _event_with(b"1"), _event_with(_brackets(depth))

    events = events_in(b'{"events":[' + b",".join((sound, deep, sound)) + b"]}", 10)

    assert [event.readable for event in events] == [True, False, True]


@pytest.mark.parametrize("depth", [MOST_NESTED + 1, 20_000])
def test_what_is_deep_beside_the_events_is_malformed(depth: int) -> None:
    body = b'{"x":' + _brackets(depth) + b',"events":[' + _event_with(b"1") + b"]}"

    with pytest.raises(ProblemError, match="nested too deeply, at byte 0"):
        events_in(body, 10)


def test_brackets_in_text_and_side_by_side_are_not_brackets() -> None:
    many = MOST_NESTED * 2
    assert not is_too_deep(b'["' + b"[{" * many + b'"]')
    assert not is_too_deep(b'["\\"' + b"[" * many + b'"]')
    assert not is_too_deep(b"[" + b",".join([b"[]"] * many) + b"]")
    assert is_too_deep(b'["]",' + _brackets(MOST_NESTED) + b"]")
