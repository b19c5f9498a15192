"""What is kept of a feed between two visits: its last file, and which products it had."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Final

import msgspec

from personalization.domain.errors import ImportRejectedError

FOLDER: Final = "feeds"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """The answer that the last import was made of."""

    url_digest: str
    """An address may hold a password, so it is not kept itself."""
    etag: str | None = None
    last_modified: str | None = None
    sha256: str = ""
    imported_at: datetime | None = None


class FeedFolder:
    """One feed's folder in the home: two files of the feed at most, while one is fetched."""

    def __init__(self, home: Path, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ImportRejectedError(
                f"A feed is named by up to 64 small letters, digits, - and _, not {name[:80]!r}."
            )
        self.path = home / FOLDER / name
        self.path.mkdir(parents=True, exist_ok=True)
        self.file = self.path / f"{name}.feed"
        self.part = self.path / f"{name}.new"
        self._state = self.path / "state.json"
        self.members = self.path / "products.npy"

    def remove_older(self, prefix: str, most: int) -> None:
        """Remove the folders of feeds whose names begin so, but for the newest and this one."""
        others = [path for path in self.path.parent.glob(f"{prefix}*") if path != self.path]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in others[most - 1 :]:
            rmtree(path, ignore_errors=True)

    def read_state(self, url_digest: str) -> FeedState:
        """Return the state of the last import from this address, an empty one without any."""
        try:
            state = msgspec.json.decode(self._state.read_bytes(), type=FeedState)
        except (FileNotFoundError, msgspec.DecodeError):
            return FeedState(url_digest=url_digest)
        known = state.url_digest == url_digest and self.file.exists()
        return state if known else FeedState(url_digest=url_digest)

    def write_state(self, state: FeedState) -> None:
        part = self._state.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(state))
        part.replace(self._state)
