"""How a body is taken apart."""

import pytest

from api.errors import BATCH_TOO_LARGE, MALFORMED_JSON, WRONG_SHAPE, Kind, ProblemError
from api.tracking.request_events import events_in


@pytest.mark.parametrize(
    "body", [b'{"type":"x"}', b'[{"type":"x"}]', b' {"events":[{"type":"x"}]}']
)
def test_an_event_a_list_and_an_envelope_are_all_batches(body: bytes) -> None:
    (sent,) = events_in(body, 10)
    assert sent.fields is not None
    assert sent.fields.type == "x"


def test_one_event_of_the_wrong_shape_leaves_the_others_alone() -> None:
    good, bad, text = events_in(b'[{"type":"x"},{"type":5},"text"]', 10)
    assert good.fields is not None
    assert bad.fields is None
    assert "$.type" in bad.fault
    assert text.raw == b'"text"'


@pytest.mark.parametrize(
    "bad",
    [
        b'{"type":"\\ud800"}',
        b'{"unknown":"\\udfff\\ud800 and on"}',
        b'{"\\ud800":1}',
        b'{"type":"\xff"}',
        b'{"type":"\xed\xa0\x80"}',
        b'{"type":"a\nb"}',
        b'{"type":x}',
        b'{"rating":NaN}',
        b"tru",
        b"",
        b'{"unknown":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"type":"a","b":["],[","\\"]\\ud800"],"c":{}}',
    ],
)
@pytest.mark.parametrize("batch", [b"[%b]", b'{"deep":{"events":[1,2]},"events": [%b],"x":1}'])
def test_one_event_that_is_no_json_leaves_the_others_alone(bad: bytes, batch: bytes) -> None:
    good = b'{"type":"x","a":[1,{"b":"],{"}]}'
    first, spoiled, last = events_in(batch % b",".join((good, bad, good)), 10)
    assert (first.readable, spoiled.readable, last.readable) == (True, False, True)
    assert first.fields is not None
    assert first.fields == last.fields
    assert spoiled.raw == bad


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 300_000,
        b"[]" * 300_000,
        b"[" + b"[]," * 300_000,
        b'["' + b'\\"' * 300_000,
        b'[{"type":"x"},"\\ud800","\\',
        b'{"events":' + b'"\\ud800",' * 1_000,
        b"{" + b'"a":1,' * 100_000,
    ],
)
def test_a_body_that_cannot_be_told_apart_is_given_up_as_a_whole(body: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        events_in(body, 10)
    assert caught.value.kind is MALFORMED_JSON


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(events_in(b'\xef\xbb\xbf[{"type":"x"}]', 10)) == 1


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b'{"type":x}', MALFORMED_JSON, "byte 8"),
        (b'[{"type":"x"},', MALFORMED_JSON, "byte 14"),
        (b"", MALFORMED_JSON, "byte 0"),
        (b"[" * 100_000, MALFORMED_JSON, "too deeply"),
        (b'[{"type":"\xff"}]', MALFORMED_JSON, "byte 10"),
        (b'[{"type":"\\ud800"}]', MALFORMED_JSON, "byte"),
        (b"7", WRONG_SHAPE, "Expected `object`"),
        (b'{"events":7}', WRONG_SHAPE, "$.events"),
        (b"[]", WRONG_SHAPE, "empty"),
        (b"[{},{},{}]", BATCH_TOO_LARGE, "3 events"),
    ],
)
def test_a_body_that_is_no_batch_is_a_problem_that_says_where(
    body: bytes, kind: Kind, said: str
) -> None:
    with pytest.raises(ProblemError) as caught:
        events_in(body, 2)
    assert caught.value.kind is kind
    assert said in caught.value.detail
