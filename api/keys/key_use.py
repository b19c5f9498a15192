"""What is done of a request with a key that holds: limits, the counts of them, what is told."""

from collections.abc import Iterable
from typing import Final

from api.keys.key_limits import KeyLimits
from api.keys.key_problems import KeyRefusal, used_too_often
from personalization.domain.access.api_key import ApiKey, KeyKind
from personalization.telemetry.metrics import KEY_REQUESTS

_PASSED: Final = {kind: KEY_REQUESTS.labels(kind.value, "passed") for kind in KeyKind}


def use_key(limits: KeyLimits, key: ApiKey, address: str) -> KeyRefusal | None:
    """Count a request; return why it is one too many, if it is."""
    limit = limits.refusal(key, address)
    if limit is None:
        limits.count(key, address)
        _PASSED[key.kind].inc()
        return None
    limits.count_refusal(key)
    refusal = used_too_often(key.key_id, limit)
    KEY_REQUESTS.labels(key.kind.value, refusal.kind.slug).inc()
    told = {name.decode(): value.decode() for name, value in limits.fields(key)}
    return refusal._replace(headers={**told, **refusal.headers})


def header_lines(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%b: %b\r\n" % field for field in fields)
