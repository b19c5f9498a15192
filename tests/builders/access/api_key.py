from dataclasses import replace
from typing import Any

from personalization.domain.access.api_key import SERVER_SCOPES, ApiKey, KeyId, KeyKind
from tests.builders.moments import NOON


def an_api_key(key_id: str = "k23456789012", **fields: Any) -> ApiKey:
    """Return a secret key of a server, whose secret nobody knows."""
    key = ApiKey(
        key_id=KeyId(key_id),
        kind=KeyKind.SECRET,
        name="shop system",
        digests=("0" * 64,),
        scopes=SERVER_SCOPES,
        created_at=NOON,
    )
    return replace(key, **fields)
