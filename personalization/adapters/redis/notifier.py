from collections.abc import Callable, Sequence

import msgspec

from personalization.adapters.redis.connection import checked_replies_of, connect
from personalization.adapters.redis.keys import Keys
from personalization.adapters.redis.subscription import RedisSubscription
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.settings.redis import RedisSettings

_CHANGES = msgspec.json.Decoder(list[tuple[str, int]])


def encode_changes(changes: Sequence[ProfileChanged]) -> bytes:
    return msgspec.json.encode([(change.session_id, change.version) for change in changes])


class RedisNotifier:
    """Sends one message per batch of changes, over Redis publish and subscribe."""

    def __init__(self, url: str, settings: RedisSettings) -> None:
        self._client = connect(url, settings)
        self._channel = Keys(settings.namespace).change_channel

    def publish(self, changes: Sequence[ProfileChanged]) -> None:
        if not changes:
            return
        message = ("PUBLISH", self._channel, encode_changes(changes))
        checked_replies_of(self._client, [message])

    def subscribe(
        self, on_changes: Callable[[Sequence[ProfileChanged]], None], on_gap: Callable[[], None]
    ) -> RedisSubscription:
        """Return once the server has confirmed, or raise `StoreUnavailableError`."""

        def on_body(body: bytes) -> None:
            changes = _CHANGES.decode(body)
            on_changes([ProfileChanged(SessionId(key), version) for key, version in changes])

        return RedisSubscription(self._client, self._channel, on_body, on_gap)

    def close(self) -> None:
        self._client.close()
