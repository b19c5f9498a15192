"""Tells every process that profiles changed, over Redis publish and subscribe."""

from collections.abc import Callable, Sequence

import msgspec

from personalization.adapters.redis.connection import connect, translated_errors
from personalization.adapters.redis.keys import Keys
from personalization.adapters.redis.subscription import RedisSubscription
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.settings.redis import RedisSettings

_CHANGES = msgspec.json.Decoder(list[tuple[str, int]])


class RedisNotifier:
    """The `Notifier`: one message per batch of changes."""

    def __init__(self, url: str, settings: RedisSettings) -> None:
        self._client = connect(url, settings)
        self._channel = Keys(settings.namespace).change_channel

    def publish(self, changes: Sequence[ProfileChanged]) -> None:
        if not changes:
            return
        body = msgspec.json.encode([(change.session_id, change.version) for change in changes])
        with translated_errors():
            self._client.publish(self._channel, body)

    def subscribe(
        self, on_changes: Callable[[Sequence[ProfileChanged]], None], on_gap: Callable[[], None]
    ) -> RedisSubscription:
        """Call `on_changes`, on a thread of its own, for everything published from now on.

        Returns once the server has confirmed; raises `StoreUnavailableError` if it does not.
        """

        def on_body(body: bytes) -> None:
            on_changes(
                [
                    ProfileChanged(SessionId(session_id), version)
                    for session_id, version in _CHANGES.decode(body)
                ]
            )

        return RedisSubscription(self._client, self._channel, on_body, on_gap)

    def close(self) -> None:
        """Close the connections; close subscriptions first."""
        self._client.close()
