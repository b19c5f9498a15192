"""What is done of a request with a key that holds: limits, the counts of them, what is told."""

from api.keys.key_limits import KeyLimits
from api.keys.key_problems import KeyRefusal, used_too_often
from personalization.domain.access.api_key import ApiKey
from personalization.telemetry.metrics import KEY_REQUESTS


def use_key(limits: KeyLimits, key: ApiKey, address: str) -> KeyRefusal | None:
    """Count a request; return why it is one too many, if it is."""
    counter = limits.counter(key)
    limit = limits.refusal(counter, address)
    if limit is None:
        limits.count(counter, address)
        return None
    limits.count_refusal(counter, address, limit.window)
    refusal = used_too_often(key.key_id, limit)
    KEY_REQUESTS.labels(key.kind.value, refusal.kind.slug).inc()
    fields = counter.fields(limits.now())
    told = {name.decode(): value.decode() for name, value in fields}
    return refusal._replace(headers={**told, **refusal.headers})
