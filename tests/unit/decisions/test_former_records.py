"""Records that earlier releases kept are read as what they said then."""

from base64 import b64decode
from pathlib import Path

import msgspec
import pytest

from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.decision_record import decode_record, decode_record_decision
from personalization.decisions.former_columns import COMPACT
from personalization.decisions.former_records import (
    decode_decision,
    decode_profile,
    decode_served,
)
from personalization.decisions.shown_decision import decode_shown_record
from personalization.domain.draw import Draw, Kernel
from personalization.domain.profile import PINNED
from tests.builders.decision import a_decision
from tests.builders.profile import a_profile

SOFT = Draw(
    policy="softmax:inverse_temperature=50,epsilon=0.02",
    policy_version="7",
    size=2,
    epsilon=0.02,
    kernel=Kernel.SOFTMAX,
    inverse_temperature=50.0,
)
SQUARE = Draw(
    placement="aside",
    policy="squarecb:gamma=10000,epsilon=0",
    policy_version="7",
    size=1,
    epsilon=0.0,
    kernel=Kernel.SQUARECB,
    gamma=10_000.0,
)


def former_json(**changes: object) -> bytes:
    """Return a decision's JSON with the names of the first release."""
    decision = msgspec.json.decode(DECISION.encode(a_decision(draws=(SOFT, SQUARE))))
    decision["policy"] = decision.pop("base_policy")
    for draw, sharpness, text in zip(
        decision["draws"],
        (50.0, 10_000.0),
        ("softmax:sharpness=50,epsilon=0.02", "squarecb:sharpness=10000,epsilon=0"),
        strict=True,
    ):
        del draw["inverse_temperature"], draw["gamma"]
        draw |= {"sharpness": sharpness, "policy": text}
    return msgspec.json.encode(decision | changes)


def test_a_former_decision_is_the_decision_under_its_present_names() -> None:
    assert decode_decision(former_json()) == a_decision(draws=(SOFT, SQUARE))


def test_a_present_decision_is_read_as_it_is() -> None:
    decision = a_decision(draws=(SOFT, SQUARE))

    assert decode_decision(DECISION.encode(decision)) == decision


def test_a_former_profile_takes_the_shape_that_is_served() -> None:
    decision = a_decision(draws=(SOFT, SQUARE))
    profile = a_profile()
    kept = msgspec.json.decode(PROFILE.encode(profile))
    former = {
        **kept,
        "policy": kept.pop("base_policy"),
        "expires_at": kept.pop("expiry"),
        **kept.pop("score_data"),
        "slate": [{"position": 0, "product_id": "shirt-2", "propensity": 1.0, "explored": False}],
        "recent_product_ids": kept.pop("recent_products"),
        "bundles": kept.pop("bundled_discount_suggestions"),
        "trending": kept.pop("trending_recommendations"),
    }
    for name in ("base_policy", "expiry", "score_data", "recent_products"):
        former.pop(name, None)

    read = decode_profile(msgspec.json.encode(former), decision)

    assert read.score_data == profile.score_data
    assert (read.expiry, read.base_policy) == (profile.expiry, profile.base_policy)
    assert read.bundled_discount_suggestions == profile.bundled_discount_suggestions
    assert [slot.product_id for slot in read.slate] == [slot.product_id for slot in decision.slate]
    assert {slot.policy for slot in read.slate} <= {SOFT.policy, SQUARE.policy, PINNED}


def test_a_former_profile_in_redis_is_read_though_its_slots_name_no_policy() -> None:
    profile = a_profile()
    served = msgspec.json.decode(PROFILE.encode(profile))
    served["policy"] = served.pop("base_policy")

    assert decode_served(msgspec.json.encode(served)) == profile


def test_a_record_with_columns_beside_its_json_says_what_both_texts_say() -> None:
    """Both were written by the last release that wrote the first."""
    kept = msgspec.json.decode((Path(__file__).parent / "former_record.json").read_bytes())
    compact, texts = b64decode(kept["compact"]), b64decode(kept["texts"])

    whole = decode_record(texts)

    assert compact[:1] == COMPACT
    assert decode_record(compact) == whole
    assert decode_record_decision(compact) == whole.decision
    assert decode_shown_record(compact) == decode_shown_record(texts)


def test_a_damaged_record_with_columns_is_refused() -> None:
    kept = msgspec.json.decode((Path(__file__).parent / "former_record.json").read_bytes())
    body = b64decode(kept["compact"])

    for place in (3, 9, len(body) // 3, len(body) - 1):
        damaged = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        for wrong in (damaged, body[:place]):
            with pytest.raises(ValueError, match=r"\w"):
                decode_record(wrong)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"null",
        b"{",
        b'{"policy": 3}',
        b'{"draws": null}',
        b'{"draws": [{}]}',
        b'{"draws": [{"policy": 1}]}',
        b'{"draws": [{"kernel": []}], "shadows": [7]}',
    ],
)
def test_what_no_release_kept_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_decision(body)
    with pytest.raises(ValueError, match=r"."):
        decode_profile(body, a_decision())
