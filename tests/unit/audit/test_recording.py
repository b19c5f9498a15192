import json
from collections.abc import Sequence
from datetime import datetime

import msgspec
import pytest

from personalization.audit.recording import MAXIMUM_BYTES, Auditor, Change
from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import SHOP, ShopId
from personalization.domain.errors import StoreUnavailableError, UnrecordedChangeError
from tests.builders.settable_clock import SettableClock


class ListedAuditLog:
    """Keeps entries in a list, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.entries: list[AuditEntry] = []
        self._away = away

    def append(self, entries: Sequence[AuditEntry]) -> None:
        if self._away:
            raise StoreUnavailableError("audit.sqlite: locked")
        self.entries += entries

    def newest(
        self, shop: ShopId, limit: int, before: datetime | None = None, subject: str | None = None
    ) -> Sequence[AuditEntry]:
        raise NotImplementedError

    def prune(self, before: datetime) -> int:
        raise NotImplementedError

    def prune_catalogue(self, before: datetime) -> int:
        raise NotImplementedError


def a_change(**fields: object) -> Change:
    known: dict[str, object] = {"author": "ada", "action": "rules.write", "subject": "rule-1"}
    return Change(**{**known, **fields})  # type: ignore[arg-type]


def entry_of(change: Change) -> AuditEntry:
    log = ListedAuditLog()
    Auditor(log, SettableClock()).record(change)
    (entry,) = log.entries
    return entry


def test_values_are_kept_as_json_and_nothing_as_nothing() -> None:
    entry = entry_of(a_change(before=None, after={"amount": 0.5, "products": ("a", "b")}))
    assert (entry.before, entry.after) == (None, '{"amount":0.5,"products":["a","b"]}')
    assert (entry.author, entry.action, entry.subject) == ("ada", "rules.write", "rule-1")
    assert (entry.shop, entry.happened_at) == (SHOP, SettableClock().now())


def test_json_is_taken_as_it_is() -> None:
    assert entry_of(a_change(before=msgspec.Raw(b'{"a":1}'))).before == '{"a":1}'


def test_each_entry_has_an_id_of_its_own() -> None:
    log = ListedAuditLog()
    Auditor(log).record(a_change(), a_change())
    assert len({entry.entry_id for entry in log.entries}) == 2
    assert log.entries[0].happened_at < log.entries[1].happened_at


def test_what_is_too_long_is_cut_and_says_so() -> None:
    entry = entry_of(a_change(after=["ż" * MAXIMUM_BYTES]))
    assert entry.after is not None
    assert len(entry.after.encode()) <= MAXIMUM_BYTES
    kept = json.loads(entry.after)
    assert (kept["cut"], kept["bytes"]) == (True, 2 * MAXIMUM_BYTES + 4)
    assert kept["beginning"].startswith('["żż')


def test_names_and_notes_are_bounded() -> None:
    entry = entry_of(a_change(subject="s" * 5_000, author="a" * 5_000, note="n" * 5_000))
    assert (len(entry.subject), len(entry.author), len(entry.note)) == (200, 200, 2_000)


def test_an_argument_that_is_no_text_is_kept_as_far_as_it_is() -> None:
    assert entry_of(a_change(subject="caf\udce9")).subject == "caf?"


def test_no_changes_are_no_entries() -> None:
    log = ListedAuditLog(away=True)
    Auditor(log).record()
    assert log.entries == []


def test_whoever_changed_something_hears_that_it_is_not_in_the_log() -> None:
    with pytest.raises(UnrecordedChangeError, match=r"was made \(rules.write rule-1\).*locked"):
        Auditor(ListedAuditLog(away=True)).record(a_change())
