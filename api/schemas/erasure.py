from typing import Annotated

import msgspec

from api.schemas.consent import ConsentAnswer, ConsentFields
from personalization.erasure.receipt import PeopleReceipt

_Session = Annotated[str, msgspec.Meta(max_length=64)]
_User = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class ErasureFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to be erased."""

    session_ids: Annotated[list[_Session], msgspec.Meta(max_length=5_000)] = []
    """UUIDs of visits."""
    user_ids: Annotated[list[_User], msgspec.Meta(max_length=100)] = []
    """The shop's own ids of people: all their visits."""


class OwnErasureFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A visit erases itself; with the person's token all their visits."""

    user_token: Annotated[str, msgspec.Meta(max_length=1_024)] | None = None


class ErasureAnswer(msgspec.Struct, frozen=True):
    """It is begun at once, and done within a minute where everything answers."""

    request_ids: list[str]
    """Read each at `GET /v1/erasures/ID`: the receipt as of then."""


class SignedErasure(msgspec.Struct, frozen=True):
    """The receipt as of now, signed."""

    receipt: PeopleReceipt
    """What is signed are the bytes of this object, as they stand in the answer."""
    algorithm: str
    key_id: str
    public_key: str
    """Hexadecimal."""
    signature: str


PEOPLE_SHAPES = (
    ConsentFields, ConsentAnswer, ErasureFields, OwnErasureFields, ErasureAnswer, SignedErasure,
)  # fmt: skip
