from datetime import datetime
from itertools import islice
from pathlib import Path

from evaluation.held_out import held_out_sessions
from evaluation.served_ranking import session_queries
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.session import Session


def held_out_queries(
    file: Path, catalogue: CatalogueCache, sessions: int
) -> list[tuple[Session, datetime]]:
    """Return the first sessions as they stood after each product view but the last."""
    return [
        (session, now)
        for events in islice(held_out_sessions(file), sessions)
        for session, now, _ in session_queries(events, catalogue)
    ]
