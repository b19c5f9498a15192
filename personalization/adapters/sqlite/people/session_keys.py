import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database
from personalization.domain.identifiers import SessionId
from personalization.ports.people.session_keys import DestroyedKeys, SessionKeyId, WrappedKey

_ADD = """
INSERT INTO session_keys VALUES (?, ?, ?, ?, ?) ON CONFLICT (key_id) DO NOTHING
"""
_AGED = "DELETE FROM session_keys WHERE made_at_ms < ?"
_READ = "SELECT key_id, wrapped FROM session_keys WHERE key_id IN (SELECT value FROM json_each(?))"
_CARRIED = """
SELECT count(*) FROM session_keys
WHERE session_id IN (SELECT value FROM json_each(?)) AND is_carried
"""
_DESTROY = """
UPDATE session_keys SET wrapped = x'', is_carried = 0, session_id = '' WHERE session_id = ?
"""
_PAGE = "SELECT key_id, wrapped FROM session_keys WHERE key_id > ? ORDER BY key_id LIMIT ?"
_PER_PAGE = 2_000
_HOUR_MS = 3_600_000


class SqliteSessionKeys:
    """Beside the people, in their file. What is destroyed is overwritten."""

    def __init__(self, path: Path, hours: float, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "people", minimum_free_mib)
        self._hours = hours

    def add(self, keys: Sequence[WrappedKey]) -> None:
        now_ms = int(time.time() * 1_000)
        rows = [
            (key.key_id.hex(), key.session_id, key.wrapped, int(key.is_carried), now_ms)
            for key in keys
        ]
        with self._database.transaction() as connection:
            connection.executemany(_ADD, rows)
            connection.execute(_AGED, (now_ms - int(self._hours * _HOUR_MS),))

    def read_many(self, key_ids: Sequence[SessionKeyId]) -> Mapping[SessionKeyId, bytes]:
        wanted = [key_id.hex() for key_id in key_ids]
        return {
            SessionKeyId(bytes.fromhex(name)): wrapped
            for name, wrapped in self._database.read_wanted(_READ, wanted)
        }

    def destroy(self, session_ids: Sequence[SessionId]) -> DestroyedKeys:
        [(carried,)] = self._database.read_wanted(_CARRIED, list(session_ids))
        rows = ((session_id,) for session_id in session_ids)
        return DestroyedKeys(self._database.erase(_DESTROY, rows), carried)

    def pages(self) -> Iterator[Sequence[bytes]]:
        for page in self._database.read_pages(_PAGE, ("",), _PER_PAGE):
            yield [wrapped for _, wrapped in page]

    def close(self) -> None:
        self._database.close()
