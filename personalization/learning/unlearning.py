"""Trains the models again without erased sessions, and promotes them in place of the current ones.

The result is a function of the kept rounds: the bytes of a model that was taught the same rounds
without theirs. What was learned before the first kept round is in no such model, so nobody of that
time is left in it either. The learner goes on meanwhile; what it saves is caught up with, and
then it is fenced off as by a rollback and starts again from the new snapshot.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from time import monotonic

import msgspec

from personalization.audit.recording import Auditor, Change
from personalization.domain.errors import RefusedSnapshotError, SupersededError, UnknownNameError
from personalization.domain.identifiers import SessionId
from personalization.learning.learner_state import LearnerState, part_names, read_state
from personalization.learning.model_comparison import CompareModels
from personalization.learning.model_set import ModelSet
from personalization.learning.retraining import Learned, Retraining
from personalization.learning.training import Training
from personalization.learning.unlearn_report import UnlearnReport, UnlearnRequest
from personalization.learning.waiting_erasures import snapshots_before_unlearning
from personalization.neighbours.erasures import Erasures, session_digest
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.learned_rounds import LearnedRounds
from personalization.ports.model_store import STATE_PART, ModelStore

UNLEARNED = "models.unlearn"
REFUSED = "models.unlearn_refused"
ADVICE = (
    "The current model stays, with the erased in it, and their erasure still waits. Wait until "
    "more rounds are kept, or take the new model all the same: "
    "`fitting-room model unlearn --accept`."
)
_CATCH_UPS = 50
"""The first is the training; each other one is as long as what came meanwhile."""
_BEGINNINGS = 3
"""After a rollback or a change of models what was trained is of no use."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Who is to be forgotten."""

    erasures: Erasures
    digests: frozenset[str]

    def has(self, session_id: SessionId) -> bool:
        return session_digest(self.erasures.key, session_id) in self.digests


@dataclass(frozen=True, slots=True)
class _Trained:
    """A training that has caught up with a snapshot."""

    version: str
    parts: Mapping[str, bytes]
    state: LearnerState
    retraining: Retraining
    begins: int

    @property
    def training(self) -> Training:
        return self.state.own_training


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlearning:
    store: ModelStore
    kept: LearnedRounds
    decisions: DecisionHistory
    erasures: Callable[[], Erasures]
    """Returns the newest list, with a key."""
    open_models: Callable[[Collection[str]], ModelSet]
    """Returns cold models of these parts."""
    compare: CompareModels
    auditor: Auditor
    pinned: Callable[[], frozenset[str]]
    base_part: str
    """The part by which models are compared."""
    correction_ms: int
    worse_allowed: float
    """The share by which the squared error may grow."""

    def run(self, request: UnlearnRequest, learned: Learned = lambda _: None) -> UnlearnReport:
        """Raise `RefusedSnapshotError` where the new models are worse than is allowed.

        `UnknownNameError` before the first snapshot, `DamagedSnapshotError` for one that cannot be
        read, `SupersededError` where others save again and again.
        """
        started = monotonic()
        wanted = self._sessions_to_forget(request)
        had_rounds = len(self.kept.count(wanted.digests))
        trained: _Trained | None = None
        for _ in range(_CATCH_UPS):
            trained = self._catch_up(trained, wanted, learned)
            models = trained.retraining.models.dump()
            report = replace(self._report(trained, models, wanted), sessions=had_rounds)
            if request.dry:
                return replace(report, seconds=monotonic() - started)
            self._judge(report, request)
            try:
                made = self.store.save(_snapshot(trained, models, wanted), trained.version)
            except SupersededError:
                continue
            done = self._clean_up(replace(report, made=made), trained, wanted)
            self._record(done, request.author)
            return replace(done, seconds=monotonic() - started)
        raise SupersededError("The learner saves faster than this can learn: stop it first.")

    def discard_leftovers(self) -> tuple[str, ...]:
        """Delete what an earlier run had to leave, since experiments held it or the run died."""
        pinned = self.pinned()
        found = snapshots_before_unlearning(self.store)
        left = tuple(version for version in found if version not in pinned)
        self.store.discard(left)
        return left

    def _sessions_to_forget(self, request: UnlearnRequest) -> _Wanted:
        erasures = self.erasures()
        more = {session_digest(erasures.key, name) for name in request.sessions}
        return _Wanted(erasures, erasures.sessions() | more)

    def _catch_up(self, trained: _Trained | None, wanted: _Wanted, learned: Learned) -> _Trained:
        """Learn what the current snapshot has learned since, or begin where it has gone back."""
        for _ in range(_BEGINNINGS):
            version = self.store.current()
            if version is None:
                raise UnknownNameError("No snapshot has been saved yet: nothing was learned.")
            parts = self.store.load(version)
            state = read_state(version, parts)
            if trained is None or not state.own_training.continues(trained.training):
                retraining, begins = self._begin(state, parts, wanted)
            else:
                retraining, begins = trained.retraining, trained.begins
            retraining.learn(state.own_training.next, learned)
            if self.kept.pruned_until() <= begins:
                return _Trained(version, parts, state, retraining, begins)
            trained = None  # The beginning was pruned while it was read.
        raise SupersededError("The snapshots or the kept rounds change all the time: try again.")

    def _begin(
        self, state: LearnerState, parts: Mapping[str, bytes], wanted: _Wanted
    ) -> tuple[Retraining, int]:
        names, training = part_names(parts), state.own_training
        kept_from = max(training.kept_from, self.kept.pruned_until())
        first_rounds = {name: max(training.first_rounds.get(name, 0), kept_from) for name in names}
        retraining = Retraining(
            kept=self.kept,
            decisions=self.decisions,
            models=self.open_models(names),
            first_rounds=first_rounds,
            erased=wanted.digests,
            correction_ms=self.correction_ms,
        )
        return retraining, max(kept_from, retraining.next)

    def _report(
        self, trained: _Trained, models: Mapping[str, bytes], wanted: _Wanted
    ) -> UnlearnReport:
        training, retraining = trained.training, trained.retraining
        names = part_names(trained.parts)
        began = training.first_round(names)
        comparison = self.compare(
            trained.parts[self.base_part], models[self.base_part], retraining.compared
        )
        return UnlearnReport(
            made=None,
            replaced=trained.version,
            erasure_version=wanted.erasures.version,
            sessions=0,
            counts=retraining.counts,
            first_round=trained.begins,
            lost=max(0, trained.begins - began),
            missing=_missing(trained, self.kept.forgotten_version()),
            sha256={name: sha256(body).hexdigest() for name, body in sorted(models.items())},
            same=all(trained.parts[name] == body for name, body in models.items()),
            comparison=comparison,
            fault=comparison.fault(self.worse_allowed),
        )

    def _judge(self, report: UnlearnReport, request: UnlearnRequest) -> None:
        fault = report.fault
        if report.comparison.rounds == 0 and (report.lost or report.missing):
            fault = "no kept round is left to train it with"
        if fault is None or request.accept:
            return
        change = Change(author=request.author, action=REFUSED, subject=report.replaced, note=fault)
        self.auditor.record(change)
        raise RefusedSnapshotError(
            f"The model without the erased sessions is not promoted: {fault}. {ADVICE}"
        )

    def _clean_up(self, report: UnlearnReport, trained: _Trained, wanted: _Wanted) -> UnlearnReport:
        """Delete the snapshots that have the erased in them, then the erased's rounds.

        In this order: as long as there are rounds of theirs, whoever died here is made up for by
        the next unlearning.
        """
        pinned = self.pinned()
        known = [kept.version for kept in self.store.versions()]
        older = known[: known.index(report.made)] if report.made in known else []
        discarded = tuple(version for version in older if version not in pinned)
        self.store.discard(discarded)
        self.kept.forget(wanted.digests, trained.training.next, wanted.erasures.version)
        held = tuple(version for version in older if version in pinned)
        return replace(report, discarded=discarded, pinned=held)

    def _record(self, report: UnlearnReport, author: str) -> None:
        counts = report.counts
        note = (
            f"{report.sessions} sessions, {counts.erased} rounds, up to version "
            f"{report.erasure_version} of the erased; {counts.rounds} rounds from number "
            f"{report.first_round} on were learned again"
        )
        self.auditor.record(
            Change(
                author=author,
                action=UNLEARNED,
                subject=str(report.made),
                before=report.replaced,
                after=report.made,
                note=note,
            )
        )


def _missing(trained: _Trained, forgotten_version: int) -> int:
    """Return how many numbers have no round although they should; 0 where that is not known."""
    training = trained.training
    if trained.begins > training.kept_from or training.unlearned_version < forgotten_version:
        return 0
    due = training.next - trained.begins - training.left_out
    return max(0, due - trained.retraining.counts.total)


def _snapshot(
    trained: _Trained, models: Mapping[str, bytes], wanted: _Wanted
) -> Mapping[str, bytes]:
    former, retraining = trained.training, trained.retraining
    counts = retraining.counts
    training = msgspec.structs.replace(
        former,
        kept_from=trained.begins,
        first_rounds=dict(retraining.first_rounds),
        left_out=former.next - trained.begins - (counts.total - counts.erased),
        unlearned_version=wanted.erasures.version,
    )
    state = msgspec.structs.replace(
        trained.state.without(wanted.has),
        rounds=counts.rounds,
        corrections=counts.corrections,
        training=training,
    )
    return {**models, STATE_PART: msgspec.json.encode(state)}
