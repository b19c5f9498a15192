"""What a visit says at one moment, read once for all decisions that are made of it."""

from dataclasses import dataclass
from datetime import datetime

from personalization.decisions.pinned import Pinned
from personalization.domain.context import Context
from personalization.domain.decision import Evidence
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from personalization.ranking.blend import WeighedEvidence
from personalization.ranking.context import context_of
from personalization.ranking.evidence import evidence_of
from personalization.ranking.session_signals import NO_SIGNALS, SessionSignals, unweighed_signals
from personalization.ranking.tastes import Tastes, tastes_of


@dataclass(frozen=True, slots=True)
class VisitEvidence:
    context: Context
    evidence: WeighedEvidence
    """None where the tuning ignores the visit."""
    signals: SessionSignals
    tastes: Tastes | None
    """None of who is not known."""


_Fading = tuple[float, float]
"""What a setting changes of what is read: decay and half-life."""


class VisitReader:
    """Of one session, moment and pin; rows differ only in how much the visit weighs."""

    def __init__(self, session: Session, now: datetime, pinned: Pinned) -> None:
        self._session = session
        self._now = now
        self._pinned = pinned
        self._tastes = tastes_of(session.user_id, pinned.priors)
        self._read: dict[_Fading, tuple[Context, tuple[Evidence, ...], SessionSignals]] = {}
        self._weighed: dict[tuple[float, float, float], VisitEvidence] = {}

    def read(self, tuning: Tuning) -> VisitEvidence:
        setting = tuning.decay, tuning.time_halflife_seconds, tuning.evidence_halfway
        weighed = self._weighed.get(setting)
        if weighed is None:
            weighed = self._weighed[setting] = self._weigh(tuning)
        return weighed

    def _weigh(self, tuning: Tuning) -> VisitEvidence:
        fading = tuning.decay, tuning.time_halflife_seconds
        known = self._read.get(fading)
        if known is None:
            pinned, session, now = self._pinned, self._session, self._now
            liked = () if self._tastes is None else self._tastes.affinities()
            context = context_of(session, now, tuning, liked)
            pieces = evidence_of(session, pinned.catalogue, now, tuning.time_halflife_seconds)
            signals = unweighed_signals(pieces, pinned.priors)
            known = self._read[fading] = context, pieces, signals
        context, pieces, signals = known
        if tuning.ignores_visit:
            nothing = WeighedEvidence.of((), tuning)
            return VisitEvidence(context, nothing, NO_SIGNALS, self._tastes)
        evidence = WeighedEvidence.of(pieces, tuning)
        return VisitEvidence(context, evidence, signals.at(evidence.odds), self._tastes)
