"""A shop after random visits and a night, and what its stores have of them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from api.state import ApiServices
from evaluation.held_out import views_before
from personalization.codec.json_codec import EVENT, SESSION
from personalization.domain.consent import ConsentPurpose
from personalization.domain.decision import Decision
from personalization.domain.event import Event
from personalization.domain.identifiers import GenerationId, SessionId
from personalization.exports.day_export import DayExport
from personalization.learning.past_rounds import PastRounds, Period
from personalization.neighbours.erasures import digest_number, read_erasures, session_digest
from personalization.neighbours.index_bytes import decode_index
from personalization.ports.event_log import EventLog, Record
from personalization.ports.topics import USER_INTERACTIONS
from realtime.wiring import RoleResources
from tests.integration.api.sessions.consents.consent_traces import (
    ANY,
    EVERY_KIND,
    EVIDENCE,
    PRODUCTS,
    EventNames,
    TraceStore,
    events_where,
)
from tests.integration.api.sessions.consents.played_visits import PlayedVisit
from tests.integration.api.sessions.consents.random_visits import (
    LEARN,
    MEASURE,
    PERSONALIZE,
    SHARE,
    UNKNOWN,
)
from tests.integration.api.sessions.people import known_as

_AT_ONCE = 200
MOST_DECISIONS = MOST_KEYS = MOST_ROUNDS = 1_000_000
_MARKER = re.compile(r"marked-[pc]\d+")
_VIEWS = frozenset({"product_view", "click", UNKNOWN})
_IMPRESSIONS = frozenset({"impression"})
_MARKED = PRODUCTS | {"category_view", UNKNOWN}
_COPIES = re.compile(r"/(history|products|categories|product_categories|groups)[/.]")
"""Files of the warehouse that are copies, not counts."""


@dataclass(frozen=True)
class PlayedShop:
    base: RoleResources
    services: ApiServices
    visits: Sequence[PlayedVisit]
    log: EventLog
    later: datetime
    """When all windows have passed."""

    @property
    def home(self) -> Path:
        return self.base.settings.storage.home

    @property
    def records(self) -> Sequence[Record]:
        """All that the log has of events."""
        records: list[Record] = []
        with closing(self.log.consumer("reader", [USER_INTERACTIONS])) as consumer:
            while some := consumer.poll(_AT_ONCE, 0.0):
                records += some
        return records

    @property
    def names(self) -> EventNames:
        return EventNames(self.visits)

    def waiting(self) -> TraceStore:
        """Return what waits for its product; a choice lets nothing wait on."""
        kept = self.base.kept.waiting
        bodies = " ".join(event.body for event in kept.read(kept.places()))
        found = self.names.by_marker(_MARKER.findall(bodies))
        assert all(found.isdisjoint(visit.came_before_choice) for visit in self.visits)
        return TraceStore("waiting", ANY, frozenset({UNKNOWN}), found)

    def stores_of_events(self) -> Iterator[TraceStore]:
        in_log = {EVENT.decode(record.value).event_id for record in self.records}
        yield TraceStore("log", ANY, EVERY_KIND, in_log)
        yield TraceStore("history", ANY, EVERY_KIND, {event.event_id for event in self.history()})

    def history(self) -> Iterator[Event]:
        for day in self.base.kept.history.days():
            for chunk in self.base.kept.history.read_day(day):
                yield from chunk

    def decisions_of(self, visit: PlayedVisit) -> Sequence[Decision]:
        """Return what was decided for a visit, newest first."""
        name = SessionId(visit.session_id)
        found = self.base.kept.decisions.list_session(name, self.later, MOST_DECISIONS)
        return [record.decision for record in found]

    def stores_of_pages(self) -> Iterator[TraceStore]:
        """Yield what live pages and lists for e-mail are made of."""
        yield TraceStore("state", PERSONALIZE, EVERY_KIND, self._in_states())
        recent = (
            (visit.session_id, product)
            for visit in self.visits
            for product in visit.device.profile()["recent_products"]
        )
        in_profiles = self.names.by_product(recent)
        yield TraceStore("profile", PERSONALIZE, EVIDENCE, in_profiles, has_all=False)
        evidence = {
            piece.event_id
            for visit in self.visits
            for decision in self.decisions_of(visit)[:1]
            for piece in decision.evidence
        }
        yield TraceStore("decision", PERSONALIZE, EVIDENCE, evidence)
        anonymous = events_where(self.visits, lambda visit: visit.user is None)
        seen = self.names.by_product(self._known_of_people())
        kinds = _VIEWS | {"checkout"}
        yield TraceStore("e-mail", PERSONALIZE, kinds, seen, lacks=anonymous)

    def _in_states(self) -> set[str]:
        names = [SessionId(visit.session_id) for visit in self.visits]
        states = self.base.live.sessions.read_many(names)
        found = set()
        for visit in self.visits:
            state = states.get(SessionId(visit.session_id))
            # Ids stay, so that nothing counts again which comes twice.
            text = "" if state is None else SESSION.encode(replace(state, seen=())).decode()
            found |= {
                event.event_id
                for event in visit.events
                if event.event_id in text or f'"{visit.product_of(event)}"' in text
            }
        return found

    def _known_of_people(self) -> Iterator[tuple[str, str]]:
        for visit in self.visits:
            if visit.user is not None:
                user_id = known_as(self.services, visit.user)
                person = self.services.persons.read(user_id, self.later)
                products = [*person.viewed, *(bought.product_id for bought in person.bought)]
                yield from ((visit.session_id, product) for product in products)

    def stores_of_nights(self, made: GenerationId) -> Iterator[TraceStore]:
        """Yield what a night has made."""
        marked = self.names.by_marker(self._in_priors(made))
        yield TraceStore("priors", LEARN, _MARKED, marked)
        in_files = chain.from_iterable(map(_markers_of_file, self._counts(made)))
        yield TraceStore("day counts", LEARN, _MARKED, self.names.by_marker(in_files))
        indexed = self.names.by_product(self._in_index(made))
        short = events_where(self.visits, lambda visit: not _has_two_views(visit))
        yield TraceStore("session index", LEARN, _VIEWS, indexed, lacks=short)
        viewed = chain.from_iterable(views_before(self.later, self.base.kept.history))
        kinds = frozenset({"product_view", UNKNOWN})
        yield TraceStore("baselines", LEARN, kinds, self.names.by_marker(viewed))

    def _in_priors(self, made: GenerationId) -> Iterator[str]:
        priors = self.base.kept.priors
        for table, key in priors.keys(made, MOST_KEYS):
            members = priors.read_many(made, [(table, key)])[table, key]
            yield from _MARKER.findall(" ".join([key, *(item.member_id for item in members)]))

    def _counts(self, made: GenerationId) -> Iterator[Path]:
        """Yield the files of the warehouse that are neither copies nor of former nights."""
        for file in sorted((self.home / "warehouse").rglob("*")):
            name = str(file.relative_to(self.home))
            is_former = "/generations/" in name and made not in name
            if file.is_file() and not is_former and not _COPIES.search(name):
                yield file

    def _in_index(self, made: GenerationId) -> Iterator[tuple[str, str]]:
        kept = self.base.kept
        index = decode_index(b"".join(kept.priors.read_index(made)))
        key = read_erasures(kept.plans).key
        names = {
            digest_number(session_digest(key, SessionId(visit.session_id))): visit.session_id
            for visit in self.visits
        }
        for place, digest in enumerate(index.digests.tolist()):
            first, last = index.session_starts[place : place + 2].tolist()
            for product in index.products.take(index.session_products[first:last].tolist()):
                yield names[digest], product

    def stores_of_learning(self) -> Iterator[TraceStore]:
        """Yield what policies learn from and are judged by."""
        kept = self.base.kept
        pinned = self.names.by_marker(self._in_rounds())
        yield TraceStore("rounds", LEARN, _IMPRESSIONS, pinned)
        rules = self.base.settings.learning.outcome_rules
        past = PastRounds(kept.history, kept.decisions, rules)
        settled = past.read_outcomes(Period(), self.later).settled
        seen = (f"{outcome.decision_id}/{outcome.product_id}" for outcome in settled)
        yield TraceStore("off-policy", LEARN, _IMPRESSIONS, self.names.by_marker(seen))

    def _in_rounds(self) -> Iterator[str]:
        kept = self.base.kept
        slates = list(chain.from_iterable(kept.rounds.read(0, MOST_ROUNDS)))
        found = kept.decisions.read_decisions([slate.decision_id for slate in slates])
        for slate in slates:
            for outcome in slate.outcomes:
                shown = found[slate.decision_id].slate[outcome.place]
                yield f"{slate.decision_id}/{shown.product_id}"

    def stores_of_exports(self, folder: Path) -> Iterator[TraceStore]:
        for purpose in (MEASURE, SHARE):
            rows = self.export(folder / purpose, ConsentPurpose(purpose), "events")
            ids = {row["event_id"] for row in rows}
            yield TraceStore(f"tables to {purpose}", purpose, EVERY_KIND, ids)

    def export(self, folder: Path, purpose: ConsentPurpose, table: str) -> list[dict[str, Any]]:
        """Write the tables where they are not there yet, and return the rows of one."""
        kept = self.base.kept
        if not folder.exists():
            list(DayExport(kept.history, kept.decisions, folder, purpose).write(self._days()))
        return [
            row
            for file in sorted((folder / table).rglob("*.parquet"))
            for row in pq.ParquetFile(file).read().to_pylist()
        ]

    def _days(self) -> list[date]:
        return sorted(self.base.kept.history.days())


def _markers_of_file(file: Path) -> list[str]:
    if file.suffix == ".parquet":
        return _MARKER.findall(str(pq.ParquetFile(file).read().to_pylist()))
    return _MARKER.findall(file.read_text("utf-8", errors="replace"))


def _has_two_views(visit: PlayedVisit) -> bool:
    """Say whether a session index takes the visit: one product says nothing of others."""
    agreed = [event for event in visit.events if visit.oracle.allows(event, LEARN)]
    return sum(event.kind in _VIEWS for event in agreed) > 1
