from typing import Generic, TypeVar

import msgspec

from personalization.domain.action_table import ActionTable
from personalization.domain.decision import Decision
from personalization.domain.event import Event
from personalization.domain.prior import Generation, RankedList
from personalization.domain.profile import Profile
from personalization.domain.session import Session
from personalization.domain.user_binding import UserBinding

_Value = TypeVar("_Value")


def _plain(value: object) -> object:
    if isinstance(value, ActionTable):
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


EVENT: JsonCodec[Event] = JsonCodec(Event)
SESSION: JsonCodec[Session] = JsonCodec(Session)
DECISION: JsonCodec[Decision] = JsonCodec(Decision)
PROFILE: JsonCodec[Profile] = JsonCodec(Profile)
GENERATION: JsonCodec[Generation] = JsonCodec(Generation)
RANKED_LIST: JsonCodec[RankedList] = JsonCodec(RankedList)
USER_BINDING: JsonCodec[UserBinding] = JsonCodec(UserBinding)
