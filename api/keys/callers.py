from dataclasses import dataclass
from typing import Final

from starlette.types import Scope as AsgiScope

from personalization.domain.access.api_key import ApiKey, KeyKind, Scope
from personalization.domain.access.shop import SHOP, ShopId

VISITOR: Final = "visitor"
"""Author of what somebody without a key did."""
KEY_AUTHOR: Final = "key:"
"""Before the id of a key in the name of an author."""
_CALLER: Final = "fitting_room.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request is of, by the key that it shows."""

    key: ApiKey | None
    author: str
    """For editors and the audit log: `key:` and the id of the key."""
    shop: ShopId

    @property
    def is_server(self) -> bool:
        """Whether it may send events of any session."""
        key = self.key
        if key is None or key.kind is not KeyKind.SECRET:
            return False
        return key.allows(Scope.SERVER_EVENTS)

    @property
    def names_users(self) -> bool:
        """Whether it may say who is logged in."""
        key = self.key
        return key is not None and key.kind is KeyKind.SECRET and key.allows(Scope.IDENTITY)

    @classmethod
    def with_key(cls, key: ApiKey) -> "Caller":
        return cls(key, f"{KEY_AUTHOR}{key.key_id}", key.shop)


NOBODY: Final = Caller(None, VISITOR, SHOP)
"""Whoever shows no key where none is needed."""


def caller_of(scope: AsgiScope) -> Caller:
    caller = find_caller(scope)
    if caller is None:
        raise TypeError("the request has not passed the key gate")
    return caller


def find_caller(scope: AsgiScope) -> Caller | None:
    """Return who calls, None where no route answers."""
    caller = scope.get(_CALLER)
    return caller if isinstance(caller, Caller) else None


def set_caller(scope: AsgiScope, caller: Caller) -> None:
    scope[_CALLER] = caller
