"""Which processes may start beside others: those that have the key that these use."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.domain.errors import InvalidKeyError
from personalization.ports.plan_store import PRIVACY_KEYS
from personalization.vault.known_keys import check_ring, note_key
from personalization.vault.privacy_ring import PrivacyKey, PrivacyRing
from tests.builders.moments import NOON
from tests.builders.plan_store import a_plan_store

OLD, NEW, OTHER = (PrivacyKey(bytes([number]) * 32) for number in (1, 2, 3))


@pytest.fixture
def plans(tmp_path: Path) -> Iterator[SqlitePlanStore]:
    with closing(a_plan_store(tmp_path)) as store:
        yield store


def start(plans: SqlitePlanStore, *keys: PrivacyKey) -> None:
    check_ring(plans, PrivacyRing(keys), NOON)


def test_a_process_with_other_keys_is_refused_with_what_to_do(plans: SqlitePlanStore) -> None:
    start(plans, OLD)
    with pytest.raises(InvalidKeyError, match="Give all processes the same") as refused:
        start(plans, OTHER, NEW)
    said = str(refused.value)
    assert OLD.key_id in said
    assert OTHER.key_id in said
    assert OTHER.secret.hex() not in said
    start(plans, OLD)


def test_a_new_key_takes_over_by_two_steps_and_the_former_one_goes(plans: SqlitePlanStore) -> None:
    for ring in ((OLD,), (OLD, NEW), (OLD,), (NEW, OLD), (OLD, NEW), (NEW,)):
        start(plans, *ring)
    with pytest.raises(InvalidKeyError, match=NEW.key_id):
        start(plans, OLD)


def test_a_key_that_is_not_used_yet_does_not_take_over(plans: SqlitePlanStore) -> None:
    later = PrivacyKey(NEW.secret, NOON + timedelta(seconds=10))
    start(plans, OLD)
    start(plans, later, OLD)
    start(plans, OLD)
    note_key(plans, later)
    start(plans, later)
    with pytest.raises(InvalidKeyError):
        start(plans, OLD)


def test_nothing_is_written_at_a_start_that_is_no_news_and_no_key_is_kept(
    plans: SqlitePlanStore,
) -> None:
    for _ in range(3):
        start(plans, OLD)
    [version] = plans.versions(PRIVACY_KEYS)
    plan = plans.read_version(PRIVACY_KEYS, version)
    assert plan is not None
    assert OLD.secret.hex().encode() not in plan.body
    assert OLD.secret not in plan.body
