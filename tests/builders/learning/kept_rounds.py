from functools import partial
from pathlib import Path

from personalization.adapters.sqlite.learned_rounds import SqliteLearnedRounds
from personalization.learning.round_keeper import RoundKeeper
from personalization.neighbours.erasures import session_digest

ROUNDS_FILE = "learned_rounds.sqlite"
KEY = "key"


def a_keeper(folder: Path) -> RoundKeeper:
    """Return one over a file in the folder."""
    kept = SqliteLearnedRounds(folder / ROUNDS_FILE, 0)
    return RoundKeeper(kept, partial(session_digest, KEY))
