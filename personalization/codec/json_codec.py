from typing import Generic, TypeVar

import msgspec

from personalization.domain.access.user_binding import UserBinding
from personalization.domain.action_table import ActionTable
from personalization.domain.consent import ConsentStatement
from personalization.domain.decision import Decision
from personalization.domain.event import Event
from personalization.domain.prior import Generation, RankedList
from personalization.domain.profile import Profile
from personalization.domain.session import Session
from personalization.domain.slates.lazy_tuple import LazyTuple

_Value = TypeVar("_Value")


def _plain(value: object) -> object:
    if isinstance(value, ActionTable | LazyTuple):
        return tuple(value)
    raise NotImplementedError(f"{type(value).__name__} is no value of ours.")


class JsonCodec(Generic[_Value]):
    """Encodes and decodes one type, strictly: a wrong shape raises `ValueError`."""

    def __init__(self, kind: type[_Value]) -> None:
        self._encoder = msgspec.json.Encoder(enc_hook=_plain)
        self._decoder = msgspec.json.Decoder(kind)

    def encode(self, value: _Value) -> bytes:
        return self._encoder.encode(value)

    def decode(self, body: bytes | str) -> _Value:
        return self._decoder.decode(body)


class DecisionCodec(JsonCodec[Decision]):
    """Leaves the last fields out where they say nothing: erased visits, what was asked, pieces.

    So most decisions are the same bytes as before there was any, and so are hashes of them.
    """

    def encode(self, value: Decision) -> bytes:
        text = super().encode(value)
        if value.by_pieces:
            return text
        text = text.removesuffix(_NO_PIECES)
        if value.asked is None:
            text = text.removesuffix(_NOTHING_ASKED)
            text = text if value.erased_version else text.removesuffix(_NOTHING_ERASED)
        return text + b"}"


class EventCodec(JsonCodec[Event]):
    """Leaves the last fields out where they say nothing: variants, attestation, consent, past acts.

    So an event takes no more bytes than before there were any.
    """

    def encode(self, value: Event) -> bytes:
        text = super().encode(value)
        if value.past:
            return text
        text = text.removesuffix(_NO_PAST) + b"}"
        if value.consent is not None:
            return text
        text = text.removesuffix(_NO_CONSENT)
        if value.attested is None:
            text = text.removesuffix(_NOT_ASKED)
            text = text if value.variant_ids else text.removesuffix(_NO_VARIANTS)
        return text + b"}"


_NO_PAST = b',"past":[]}'
_NO_CONSENT = b',"consent":null}'
_NOT_ASKED = b',"attested":null'
_NO_VARIANTS = b',"variant_ids":[]'
_NO_PIECES = b',"by_pieces":false}'
_NOTHING_ASKED = b',"asked":null'
_NOTHING_ERASED = b',"erased_version":0'

EVENT = EventCodec(Event)
SESSION: JsonCodec[Session] = JsonCodec(Session)
DECISION = DecisionCodec(Decision)
PROFILE: JsonCodec[Profile] = JsonCodec(Profile)
GENERATION: JsonCodec[Generation] = JsonCodec(Generation)
RANKED_LIST: JsonCodec[RankedList] = JsonCodec(RankedList)
USER_BINDING: JsonCodec[UserBinding] = JsonCodec(UserBinding)
CONSENT_STATEMENT: JsonCodec[ConsentStatement] = JsonCodec(ConsentStatement)
