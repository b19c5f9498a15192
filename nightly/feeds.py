import subprocess
import sys
from typing import Final

from personalization.domain.errors import FeedUnavailableError, ImportRejectedError
from personalization.settings.feeds import FeedSettings

_REFUSED: Final = 1
_TAKEN: Final = frozenset({0, 3})
"""Exit codes of an import that kept what it could."""
_LAST_LINES: Final = 30
_AUTHOR: Final = "catalogue_feed"


def feed_names() -> list[str]:
    """Return the names of the shop's feeds."""
    return sorted(FeedSettings().sources)


def import_now(name: str) -> str:
    """Import a feed as the command does, and return the end of what that says.

    It runs in a process of its own, whose memory goes with it. Raises `ImportRejectedError` where
    another try would find the same, and `FeedUnavailableError` where it may succeed.
    """
    command = [sys.executable, "-m", "cli.main", "import", "--feed", name, "--author", _AUTHOR]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    told = "\n".join(done.stdout.splitlines()[-_LAST_LINES:]) or done.stderr[-2_000:]
    if done.returncode == _REFUSED:
        raise ImportRejectedError(f"The feed {name} was not imported: {told}")
    if done.returncode not in _TAKEN:
        raise FeedUnavailableError(f"The feed {name} could not be imported: {told}")
    return told
