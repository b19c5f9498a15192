"""The contract of the store of people: who is forgotten is there no more."""

from personalization.domain.identifiers import UserId
from personalization.ports.people.people_store import PeopleStore

ANN, BOB = UserId("u1-ann"), UserId("u1-bob")
SEALED = bytes(range(256))


def everybody(store: PeopleStore) -> dict[UserId, bytes]:
    return {name: sealed for page in store.pages() for name, sealed in page.items()}


def test_people_come_back_as_they_were(people_store: PeopleStore) -> None:
    people_store.add({ANN: SEALED, BOB: b"b"})
    assert people_store.read_many([ANN, UserId("u1-nobody")]) == {ANN: SEALED}
    assert people_store.read_many([]) == {}
    assert everybody(people_store) == {ANN: SEALED, BOB: b"b"}


def test_who_is_added_again_is_replaced(people_store: PeopleStore) -> None:
    people_store.add({ANN: b"former"})
    people_store.add({ANN: b"new"})
    assert everybody(people_store) == {ANN: b"new"}


def test_who_is_forgotten_is_nobody(people_store: PeopleStore) -> None:
    people_store.add({ANN: b"a", BOB: b"b"})
    people_store.forget([ANN, UserId("u1-nobody")])
    people_store.forget([])
    assert people_store.read_many([ANN, BOB]) == {BOB: b"b"}
    people_store.add({ANN: b"again"})
    assert people_store.read_many([ANN]) == {ANN: b"again"}


def test_many_people_come_page_by_page(people_store: PeopleStore) -> None:
    many = {UserId(f"u1-{number:05}"): str(number).encode() for number in range(4_500)}
    people_store.add(many)
    assert len(list(people_store.pages())) > 1
    assert everybody(people_store) == many
