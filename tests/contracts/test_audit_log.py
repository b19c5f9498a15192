"""The contract of the audit log: every entry once, newest first, by shop and subject."""

from datetime import datetime, timedelta

from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import SHOP, ShopId
from personalization.ports.audit_log import AuditLog
from tests.builders.access.audit_entry import an_audit_entry
from tests.builders.moments import NOON


def ids(entries: object) -> list[str]:
    assert isinstance(entries, list)
    return [entry.entry_id for entry in entries]


def entry_of_day(day: int, subject: str = "rule-1", shop: ShopId = SHOP) -> AuditEntry:
    return an_audit_entry(
        f"{subject}-{day}", NOON + timedelta(days=day), subject=subject, shop=shop
    )


def test_an_entry_comes_back_as_it_was(audit_log: AuditLog) -> None:
    whole = an_audit_entry("whole", NOON, before='{"a":1}', after='{"a":"ż"}', note="2 lines")
    bare = an_audit_entry("bare", NOON - timedelta(seconds=1))
    audit_log.append([bare, whole])
    assert audit_log.newest(SHOP, 10) == [whole, bare]
    assert audit_log.newest(SHOP, 10, subject=whole.subject) == [whole, bare]


def test_an_entry_that_is_written_twice_is_kept_once(audit_log: AuditLog) -> None:
    for _ in range(2):
        audit_log.append([entry_of_day(0), entry_of_day(1)])
    assert ids(audit_log.newest(SHOP, 10)) == ["rule-1-1", "rule-1-0"]


def test_nothing_was_changed_yet(audit_log: AuditLog) -> None:
    audit_log.append([])
    assert audit_log.newest(SHOP, 10) == []


def test_the_newest_come_first_whatever_the_day(audit_log: AuditLog) -> None:
    days = [0, 400, 30, 31, 60, 29]
    audit_log.append([entry_of_day(day) for day in days])
    newest = audit_log.newest(SHOP, 4)
    assert ids(newest) == [f"rule-1-{day}" for day in (400, 60, 31, 30)]


def test_pages_go_on_before_the_last_entry(audit_log: AuditLog) -> None:
    audit_log.append([entry_of_day(day) for day in range(0, 90, 10)])
    found: list[str] = []
    before: datetime | None = None
    while page := audit_log.newest(SHOP, 2, before=before):
        found += [entry.entry_id for entry in page]
        before = page[-1].happened_at
    assert found == [f"rule-1-{day}" for day in range(80, -1, -10)]


def test_of_a_subject_only_its_own(audit_log: AuditLog) -> None:
    audit_log.append([entry_of_day(day, f"rule-{day % 2}") for day in range(40)])
    newest = audit_log.newest(SHOP, 3, before=NOON + timedelta(days=38), subject="rule-0")
    assert ids(newest) == ["rule-0-36", "rule-0-34", "rule-0-32"]
    assert audit_log.newest(SHOP, 3, subject="rule-7") == []


def test_each_shop_has_its_own(audit_log: AuditLog) -> None:
    other = ShopId("other")
    audit_log.append([entry_of_day(0), entry_of_day(1, "rule-2", other)])
    assert ids(audit_log.newest(SHOP, 10)) == ["rule-1-0"]
    assert ids(audit_log.newest(other, 10)) == ["rule-2-1"]
    assert audit_log.newest(other, 10, subject="rule-1") == []


def test_what_is_too_old_goes_from_every_shop(audit_log: AuditLog) -> None:
    other = ShopId("other")
    audit_log.append([entry_of_day(day) for day in (0, 1, 2, 100)])
    audit_log.append([entry_of_day(0, "rule-2", other)])
    assert audit_log.prune(NOON + timedelta(days=2)) == 3
    assert ids(audit_log.newest(SHOP, 10)) == ["rule-1-100", "rule-1-2"]
    assert ids(audit_log.newest(SHOP, 10, subject="rule-1")) == ["rule-1-100", "rule-1-2"]
    assert audit_log.newest(other, 10) == []
    assert audit_log.prune(NOON + timedelta(days=2)) == 0


def test_changes_of_products_may_go_before_others(audit_log: AuditLog) -> None:
    actions = ("catalogue.put", "categories.delete", "rules.write", "keys.revoke")
    audit_log.append(
        [
            an_audit_entry(action, NOON + timedelta(days=number), action=action)
            for number, action in enumerate(actions)
        ]
    )
    audit_log.append([an_audit_entry("new", NOON + timedelta(days=9), action="catalogue.put")])
    assert audit_log.prune_catalogue(NOON + timedelta(days=5)) == 2
    left = ["new", "keys.revoke", "rules.write"]
    assert ids(audit_log.newest(SHOP, 10)) == left
    assert ids(audit_log.newest(SHOP, 10, subject="rule-1")) == left
