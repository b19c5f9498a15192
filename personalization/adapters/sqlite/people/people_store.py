from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database
from personalization.domain.identifiers import UserId

_WRITE = """
INSERT INTO people (user_id, sealed) VALUES (?, ?)
ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed
"""
_READ = "SELECT user_id, sealed FROM people WHERE user_id IN (SELECT value FROM json_each(?))"
_FORGET = "DELETE FROM people WHERE user_id = ?"
_PAGE = "SELECT user_id, sealed FROM people WHERE user_id > ? ORDER BY user_id LIMIT ?"
_PER_PAGE = 2_000


class SqlitePeopleStore:
    """A file of its own, so that it can be left out of what is copied elsewhere.

    What is removed is overwritten: nothing of a forgotten person stays in free pages.
    """

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "people", minimum_free_mib)

    def add(self, people: Mapping[UserId, bytes]) -> None:
        self._database.write_rows(_WRITE, people.items())

    def read_many(self, user_ids: Sequence[UserId]) -> Mapping[UserId, bytes]:
        return {
            UserId(name): sealed for name, sealed in self._database.read_wanted(_READ, user_ids)
        }

    def forget(self, user_ids: Sequence[UserId]) -> None:
        self._database.erase(_FORGET, ((user_id,) for user_id in user_ids))

    def pages(self) -> Iterator[Mapping[UserId, bytes]]:
        for page in self._database.read_pages(_PAGE, ("",), _PER_PAGE):
            yield {UserId(name): sealed for name, sealed in page}

    def close(self) -> None:
        self._database.close()
