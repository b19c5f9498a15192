import logging
import threading
from collections.abc import Callable

from redis.client import PubSub

from personalization.adapters.redis.connection import Client, translated_errors
from personalization.domain.errors import StoreUnavailableError
from personalization.telemetry.metrics import STORE_FAILURES

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
"""Pauses double between these: quick after a restart, gentle on a server that stays away."""
LISTEN_SECONDS = 0.1
"""How long one wait for a message lasts, and so how long `close` may take."""
CONFIRM_SECONDS = 2.0
"""How long the server may take to confirm a subscription."""

_LOG = logging.getLogger(__name__)


class RedisSubscription:
    """Listens on a thread of its own and connects again, for ever, until it is closed."""

    def __init__(
        self,
        client: Client,
        channel: str,
        on_body: Callable[[bytes], None],
        on_gap: Callable[[], None],
    ) -> None:
        self._client = client
        self._channel = channel
        self._on_body = on_body
        self._on_gap = on_gap
        self._closing = threading.Event()
        self._listener = self._listen_anew()
        self._thread = threading.Thread(target=self._run, name="profile-changes", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Not to be called from a callback: it waits for the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        listener: PubSub | None = self._listener
        pause = FIRST_PAUSE_SECONDS
        while not self._closing.is_set():
            try:
                if listener is None:
                    listener = self._listen_anew()
                    # Only now is nothing missed any more: what changed meanwhile can be read.
                    self._on_gap()
                pause = FIRST_PAUSE_SECONDS
                self._deliver(listener)
            except StoreUnavailableError as error:
                STORE_FAILURES.labels(store="notifier").inc()
                _LOG.warning("listening again in %.2f s: %s", pause, error)
                if listener is not None:
                    listener.close()
                    listener = None
                self._closing.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        if listener is not None:
            listener.close()

    def _deliver(self, listener: PubSub) -> None:
        while not self._closing.is_set():
            with translated_errors():
                message = listener.get_message(timeout=LISTEN_SECONDS)
            if message is None:
                continue
            if message["type"] == "message":
                self._on_body(message["data"])
            elif message["type"] == "subscribe":
                # The driver has connected again on its own.
                self._on_gap()

    def _listen_anew(self) -> PubSub:
        with translated_errors():
            listener = self._client.pubsub()
        try:
            self._confirm(listener)
        except StoreUnavailableError:
            listener.close()
            raise
        return listener

    def _confirm(self, listener: PubSub) -> None:
        with translated_errors():
            listener.subscribe(self._channel)
            confirmation = listener.get_message(timeout=CONFIRM_SECONDS)
        if confirmation is None:
            raise StoreUnavailableError("redis: the subscription was not confirmed in time")
