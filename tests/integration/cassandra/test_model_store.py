"""What only a store behind a network does: an answer is lost, though the work was done."""

import pytest

from personalization.adapters.cassandra.model_store import CassandraModelStore
from personalization.domain.errors import DamagedSnapshotError, SupersededError
from tests.own_keyspace import own_keyspace


def test_a_save_whose_answer_was_lost_is_gone_on_from(cassandra_contact_points: str) -> None:
    with own_keyspace(cassandra_contact_points, "snapshots") as connection:
        store = CassandraModelStore(connection)
        lost = store.save({"model.vw": b"learned"}, after=None)
        # Nobody was told of `lost`: the learner still believes that there is none.
        again = store.save({"model.vw": b"learned more"}, after=None)

        assert [store.current(), lost] == [again, "000001-" + lost.split("-")[1]]
        assert store.load(again) == {"model.vw": b"learned more"}
        with pytest.raises(SupersededError):
            CassandraModelStore(connection).save({"model.vw": b"another's"}, after=None)


def test_the_newest_snapshots_are_kept_by_number_not_by_text(cassandra_contact_points: str) -> None:
    with own_keyspace(cassandra_contact_points, "numbers") as connection:
        store = CassandraModelStore(connection, kept=2)
        version = store.save({"model.vw": b"0"}, after=None)
        connection.execute(
            "UPDATE model_pointer SET version = ? WHERE shop = ? IF version = ?",
            ("999998-x", 0, version),
        )
        version = "999998-x"
        for number in range(3):
            version = store.save({"model.vw": bytes([number])}, after=version)

        assert version.startswith("1000001-")
        assert store.load(version) == {"model.vw": b"\x02"}


def test_a_damaged_manifest_or_pointer_is_told_from_a_sound_one_and_numbers_go_on(
    cassandra_contact_points: str,
) -> None:
    with own_keyspace(cassandra_contact_points, "damaged") as connection:
        store = CassandraModelStore(connection)
        first = store.save({"model.vw": b"first"}, after=None)
        second = store.save({"model.vw": b"second"}, after=first)
        for manifest in ("", "{}", '{"model.vw": "none"}', "\x00 no json"):
            connection.execute(
                "UPDATE model_manifests SET manifest = ? WHERE shop = ? AND version = ?",
                (manifest, 0, second),
            )
            with pytest.raises(DamagedSnapshotError, match="manifest"):
                store.load(second)
        assert store.load(first) == {"model.vw": b"first"}

        connection.execute("DELETE FROM model_pointer WHERE shop = ?", (0,))
        assert store.current() is None
        third = CassandraModelStore(connection).save({"model.vw": b"third"}, after=None)
        assert third.startswith("000003-")


def test_a_damaged_manifest_keeps_no_older_snapshot_for_ever(cassandra_contact_points: str) -> None:
    with own_keyspace(cassandra_contact_points, "damaged_old") as connection:
        store = CassandraModelStore(connection, kept=1)
        versions = [store.save({"model.vw": b"the hour's first"}, after=None)]
        for number in range(4):
            versions.append(store.save({"model.vw": bytes([number])}, after=versions[-1]))
            connection.execute(
                "UPDATE model_manifests SET manifest = ? WHERE shop = ? AND version = ?",
                ("", 0, versions[1]),
            )

        # An hour or ten minutes that turn meanwhile have a first one too.
        assert len(store.versions()) <= 3
        pieces = "SELECT * FROM model_chunks WHERE version = ? AND part = ?"
        assert connection.execute(pieces, (versions[1], "model.vw")).one() is None
