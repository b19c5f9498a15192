"""The contract of the prior store: complete generations, promoted at one stroke."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Flag

import pytest

from personalization.domain.errors import GenerationRejectedError
from personalization.domain.identifiers import GenerationId
from personalization.domain.lists.list_columns import ListColumns
from personalization.domain.prior import PriorKey, PriorTable, RankedList, RankedMember
from personalization.ports.prior_store import PriorStore
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.ranked_list import a_ranked_list
from tests.contracts.places import KeptPlace

FIRST = GenerationId("generation-1")
SECOND = GenerationId("generation-2")
TRENDING: PriorKey = (PriorTable.TRENDING, "global")
AFFINITY: PriorKey = (PriorTable.PRODUCT_AFFINITY, "shirt-1")


def test_lists_come_back_by_table_and_key(prior_store: PriorStore) -> None:
    trending, affinity = a_ranked_list("a", "b", "c"), a_ranked_list("d")
    prior_store.write_many(FIRST, [(TRENDING, trending), (AFFINITY, affinity)])
    absent: PriorKey = (PriorTable.TRENDING, "shirt-1")
    assert prior_store.read_many(FIRST, [TRENDING, absent, AFFINITY]) == {
        TRENDING: trending,
        AFFINITY: affinity,
    }
    assert prior_store.read_many(FIRST, []) == {}


def test_generations_do_not_mix(prior_store: PriorStore) -> None:
    prior_store.write_many(FIRST, [(TRENDING, a_ranked_list("a"))])
    prior_store.write_many(SECOND, [(TRENDING, a_ranked_list("b"))])
    assert prior_store.read_many(FIRST, [TRENDING]) == {TRENDING: a_ranked_list("a")}
    assert prior_store.read_many(GenerationId("none"), [TRENDING]) == {}


def test_writing_again_replaces_a_list_and_leaves_the_rest(prior_store: PriorStore) -> None:
    prior_store.write_many(FIRST, [(TRENDING, a_ranked_list("a")), (AFFINITY, a_ranked_list())])
    prior_store.write_many(FIRST, [(TRENDING, a_ranked_list("b"))])
    assert prior_store.read_many(FIRST, [TRENDING, AFFINITY]) == {
        TRENDING: a_ranked_list("b"),
        AFFINITY: a_ranked_list(),
    }


def _columns(lists: dict[PriorKey, RankedList]) -> Iterator[ListColumns]:
    for table in dict.fromkeys(table for table, _ in lists):
        of_table = {key: members for (other, key), members in lists.items() if other is table}
        yield ListColumns.of(table, of_table)


def test_a_whole_generation_comes_back_by_table_and_key(prior_store: PriorStore) -> None:
    odd: PriorKey = PriorTable.PRODUCT_AFFINITY, "żółw\0🐢"
    empty: PriorKey = PriorTable.BUNDLES, "shirt-1"
    lists = {
        TRENDING: a_ranked_list("a", "b", "c"),
        AFFINITY: a_ranked_list("d"),
        odd: (RankedMember("łódź", 1.0, -2.5, 2**40), RankedMember("", 1e-300, 0.0, 0)),
    }
    prior_store.write_whole(FIRST, _columns({**lists, empty: ()}))
    absent: PriorKey = (PriorTable.TRENDING, "shirt-1")
    other: PriorKey = (PriorTable.NEW_ARRIVALS, "global")
    found = prior_store.read_many(FIRST, [*lists, absent, other])
    assert found == lists
    assert prior_store.read_many(FIRST, [empty]).get(empty, ()) == ()
    assert set(prior_store.keys(FIRST, 100)) - {empty} == set(lists)
    assert prior_store.read_many(SECOND, [TRENDING]) == {}


def test_a_whole_generation_takes_the_place_of_what_was_written_before(
    prior_store: PriorStore,
) -> None:
    prior_store.write_many(FIRST, [(TRENDING, a_ranked_list("a")), (AFFINITY, a_ranked_list("b"))])
    prior_store.write_whole(FIRST, _columns({TRENDING: a_ranked_list("c")}))
    assert prior_store.read_many(FIRST, [TRENDING, AFFINITY]) == {TRENDING: a_ranked_list("c")}
    prior_store.write_whole(FIRST, _columns({AFFINITY: a_ranked_list("d")}))
    assert prior_store.read_many(FIRST, [TRENDING, AFFINITY]) == {AFFINITY: a_ranked_list("d")}


def test_a_list_that_is_written_over_a_whole_generation_replaces_its_own_only(
    prior_store: PriorStore,
) -> None:
    prior_store.write_whole(
        FIRST, _columns({TRENDING: a_ranked_list("a"), AFFINITY: a_ranked_list("b")})
    )
    assert prior_store.read_many(FIRST, [TRENDING]) == {TRENDING: a_ranked_list("a")}
    prior_store.write_many(FIRST, [(TRENDING, a_ranked_list("c"))])
    assert prior_store.read_many(FIRST, [TRENDING, AFFINITY]) == {
        TRENDING: a_ranked_list("c"),
        AFFINITY: a_ranked_list("b"),
    }


def test_a_discarded_whole_generation_is_gone_for_who_did_not_read_it(
    prior_store: PriorStore,
) -> None:
    prior_store.write_whole(FIRST, _columns({TRENDING: a_ranked_list("a")}))
    prior_store.register(a_generation())
    prior_store.discard(FIRST)
    assert prior_store.generations() == []
    assert prior_store.read_many(FIRST, [TRENDING]) == {}
    assert prior_store.keys(FIRST, 10) == []


def test_a_generation_may_be_streamed_while_others_read(prior_store: PriorStore) -> None:
    def lists() -> Iterator[tuple[PriorKey, RankedList]]:
        for number in range(12_000):
            yield (PriorTable.PRODUCT_AFFINITY, f"product-{number}"), a_ranked_list("a")
            if number == 11_000:
                assert prior_store.active() is None

    prior_store.write_many(FIRST, lists())
    keys = [(PriorTable.PRODUCT_AFFINITY, f"product-{number}") for number in range(12_000)]
    assert len(prior_store.read_many(FIRST, keys)) == 12_000


def test_a_session_index_comes_back_in_its_chunks_and_goes_with_its_generation(
    prior_store: PriorStore,
) -> None:
    chunks = [bytes([number]) * 300_000 for number in range(12)]
    prior_store.write_index(FIRST, iter(chunks))
    prior_store.write_index(SECOND, [b"other"])
    assert list(prior_store.read_index(FIRST)) == chunks
    # Written again it is replaced, also by a shorter one.
    prior_store.write_index(FIRST, chunks[5:7])
    assert list(prior_store.read_index(FIRST)) == chunks[5:7]
    prior_store.register(a_generation())
    prior_store.discard(FIRST)
    assert list(prior_store.read_index(FIRST)) == []
    assert list(prior_store.read_index(SECOND)) == [b"other"]


def test_before_the_first_promotion_nothing_is_active(prior_store: PriorStore) -> None:
    prior_store.register(a_generation())
    assert prior_store.active() is None


def test_the_keys_of_a_generation_are_told_up_to_a_limit(prior_store: PriorStore) -> None:
    keys = [
        (table, f"product-{number}")
        for table in (PriorTable.PRODUCT_AFFINITY, PriorTable.BUNDLES)
        for number in range(20)
    ]
    prior_store.write_many(FIRST, [(key, a_ranked_list("a")) for key in keys])
    prior_store.write_many(SECOND, [(keys[0], a_ranked_list("a"))])
    of_user = PriorTable.USER_TASTES, "ann"
    prior_store.write_many(FIRST, [(of_user, a_ranked_list("product:a"))])
    assert of_user in prior_store.read_many(FIRST, [of_user])
    assert set(prior_store.users(FIRST)) == {"ann"}
    assert set(prior_store.users(GenerationId("unknown"))) == set()
    assert set(prior_store.keys(FIRST, 100)) == set(keys)
    assert len(set(prior_store.keys(FIRST, 30)) & set(keys)) == 30
    assert prior_store.keys(GenerationId("unknown"), 100) == []


def test_only_a_registered_generation_is_promoted(prior_store: PriorStore) -> None:
    prior_store.register(a_generation())
    prior_store.promote(FIRST)
    prior_store.write_many(SECOND, [(TRENDING, a_ranked_list())])
    with pytest.raises(GenerationRejectedError):
        prior_store.promote(SECOND)
    assert prior_store.active() == a_generation()


def test_a_promotion_survives_and_can_be_rolled_back(kept_place: KeptPlace) -> None:
    second = a_generation(generation_id=SECOND)
    with kept_place.prior_store() as writer, kept_place.prior_store() as reader:
        for generation in (a_generation(), second):
            writer.register(generation)
            writer.promote(generation.generation_id)
        assert reader.active() == second
        writer.promote(FIRST)
        assert reader.active() == a_generation()


def test_generations_are_listed_newest_first_and_once_each(prior_store: PriorStore) -> None:
    older = a_generation()
    newer = a_generation(generation_id=SECOND, created_at=NOON + timedelta(days=1))
    for generation in (newer, older, newer):
        prior_store.register(generation)
    assert list(prior_store.generations()) == [newer, older]


def test_discarding_deletes_a_generation_whole(prior_store: PriorStore) -> None:
    for generation_id in (FIRST, SECOND):
        prior_store.write_many(generation_id, [(TRENDING, a_ranked_list())])
        prior_store.register(a_generation(generation_id=generation_id))
    prior_store.discard(FIRST)
    assert [generation.generation_id for generation in prior_store.generations()] == [SECOND]
    assert prior_store.read_many(FIRST, [TRENDING]) == {}
    assert prior_store.read_many(SECOND, [TRENDING]) == {TRENDING: a_ranked_list()}


def test_the_active_generation_is_not_discarded(prior_store: PriorStore) -> None:
    prior_store.write_many(FIRST, [(TRENDING, a_ranked_list())])
    prior_store.register(a_generation())
    prior_store.promote(FIRST)
    with pytest.raises(GenerationRejectedError):
        prior_store.discard(FIRST)
    assert prior_store.read_many(FIRST, [TRENDING]) == {TRENDING: a_ranked_list()}


def test_readers_see_one_whole_generation_while_promotions_go_on(
    kept_place: KeptPlace,
) -> None:
    with kept_place.prior_store() as writer:
        _promote_back_and_forth(kept_place, writer)


def _promote_back_and_forth(kept_place: KeptPlace, writer: PriorStore) -> None:
    keys = [(PriorTable.PRODUCT_AFFINITY, f"product-{number}") for number in range(20)]
    for generation_id in (FIRST, SECOND):
        lists = [(key, a_ranked_list(generation_id)) for key in keys]
        writer.write_many(generation_id, lists)
        writer.register(a_generation(generation_id=generation_id))
    writer.promote(FIRST)
    stop = Flag()

    def read_repeatedly() -> set[tuple[GenerationId, frozenset[str]]]:
        seen = set()
        with kept_place.prior_store() as reader:
            while not stop.is_set():
                active = reader.active()
                assert active is not None
                lists = reader.read_many(active.generation_id, keys)
                assert len(lists) == len(keys)
                members = frozenset(
                    member.member_id for found in lists.values() for member in found
                )
                seen.add((active.generation_id, members))
        return seen

    with ThreadPoolExecutor(3) as pool:
        readings = [pool.submit(read_repeatedly) for _ in range(3)]
        for _ in range(60):
            writer.promote(SECOND)
            writer.promote(FIRST)
        stop.set()
        seen = set().union(*(reading.result(timeout=30) for reading in readings))
    assert seen <= {(FIRST, frozenset({FIRST})), (SECOND, frozenset({SECOND}))}
    assert seen


def test_lists_of_users_are_erased_from_all_generations_and_others_stay(
    prior_store: PriorStore,
) -> None:
    ann: PriorKey = PriorTable.USER_TASTES, "u1-ann"
    joanna: PriorKey = PriorTable.USER_TASTES, "u1-ann-joanna"
    lists = {ann: a_ranked_list("coats"), joanna: a_ranked_list("hats"), TRENDING: a_ranked_list()}
    third = GenerationId("generation-3")
    prior_store.write_whole(FIRST, _columns({**lists, AFFINITY: a_ranked_list("a")}))
    prior_store.write_many(SECOND, lists.items())
    prior_store.write_whole(third, _columns({joanna: a_ranked_list("hats")}))
    generations = (FIRST, SECOND, third)
    for number, name in enumerate(generations):
        created_at = NOON + timedelta(days=number)
        prior_store.register(a_generation(generation_id=name, created_at=created_at))
    prior_store.promote(SECOND)
    # Whoever reads a generation already has its file open.
    before = [prior_store.read_many(name, [ann, joanna]) for name in generations]
    assert [ann in found for found in before] == [True, True, False]
    assert set(prior_store.users(FIRST)) == {"u1-ann", "u1-ann-joanna"}

    assert prior_store.erase([ann], generations) == {}
    assert prior_store.erase([ann], [FIRST, third]) == {ann: 1}
    assert set(prior_store.users(SECOND)) == {"u1-ann-joanna"}
    prior_store.write_many(SECOND, [(ann, lists[ann])])
    nobody: PriorKey = PriorTable.USER_TASTES, "nobody"
    assert prior_store.erase([ann, nobody]) == {ann: 2}
    for name, found in zip(generations, before, strict=True):
        assert prior_store.read_many(name, [ann, joanna]) == {joanna: found[joanna]}
        assert set(prior_store.users(name)) == {"u1-ann-joanna"}
    assert prior_store.read_many(FIRST, [AFFINITY]) == {AFFINITY: a_ranked_list("a")}
    assert prior_store.erase([ann, nobody]) == {}
