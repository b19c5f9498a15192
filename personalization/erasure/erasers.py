"""An eraser for every store of the service, over its ports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from personalization.domain.errors import StoreFullError
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure.erasure_request import RequestBook
from personalization.erasure.former_indexes import FormerIndexes
from personalization.erasure.kept_tastes import KeptTastes
from personalization.erasure.store_eraser import (
    Erased,
    ErasedPeople,
    ErasurePhase,
    ProcessingRecord,
    StoreEraser,
    erase_nobody,
)
from personalization.erasure.worker import Fenced
from personalization.learning.waiting_erasures import (
    snapshots_before_unlearning,
    waiting_erasures,
)
from personalization.neighbours.erasures import read_erasures, session_digest
from personalization.ports.plan_store import PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.stores import KeptStores, LiveStores
from personalization.priors.session_eraser import ERASED_WHOLE, ErasureVerdict, SessionEraser

MOST_SESSIONS_OF_A_USER: Final = 10_000
MOST_UNKNOWN_LISTED: Final = 10_000
"""Of the list of erased visits, so that a large request with ids that nobody knows leaves room."""
_LISTED_AT_ONCE: Final = 1_000
_READ_AT_ONCE: Final = 100
"""Of which all events are in memory."""

SERVICE_ERASERS: Final = (
    StoreEraser(
        "catalogue",
        ("catalogue/*", "files/catalogue.sqlite*", "cassandra/products", "cassandra/categories",
         "cassandra/product_details", "cassandra/variants_by_group", "cassandra/catalogue_*"),
        erase_nobody,
    ),
    StoreEraser(
        "plans and audit log",
        ("plans/*", "audit/*", "files/plans.sqlite*", "files/audit.sqlite*", "cassandra/plans",
         "cassandra/audit_*"),
        erase_nobody,
    ),
    StoreEraser(
        "service",
        ("*/migrations", "*/sqlite_*", "event_log/topics", "event_log/group_offsets",
         "cassandra/event_days", "cassandra/schema_*", "redis/key_usage", "history/event_days",
         "files/signing_keys.json*", "files/privacy_keys.json*", "files/development_keys.json*",
         "files/api_processes/*", "files/import_report.json", "files/erased_sessions.jsonl",
         "files/*.lock", "files/*.turn", "files/*-readers*", "topic/__consumer_offsets"),
        erase_nobody,
    ),
)  # fmt: skip
"""Places that hold nothing of people: settings, keys, bookkeeping, and what is the shop's own."""


@dataclass(frozen=True, slots=True)
class ServiceErasers:
    kept: KeptStores
    live: LiveStores
    sessions: SessionEraser

    def fence(self, people: ErasedPeople, *, counts: bool) -> Fenced:
        """Put the visits onto the list of erased ones, where they are not on it.

        Those that are alive come first, if the list has no room for all. Where it has little, those
        of whom nothing is known stay off it: each pass looks for them again.
        """
        erasures = read_erasures(self.kept.plans)
        digests, key = erasures.sessions(), erasures.key
        new = [name for name in people.sessions if session_digest(key, name) not in digests]
        fenced = list(set(people.sessions).difference(new)) if counts else []
        before = self._count_with_traces(fenced, key) if fenced else 0
        alive = self.live.sessions.read_many(new)
        if len(digests) + len(new) > MOST_UNKNOWN_LISTED:
            known = alive.keys() | self._known_among(new, key)
            new = [name for name in new if name in known]
        ordered = sorted(new, key=lambda name: name not in alive)
        found, listed = 0, 0
        # Each part looks into every session index that is kept: they are large.
        for part in _parts(ordered, _LISTED_AT_ONCE):
            try:
                receipt = self.sessions.erase(part, ERASED_WHOLE)
            except StoreFullError:
                break
            listed += len(part)
            found += sum(
                each.verdict is not ErasureVerdict.UNKNOWN or each.session_id in alive
                for each in receipt.sessions
            )
        return Fenced(before + found, len(ordered) - listed, found)

    def _count_with_traces(self, fenced: Sequence[SessionId], key: str) -> int:
        """Return of how many that were fenced before anything is known still."""
        alive = self.live.sessions.read_many(fenced)
        return len(alive.keys() | self._known_among(fenced, key))

    def _known_among(self, names: Sequence[SessionId], key: str) -> frozenset[SessionId]:
        """Return those of whom any store knows: one that has sent anything has a claim."""
        kept = self.kept
        of_digests = {session_digest(key, name): name for name in names}
        with_rounds = kept.rounds.count(of_digests.keys())
        return self.sessions.known_among(names, key) | {
            *(of_digests[digest] for digest in with_rounds),
            *(name for name in names if kept.claims.read(name) is not None),
            *(name for name in names if kept.decisions.has_session(name)),
        }

    def sessions_of(self, user_id: UserId) -> Sequence[SessionId]:
        return self.kept.history.sessions_of(user_id, MOST_SESSIONS_OF_A_USER)

    def visitors_of(self, session_ids: Sequence[SessionId]) -> frozenset[UserId]:
        return frozenset(
            event.user_id
            for part in _parts(session_ids, _READ_AT_ONCE)
            for events in self.kept.history.read_many(part).values()
            for event in events
            if event.user_id is not None
        )

    def all(self) -> tuple[StoreEraser, ...]:
        return (*self.live_erasers(), self._people_eraser(), *SERVICE_ERASERS)

    def live_erasers(self) -> tuple[StoreEraser, ...]:
        return (
            self._redis_eraser(),
            self._log_eraser(),
            self._waiting_eraser(),
            self._history_eraser(),
            self._decisions_eraser(),
            self._claims_eraser(),
        )

    def _redis_eraser(self) -> StoreEraser:
        return StoreEraser(
            "redis",
            (
                "redis/session_state",
                "redis/profile",
                "redis/claim",
                "redis/session_user",
                "redis/consent",
                "files/redis/*",
            ),
            lambda subject: Erased(self.live.sessions.erase(subject.sessions)),
            record=ProcessingRecord(
                "profiles, states, users and consents of visits",
                "the page of a visit that is under way",
                "personalize",
                "48 hours after the last event",
            ),
        )

    def _log_eraser(self) -> StoreEraser:
        return StoreEraser(
            "log",
            (
                "event_log/records",
                "files/event_log.sqlite*",
                "topic/*",
                "people/session_keys",
                "cassandra/session_keys*",
            ),
            self._erase_log,
            record=ProcessingRecord(
                "events, delayed decisions and dead letters",
                "every role reads events from it",
                "any of them",
                "168 hours (`FITTING_ROOM_RETENTION_LOG_HOURS`, of Kafka "
                "`FITTING_ROOM_KAFKA_RETENTION_HOURS`); dead letters 336 hours",
            ),
        )

    def _waiting_eraser(self) -> StoreEraser:
        return StoreEraser(
            "waiting events",
            ("waiting/*", "files/waiting.sqlite*", "cassandra/waiting_events"),
            self._erase_waiting,
            record=ProcessingRecord(
                "events of products that are not known yet",
                "they count once the catalogue has the product",
                "any of them",
                "24 hours (`FITTING_ROOM_WAITING_HOURS`)",
            ),
        )

    def _history_eraser(self) -> StoreEraser:
        return StoreEraser(
            "history",
            (
                "history/events",
                "history/sessions_by_user",
                "files/history.sqlite*",
                "cassandra/events_by_*",
                "cassandra/sessions_by_user",
            ),
            lambda subject: Erased(self.kept.history.erase(subject.sessions)),
            record=ProcessingRecord(
                "events, and which visits a person had",
                "states are counted again, nights learn, reports count",
                "each use asks for its own",
                "400 days (`FITTING_ROOM_RETENTION_EVENTS_DAYS`)",
            ),
        )

    def _decisions_eraser(self) -> StoreEraser:
        return StoreEraser(
            "decisions",
            (
                "decisions/decisions",
                "files/decisions.sqlite*",
                "cassandra/decisions",
                "cassandra/decisions_by_session",
                "cassandra/profiles_by_session",
            ),
            lambda subject: Erased(self.kept.decisions.erase(subject.sessions)),
            record=ProcessingRecord(
                "decisions and profiles",
                "any past recommendation can be explained and replayed",
                "personalize",
                "180 days (`FITTING_ROOM_RETENTION_DECISIONS_DAYS`)",
            ),
        )

    def _claims_eraser(self) -> StoreEraser:
        return StoreEraser(
            "claims",
            (
                "claims/claims",
                "files/claims.sqlite*",
                "cassandra/session_claims",
                "cassandra/revoked_sessions",
            ),
            lambda subject: Erased(self.kept.claims.erase(subject.sessions)),
            record=ProcessingRecord(
                "who holds a visit, and which have ended",
                "nobody speaks for another's visit",
                "none is needed: it protects the visit",
                "as long as events or decisions",
            ),
        )

    def _people_eraser(self) -> StoreEraser:
        return StoreEraser(
            "people",
            ("people/*", "files/people.sqlite*", "cassandra/people"),
            self._erase_people,
            record=ProcessingRecord(
                "the shop's own ids of people, encrypted",
                "lists and exports name people by the shop's own ids",
                "personalize",
                "until the person is erased",
            ),
        )

    def _erase_people(self, subject: ErasedPeople) -> Erased:
        known = self.kept.people.read_many(subject.users) if subject.users else {}
        # Those that were forgotten before as well: an older page may have been held open then.
        self.kept.pseudonyms.forget(subject.users)
        return Erased(len(known))

    def _erase_log(self, subject: ErasedPeople) -> Erased:
        erased = self.live.log.erase(subject.sessions)
        if erased.kept_until is None:
            return Erased(erased.removed)
        until = f"{erased.kept_until:%Y-%m-%d %H:%M} UTC"
        return Erased(erased.removed, f"records with their keys, unread, until {until}")

    def _erase_waiting(self, subject: ErasedPeople) -> Erased:
        removed = 0
        for session_id in subject.sessions:
            places = self.kept.waiting.places_of(session_id)
            self.kept.waiting.remove(places)
            removed += len(places)
        return Erased(removed)


def priors_eraser(priors: PriorStore, plans: PlanStore) -> StoreEraser:
    """Return one for the kept generations.

    The session index of the active one was made without them.
    """
    indexes, tastes = FormerIndexes(priors, plans), KeptTastes(priors, RequestBook(plans))

    def erase(people: ErasedPeople) -> Erased:
        of_indexes = indexes.erase(people)
        return replace(of_indexes, removed=of_indexes.removed + tastes.erase(people))

    return StoreEraser(
        "priors",
        (
            "priors/*",
            "files/priors.sqlite*",
            "files/prior_lists/*",
            "cassandra/prior_*",
            "cassandra/active_generation",
            "cassandra/session_index_chunks",
        ),
        erase,
        ErasurePhase.NIGHT,
        record=ProcessingRecord(
            "digests of visits with what they saw, tastes of users",
            "neighbours and tastes",
            "learn",
            "as many generations as `FITTING_ROOM_NIGHTLY_KEPT_GENERATIONS` says",
        ),
    )


def models_eraser(kept: KeptStores) -> StoreEraser:
    def judge(people: ErasedPeople) -> Erased:
        """Say whether the models were trained again since: a step of its own does that."""
        erasures = read_erasures(kept.plans)
        digests = {session_digest(erasures.key, name) for name in people.sessions}
        rounds = sum(kept.rounds.count(digests).values())
        versions = [
            erasure.version
            for erasure in erasures.erasures
            if not digests.isdisjoint(erasure.sessions)
        ]
        reached = waiting_erasures(kept.models, kept.rounds, kept.plans).unlearned_version
        if rounds or max(versions, default=0) > reached:
            return Erased(0, f"{rounds} rounds of theirs, until `model unlearn`", waits=True)
        holding = snapshots_before_unlearning(kept.models)
        return Erased(
            0, f"snapshots that experiments hold: {', '.join(holding)}" if holding else ""
        )

    return StoreEraser(
        "models",
        (
            "files/models/*",
            "files/learned_rounds.sqlite*",
            "learned_rounds/*",
            "cassandra/model_*",
            "cassandra/learned_*",
        ),
        judge,
        ErasurePhase.NIGHT,
        record=ProcessingRecord(
            "what was learned of visits, and each round by a digest",
            "the policy learns, and can learn again without somebody",
            "learn",
            "180 days of rounds; snapshots of two weeks",
        ),
    )


def _parts(sessions: Sequence[SessionId], size: int) -> Iterator[list[SessionId]]:
    for start in range(0, len(sessions), size):
        yield list(sessions[start : start + size])
