"""The night's step that trains the models again without erased sessions."""

import logging

from nightly.erasures import erase_rest
from nightly.wiring import open_forgetting
from personalization.learning.unlearn_report import UnlearnReport, UnlearnRequest
from personalization.priors.session_eraser import NIGHT

_LOG = logging.getLogger(__name__)
_SAID_EVERY = 1_000_000
"""Rounds: a line for each minute or two."""


def unlearn_now() -> tuple[bool, str]:
    """Return whether an erasure waited, and what was done as a sentence.

    Raises `RefusedSnapshotError` where the models would be worse than is allowed: erasures then
    go on waiting.
    """
    with open_forgetting() as stores:
        if stores.unlearning.store.current() is None:
            return False, "No snapshot has been saved yet."
        left = stores.unlearning.discard_leftovers()
        if not stores.waiting.any:
            deleted = (
                f" Deleted, as nothing holds them any more: {', '.join(left)}." if left else ""
            )
            return False, f"No erased session is in the models.{deleted}"
        report = stores.unlearning.run(UnlearnRequest(author=NIGHT), _SaidRounds().add)
    for version in report.pinned:
        _LOG.warning("%s still has the erased: end the experiment that holds it.", version)
    erase_rest()  # What waited for this alone is done.
    return True, sentence_of(report)


def sentence_of(report: UnlearnReport) -> str:
    counts = report.counts
    lost = f"; {report.lost:,} older ones are in it no more" if report.lost else ""
    return (
        f"{report.made} is current: {counts.rounds:,} rounds from number {report.first_round:,} "
        f"on{lost}, without {counts.erased:,} of {report.sessions:,} erased sessions, "
        f"in {report.seconds:.0f} seconds."
    )


class _SaidRounds:
    def __init__(self) -> None:
        self._rounds = 0

    def add(self, rounds: int) -> None:
        before, self._rounds = self._rounds, self._rounds + rounds
        if self._rounds // _SAID_EVERY > before // _SAID_EVERY:
            _LOG.info("%s rounds were learned again.", f"{self._rounds:,}")
