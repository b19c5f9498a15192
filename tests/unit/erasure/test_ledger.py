"""The ledger of erasures: it forgets whom no backup can bring back any more, and nobody else."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure.ledger import ErasureLedger
from personalization.retention.retention import ledger_days
from tests.builders.moments import NOON

LONG_AGO = NOON - timedelta(days=500)


def names(kind: str, count: int) -> list[SessionId]:
    return [SessionId(f"{kind}-{number}") for number in range(count)]


@pytest.fixture
def ledger(tmp_path: Path) -> ErasureLedger:
    return ErasureLedger(tmp_path / "erased_sessions.jsonl")


def test_whoever_was_erased_before_a_moment_is_forgotten_and_the_file_is_shorter(
    ledger: ErasureLedger,
) -> None:
    assert ledger.prune(NOON) == 0
    assert not ledger.path.exists()
    old, new = names("old", 100), names("new", 3)
    ledger.add(new[:1], NOON)
    ledger.add(old, NOON - timedelta(days=408))
    ledger.add(new[1:], NOON)
    before = ledger.path.stat().st_size

    assert ledger.prune(NOON - timedelta(days=407)) == 100
    assert ledger.erased_since(LONG_AGO, [*old, *new]) == new
    assert ledger.path.stat().st_size < before / 10
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    file = ledger.path.stat().st_ino
    assert ledger.prune(NOON - timedelta(days=407)) == 0
    assert ledger.path.stat().st_ino == file
    ledger.add(old[:1], NOON)
    assert ledger.erased_since(LONG_AGO, [*old, *new]) == [old[0], *new]
    assert list(ledger.path.parent.iterdir()) == [ledger.path]


def test_whoever_is_erased_while_it_is_pruned_is_in_it(ledger: ErasureLedger) -> None:
    ledger.add(names("kept", 1), NOON)

    def add(number: int) -> None:
        ledger.add(names(f"of {number}", 2), NOON)
        ledger.add(names(f"old {number}", 2), LONG_AGO)

    with ThreadPoolExecutor(4) as pool:
        added = [pool.submit(add, number) for number in range(100)]
        while not all(each.done() for each in added):
            ledger.prune(NOON - timedelta(days=400))
    ledger.prune(NOON - timedelta(days=400))
    wanted = [name for number in range(100) for name in names(f"of {number}", 2)]
    assert len(ledger.erased_since(LONG_AGO, [*names("kept", 1), *wanted])) == 201


def test_what_was_cut_off_costs_nobody_else_their_note(ledger: ErasureLedger) -> None:
    first, second = names("first", 1), names("second", 2)
    ledger.add(first, NOON)
    with ledger.path.open("ab") as file:
        file.write(b'{"digest":"of a write that was')
    ledger.add(second, NOON)
    assert ledger.erased_since(LONG_AGO, [*first, *second]) == [*first, *second]


def test_people_are_noted_by_a_hash_and_pruned_as_sessions_are(ledger: ErasureLedger) -> None:
    ann, bob, eve = (UserId(name) for name in ("u1-ann", "u1-bob", "eve"))
    ledger.add(names("of ann", 1), NOON, [ann])
    ledger.add([], LONG_AGO, [bob])
    assert "ann" not in ledger.path.read_text()

    def hashes_of(user: UserId) -> tuple[UserId, ...]:
        return (UserId("u2-of-eve"), ann) if user == eve else (user,)

    since = LONG_AGO - timedelta(days=1)
    assert ledger.people_erased_since(since, [ann, bob, eve], hashes_of) == [ann, bob, eve]
    assert ledger.people_erased_since(LONG_AGO, [ann, bob], hashes_of) == [ann]
    assert ledger.prune(NOON) == 1
    assert ledger.people_erased_since(since, [ann, bob], hashes_of) == [ann]
    # No id of a session is taken for a person, and the other way round.
    assert ledger.erased_since(since, [SessionId(ann)]) == []
    of_ann = [UserId(name) for name in names("of ann", 1)]
    assert ledger.people_erased_since(since, of_ann, hashes_of) == []


def test_a_ledger_of_a_former_release_is_read_and_goes_on(ledger: ErasureLedger) -> None:
    digest = hashlib.sha256(b"salt" + b"old-0").hexdigest()[:32]
    line = f'{{"digest":"{digest}","erased_at":"{NOON.isoformat()}"}}'
    ledger.path.write_text(f'{{"salt":"salt"}}\n{line}\n')
    ledger.add([], NOON, [UserId("u1-ann")])
    assert ledger.erased_since(LONG_AGO, names("old", 2)) == names("old", 1)
    people = [UserId("u1-ann"), UserId("u1-bob")]
    assert ledger.people_erased_since(LONG_AGO, people, lambda user: (user,)) == people[:1]


def test_what_is_no_ledger_is_left_alone(ledger: ErasureLedger) -> None:
    ledger.path.write_bytes(b"no ledger\n")
    with pytest.raises(StoreUnavailableError):
        ledger.prune(NOON)
    assert ledger.path.read_bytes() == b"no ledger\n"


@pytest.mark.parametrize(
    ("lives", "days"), [((400, 180, 187), 407), ((30, 30), 37), ((400, 0, 30), 0)]
)
def test_it_is_kept_longer_than_all_that_a_backup_may_bring_back(
    lives: tuple[int, ...], days: int
) -> None:
    assert ledger_days(lives) == days
