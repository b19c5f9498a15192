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
