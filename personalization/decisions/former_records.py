"""Reads decisions and profiles as earlier releases kept them.

Names changed, not what they stand for: a decision's `policy` became `base_policy`, a draw's
`sharpness` the parameter of its kernel, and the profile took the shape in which it is served. To go
once the decisions kept by them have passed their retention.
"""

from typing import Any

import msgspec

from personalization.codec.json_codec import DECISION, PROFILE
from personalization.domain.decision import Decision
from personalization.domain.draw import Kernel
from personalization.domain.profile import Profile, ScoredProduct, main_reasons, profile_slots
from personalization.policies.spec import current_text

_PRESENT = b'"base_policy":'
_PARAMETERS = {Kernel.SOFTMAX.value: "inverse_temperature", Kernel.SQUARECB.value: "gamma"}
_Json = dict[str, Any]


def decode_decision(body: bytes) -> Decision:
    """Return a decision of this release or an earlier one; raises `ValueError`."""
    if _PRESENT in body:
        return DECISION.decode(body)
    kept = _object(body)
    kept["base_policy"] = kept.pop("policy", None)
    for draw in _objects(kept, "draws"):
        _rename_policy(draw)
        parameter = _PARAMETERS.get(str(draw.get("kernel")))
        if parameter is not None:
            draw[parameter] = draw.pop("sharpness", 0.0)
    for shadow in _objects(kept, "shadows"):
        _rename_policy(shadow)
    return DECISION.decode(msgspec.json.encode(kept))


def decode_profile(body: bytes, decision: Decision) -> Profile:
    """Return the profile of a decision, of this release or an earlier one; raises `ValueError`."""
    if _PRESENT in body:
        return PROFILE.decode(body)
    kept = _object(body)
    products = msgspec.convert(kept.get("products"), tuple[ScoredProduct, ...])
    profile = {
        **kept,
        "expiry": kept.get("expires_at"),
        "score_data": {"categories": kept.get("categories"), "products": products},
        "slate": profile_slots(decision),
        "recent_products": kept.get("recent_product_ids"),
        "bundled_discount_suggestions": kept.get("bundles"),
        "trending_recommendations": kept.get("trending"),
        "reasons": main_reasons(products),
        "base_policy": kept.get("policy"),
    }
    return PROFILE.decode(msgspec.json.encode(profile))


def decode_served(body: bytes) -> Profile:
    if _PRESENT in body:
        return PROFILE.decode(body)
    kept = _object(body)
    kept["base_policy"] = kept.pop("policy", None)
    return PROFILE.decode(msgspec.json.encode(kept))


def _object(body: bytes) -> _Json:
    return msgspec.json.decode(body, type=_Json)


def _objects(kept: _Json, name: str) -> list[_Json]:
    """Return the objects of a list within `kept`; what is no object is left to the decoder."""
    listed = kept.get(name)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _rename_policy(drawn: _Json) -> None:
    policy = drawn.get("policy")
    if isinstance(policy, str):
        drawn["policy"] = current_text(policy)
