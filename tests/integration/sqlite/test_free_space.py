"""Nothing of who is erased stays in a file: not in its free pages, nor between its rows."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from personalization.adapters.sqlite.copies.database_copy import rewrite_file
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.people.people_store import SqlitePeopleStore
from personalization.domain.identifiers import SessionId, UserId
from tests.builders.event import an_event

ANN = UserId("u0000-ann-of-the-free-space")


NAMES = ["5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e", "6a0d3b1e-8f57-4f0e-9a53-0b6f9b1c2d3f"]


def left_in(file: Path, names: Sequence[str]) -> list[str]:
    files = [file, file.with_name(f"{file.name}-wal")]
    text = b"".join(path.read_bytes() for path in files if path.exists())
    return [name for name in names if name.encode() in text]


def test_what_free_space_still_has_is_gone_once_a_file_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    gone, stays = map(SessionId, NAMES)
    with closing(SqliteEventHistory(file, 0)) as history:
        history.append([an_event(session_id=name) for name in (gone, stays)])
        # As SQLite does by itself where it splits a page: the bytes stay between the rows.
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA secure_delete = OFF")
            connection.execute("DELETE FROM events WHERE session_id = ?", (gone,))
            connection.commit()
        history.erase([gone])
        assert left_in(file, [gone]) == [gone]
        rewrite_file(file)
        assert left_in(file, [gone]) == []
        assert history.has_session(stays)


def test_whose_visits_they_were_is_overwritten_at_once(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    name = SessionId(NAMES[0])
    with closing(SqliteEventHistory(file, 0)) as history:
        history.append([an_event(session_id=name, user_id=ANN)])
        history.forget_users([name])
        history.erase([name])
        assert left_in(file, [name, ANN]) == []


def test_a_person_who_is_forgotten_is_in_no_part_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "people.sqlite"
    with closing(SqlitePeopleStore(file, 0)) as people:
        people.add({ANN: b"sealed"})
        assert left_in(file, [ANN]) == [ANN]
        people.forget([ANN])
        assert left_in(file, [ANN]) == []
