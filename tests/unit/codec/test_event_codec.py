"""Events as they stand in the log."""

from datetime import timedelta
from itertools import product

import msgspec
import pytest

from personalization.codec.event_columns import event_of, row_of
from personalization.codec.json_codec import EVENT
from personalization.domain.consent import Consent, ConsentPurpose
from personalization.domain.event import Event, EventType, PastAct
from personalization.domain.identifiers import ProductId
from tests.builders.event import an_event
from tests.builders.moments import NOON

_PLAIN = msgspec.json.Encoder()
CONSENTS: tuple[Consent | None, ...] = (None, (), (ConsentPurpose.LEARN, ConsentPurpose.SHARE))


@pytest.mark.parametrize(("attested", "consent"), [*product((None, True, False), CONSENTS)])
def test_what_is_said_of_consent_and_attestation_comes_back(
    attested: bool | None,  # noqa: FBT001 (a parameter of the test)
    consent: Consent | None,
) -> None:
    event = an_event(attested=attested, consent=consent)
    assert EVENT.decode(EVENT.encode(event)) == event
    assert EVENT.decode(_PLAIN.encode(event)) == event


def test_an_event_that_says_nothing_of_them_takes_no_more_bytes_than_before() -> None:
    text = EVENT.encode(an_event())
    assert text.endswith(b',"duration_ms":null}')
    assert EVENT.decode(text).consent is None
    names = set(msgspec.json.decode(text))
    left_out = {"attested", "consent", "variant_ids", "past"}
    assert names == set(Event.__dataclass_fields__) - left_out


@pytest.mark.parametrize("sent", [b'["sell"]', b'"learn"', b'{"learn":true}', b"[1]"])
def test_a_consent_that_the_log_cannot_have_is_no_event(sent: bytes) -> None:
    text = EVENT.encode(an_event()).removesuffix(b"}") + b',"consent":' + sent + b"}"
    with pytest.raises(ValueError, match="consent"):
        EVENT.decode(text)


def test_what_a_login_brings_along_comes_back() -> None:
    moment = NOON - timedelta(microseconds=3)
    act = PastAct(ProductId("shirt-2"), EventType.ADD_TO_CART, moment, 3.0)
    event = an_event(type=EventType.LOGIN, product_ids=(), past=(act,))
    assert EVENT.decode(EVENT.encode(event)) == event
    assert event_of(row_of(event)) == event
