"""The contract of the notifier: everyone who listens hears every change, and of gaps."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial

import pytest

from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import Notifier, ProfileChanged
from tests.contracts.other_process import notify_once, other_process
from tests.contracts.places import RestartableRedis
from tests.waiting import eventually


class Listener:
    """Remembers what it heard."""

    def __init__(self) -> None:
        self.changes: list[ProfileChanged] = []
        self.gaps = 0

    def on_changes(self, changes: Sequence[ProfileChanged]) -> None:
        self.changes.extend(changes)

    def on_gap(self) -> None:
        self.gaps += 1


def a_change(version: int, session_id: str = "session-1") -> ProfileChanged:
    return ProfileChanged(SessionId(session_id), version)


def test_a_subscriber_is_told_everything_in_order(notifier: Notifier) -> None:
    listener = Listener()
    with closing(notifier.subscribe(listener.on_changes, listener.on_gap)):
        notifier.publish([a_change(1), a_change(7, "session-2")])
        notifier.publish([])
        notifier.publish([a_change(2)])
        expected = [a_change(1), a_change(7, "session-2"), a_change(2)]
        eventually(lambda: listener.changes == expected)
    assert listener.gaps == 0


def test_all_subscribers_are_told(messenger: RestartableRedis, notifier: Notifier) -> None:
    listener, other = Listener(), Listener()
    with (
        closing(notifier.subscribe(listener.on_changes, listener.on_gap)),
        closing(messenger.place.open_notifier()) as elsewhere,
        closing(elsewhere.subscribe(other.on_changes, other.on_gap)),
    ):
        notifier.publish([a_change(1)])
        eventually(lambda: listener.changes == other.changes == [a_change(1)])


def test_a_closed_subscription_is_told_nothing_more(notifier: Notifier) -> None:
    ended, going_on = Listener(), Listener()
    subscription = notifier.subscribe(ended.on_changes, ended.on_gap)
    with closing(notifier.subscribe(going_on.on_changes, going_on.on_gap)):
        subscription.close()
        notifier.publish([a_change(1)])
        eventually(lambda: going_on.changes == [a_change(1)])
    assert ended.changes == []


def test_another_process_is_heard(messenger: RestartableRedis, notifier: Notifier) -> None:
    listener = Listener()
    with (
        closing(notifier.subscribe(listener.on_changes, listener.on_gap)),
        other_process(notify_once, messenger.place, "session-9", 4) as (_, pipe),
    ):
        assert pipe.poll(30)
        assert pipe.recv() == "done"
        eventually(lambda: listener.changes == [a_change(4, "session-9")])


def test_after_an_interruption_it_listens_again_and_tells_of_the_gap(
    messenger: RestartableRedis, notifier: Notifier
) -> None:
    listener = Listener()

    def counts(gaps: int) -> bool:
        return listener.gaps == gaps

    def ends_with(change: ProfileChanged) -> bool:
        return listener.changes[-1:] == [change]

    with closing(notifier.subscribe(listener.on_changes, listener.on_gap)):
        for round_ in (1, 2):
            messenger.interrupt()
            eventually(partial(counts, round_))
            notifier.publish([a_change(round_)])
            eventually(partial(ends_with, a_change(round_)))


def test_without_a_server_the_caller_is_told(
    messenger: RestartableRedis, notifier: Notifier
) -> None:
    listener = Listener()
    messenger.server.stop()
    with pytest.raises(StoreUnavailableError):
        notifier.publish([a_change(1)])
    with pytest.raises(StoreUnavailableError):
        notifier.subscribe(listener.on_changes, listener.on_gap)
    messenger.server.start()
    with closing(notifier.subscribe(listener.on_changes, listener.on_gap)):
        notifier.publish([a_change(2)])
        eventually(lambda: listener.changes == [a_change(2)])


def test_a_subscription_can_be_closed_while_the_server_is_away(
    messenger: RestartableRedis, notifier: Notifier
) -> None:
    listener = Listener()
    subscription = notifier.subscribe(listener.on_changes, listener.on_gap)
    messenger.server.stop()
    subscription.close()
    assert listener.changes == []
