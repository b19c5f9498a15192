"""Who a person is: one pseudonym, whatever keys there are, and nothing else that is kept."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from personalization.adapters.sqlite.people.people_store import SqlitePeopleStore
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import ShopUserId, UserId
from personalization.vault import pseudonyms as module
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.people import People
from personalization.vault.privacy_ring import GivenPrivacyKeys, PrivacyKey, PrivacyRing
from personalization.vault.pseudonym import key_of_pseudonym, pseudonym_of
from personalization.vault.pseudonyms import KeyedPseudonyms, PlainPseudonyms
from tests.builders.access.privacy_keys import a_privacy_key, privacy_keys
from tests.builders.interruptible import Interruptible
from tests.builders.settable_clock import SettableClock

ANN, BOB = ShopUserId("ann@shop.example"), ShopUserId("4711")
OLD, NEW = a_privacy_key("old"), a_privacy_key("new")


class Shop:
    """A process over a store of people and a history that has some ids."""

    def __init__(self, folder: Path, *keys: str) -> None:
        self.store = Interruptible(SqlitePeopleStore(folder / "people.sqlite", 0))
        self.in_history: set[UserId] = set()
        self.keys = privacy_keys(*keys)
        self.clock = SettableClock()
        self.now = 0.0

    def process(self, *, keeps_people: bool = True, asks_plain: bool = True) -> KeyedPseudonyms:
        people = People(self.store, FieldCipher(self.keys, self.clock))
        return KeyedPseudonyms(
            self.keys,
            self.clock,
            self._select,
            people if keeps_people else None,
            asks_plain=asks_plain,
            seconds=lambda: self.now,
        )

    def _select(self, user_ids: Sequence[UserId]) -> list[UserId]:
        return [user_id for user_id in user_ids if user_id in self.in_history]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, "old")


def of(process: KeyedPseudonyms, shop_id: ShopUserId, *, keep: bool = True) -> UserId:
    return process.of_many([shop_id], keep=keep)[shop_id]


def test_a_pseudonym_shows_its_key_and_nothing_of_the_person() -> None:
    name = pseudonym_of(ANN, OLD)
    assert key_of_pseudonym(name) == OLD.key_id
    assert "ann" not in name
    assert name == pseudonym_of(ANN, OLD)
    assert len({name, pseudonym_of(BOB, OLD), pseudonym_of(ANN, NEW)}) == 3
    assert [key_of_pseudonym(plain) for plain in ("ann", "u", "u12345678-", name + "x")] == [
        None
    ] * 4


def test_the_shop_s_own_id_is_kept_encrypted_and_comes_back(shop: Shop) -> None:
    name = of(shop.process(), ANN)
    assert shop.process().shop_ids([name, UserId("other")]) == {name: ANN}
    assert b"ann" not in repr(dict(shop.store.read_many([name]))).encode()


def test_who_nobody_vouches_for_is_not_kept(shop: Shop) -> None:
    process = shop.process()
    name = of(process, ANN, keep=False)
    assert process.shop_ids([name]) == {}
    assert of(process, ANN) == name
    assert process.shop_ids([name]) == {name: ANN}


def test_many_events_of_a_person_are_one_write(shop: Shop) -> None:
    process = shop.process()
    assert process.recall([ANN], keep=True) == {}
    of(process, ANN)
    shop.store.away = True
    for _ in range(100):
        assert process.recall([ANN], keep=True) == {ANN: of(process, ANN)}


def test_a_new_key_makes_nobody_another_person(shop: Shop) -> None:
    before = of(shop.process(), ANN)
    shop.keys = privacy_keys("new", "old")
    process = shop.process()
    assert of(process, ANN) == before == pseudonym_of(ANN, OLD)
    assert of(process, BOB) == pseudonym_of(BOB, NEW)
    assert set(process.aliases_of(before)) == {before, pseudonym_of(ANN, NEW), UserId(ANN)}


def test_a_process_that_remembers_somebody_follows_a_new_ring(shop: Shop) -> None:
    ring = PrivacyRing((OLD,))
    process = shop.process(keeps_people=False)
    process.keys = GivenPrivacyKeys(ring)
    assert of(process, ANN) == pseudonym_of(ANN, OLD)
    process.keys = GivenPrivacyKeys(PrivacyRing((NEW, OLD)))
    assert of(process, ANN) == pseudonym_of(ANN, NEW)


def test_a_key_that_is_not_used_yet_names_nobody(shop: Shop) -> None:
    shop.keys = GivenPrivacyKeys(
        PrivacyRing((PrivacyKey(b"n" * 32, shop.clock.now().replace(year=2100)), OLD))
    )
    assert of(shop.process(), ANN) == pseudonym_of(ANN, OLD)


def test_without_a_store_of_people_the_history_says_who_is_select(shop: Shop) -> None:
    shop.in_history = {pseudonym_of(ANN, OLD)}
    shop.keys = privacy_keys("new", "old")
    process = shop.process(keeps_people=False)
    assert of(process, ANN) == pseudonym_of(ANN, OLD)
    assert of(process, BOB) == pseudonym_of(BOB, NEW)
    assert process.shop_ids([pseudonym_of(ANN, OLD)]) == {}


def test_after_the_old_key_is_dropped_a_person_is_known_by_the_new_one(shop: Shop) -> None:
    before = of(shop.process(), ANN)
    shop.keys = privacy_keys("new")
    process = shop.process()
    assert of(process, ANN) == pseudonym_of(ANN, NEW)
    # What the old key encrypted is as good as gone.
    assert process.shop_ids([before]) == {}
    assert process.aliases_of(before) == (before,)


def test_plain_ids_of_a_former_release_and_their_pseudonyms_are_one_person(shop: Shop) -> None:
    process = shop.process()
    name = of(process, ANN)
    assert process.are_one(UserId(ANN), name)
    assert process.are_one(name, UserId(ANN))
    assert not process.are_one(UserId(ANN), of(process, BOB))
    assert UserId(ANN) in process.aliases_of(name)
    assert shop.process(asks_plain=False).aliases_of(name) == (name,)


def test_who_is_forgotten_leads_back_to_nobody(shop: Shop) -> None:
    process = shop.process()
    name = of(process, ANN)
    process.forget([name])
    assert process.shop_ids([name]) == {}
    assert process.aliases_of(name) == (name,)


def test_another_process_keeps_somebody_again_after_a_while(shop: Shop) -> None:
    here, elsewhere = shop.process(), shop.process()
    name = of(here, ANN)
    elsewhere.forget([name])
    assert of(here, ANN) == name
    assert elsewhere.shop_ids([name]) == {}
    shop.now += module.KEPT_SECONDS + 1
    of(here, ANN)
    assert elsewhere.shop_ids([name]) == {name: ANN}


def test_while_the_store_is_away_one_key_is_enough_and_two_are_not(shop: Shop) -> None:
    process = shop.process()
    shop.store.away = True
    name = of(process, ANN)
    assert name == pseudonym_of(ANN, OLD)
    shop.store.away = False
    of(process, ANN)
    assert process.shop_ids([name]) == {name: ANN}
    shop.store.away = True
    shop.keys = privacy_keys("new", "old")
    with pytest.raises(StoreUnavailableError):
        of(shop.process(), ANN)


def test_a_process_remembers_a_bounded_number_of_people(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 10)
    process = shop.process()
    many = [ShopUserId(f"user-{number}") for number in range(50)]
    process.of_many(many, keep=True)
    assert len(process.recall(many, keep=True)) == 10
    assert len(process._shop_ids) == 10  # noqa: SLF001 (what it holds is what is asked here)


def test_plain_ids_stay_what_they_are_where_that_is_wanted() -> None:
    plain = PlainPseudonyms()
    assert plain.of_many([ANN], keep=True) == {ANN: UserId(ANN)}
    assert plain.shop_ids([UserId(ANN)]) == {UserId(ANN): ANN}
    assert plain.aliases_of(UserId(ANN)) == (UserId(ANN),)


def test_a_person_is_noted_by_keyed_hashes_whatever_is_kept_of_them(shop: Shop) -> None:
    shop.keys = privacy_keys("new", "old")
    hashes = (pseudonym_of(ANN, NEW), pseudonym_of(ANN, OLD))
    for process in (shop.process(), PlainPseudonyms(shop.keys)):
        assert process.hashes_of(UserId(ANN)) == hashes
        assert process.hashes_of(hashes[1]) == hashes[1:]
    assert PlainPseudonyms().hashes_of(UserId(ANN)) == ()
