"""Everything that is kept of a person, over visits and devices, as one readable archive.

`index.html` tells it in words; the JSON beside it is for machines. Files are named by number: no
name of a file tells who it is about.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import IO, Any, Final

import msgspec

from personalization.codec.json_codec import EVENT, PROFILE, SESSION
from personalization.domain.clock import Clock
from personalization.domain.event import Event
from personalization.domain.identifiers import ProductId, SessionId, UserId
from personalization.domain.prior import PriorTable
from personalization.neighbours.erasures import read_erasures, session_digest
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.stores import KeptStores, LiveStores
from personalization.tracking.consents import statement_of
from personalization.tracking.dead_letters import read_letters

MOST_VISITS: Final = 10_000
MOST_DECISIONS: Final = 1_000
"""A long visit has some forty."""
_STYLE: Final = (
    "body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;"
    "border-bottom:1px solid #ddd;vertical-align:top}"
)


@dataclass(frozen=True, slots=True)
class ExportedVisit:
    session_id: SessionId
    events: Sequence[Event]
    records: Sequence[DecisionRecord]

    def json(self) -> bytes:
        shown = [
            {
                "profile": msgspec.Raw(PROFILE.encode(record.profile)),
                "because_of": record.decision.evidence,
                "decided_at": record.decision.decided_at,
            }
            for record in self.records
        ]
        events = [msgspec.Raw(EVENT.encode(event)) for event in self.events]
        statement = statement_of(self.events)
        body = {
            "session_id": self.session_id,
            "consent": statement.in_force,
            "events": events,
            "shown": shown,
        }
        return msgspec.json.format(msgspec.json.encode(body), indent=1)


@dataclass(frozen=True, slots=True)
class PersonExport:
    kept: KeptStores
    live: LiveStores
    clock: Clock
    most_visits: int = MOST_VISITS
    most_decisions: int = MOST_DECISIONS
    """Of a visit, the newest."""

    def sessions_of(self, sessions: Sequence[SessionId], user: UserId | None) -> list[SessionId]:
        most = self.most_visits
        of_user = self.kept.history.sessions_of(user, most) if user is not None else ()
        return list(dict.fromkeys((*sessions, *of_user)))[:most]

    def write(
        self, file: IO[bytes], sessions: Sequence[SessionId], user: UserId | None = None
    ) -> int:
        """Write the archive, a visit at a time; return how many visits anything is kept of.

        Raises `StoreUnavailableError` where a store does not answer: half of it is none.
        """
        names = self.sessions_of(sessions, user)
        rows: list[str] = []
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, visit in enumerate(self._visits(names), 1):
                archive.writestr(f"visits/{number:05}.json", visit.json())
                rows.append(_row(number, visit, self._titles(visit)))
            rest = self._rest(names, user)
            body = msgspec.json.format(msgspec.json.encode(rest), indent=1)
            archive.writestr("rest.json", body)
            archive.writestr("index.html", _page(rows, rest, self.clock.now()))
        return len(rows)

    def _visits(self, names: Sequence[SessionId]) -> Iterator[ExportedVisit]:
        until = self.clock.now()
        for session_id in names:
            events = self.kept.history.read_many([session_id]).get(session_id, ())
            records = self.kept.decisions.list_session(session_id, until, self.most_decisions)
            if events or records:
                yield ExportedVisit(session_id, events, records)

    def _titles(self, visit: ExportedVisit) -> Mapping[ProductId, str]:
        named = list(dict.fromkeys(name for event in visit.events for name in event.product_ids))
        found = self.kept.catalogue.read_products(named) if named else {}
        return {product_id: product.title for product_id, product in found.items()}

    def _rest(self, names: Sequence[SessionId], user: UserId | None) -> dict[str, Any]:
        """Return what is kept beside events and decisions."""
        states = self.live.sessions.read_many(names)
        erasures = read_erasures(self.kept.plans)
        digests = [session_digest(erasures.key, name) for name in names]
        wanted = set(names)
        letters = [letter for letter in read_letters(self.live.log) if letter.session_id in wanted]
        return {
            "user_id": user,
            "live_sessions": [msgspec.Raw(SESSION.encode(state)) for state in states.values()],
            "tastes": self._tastes(user),
            "learned_rounds": sum(self.kept.rounds.count(digests).values()),
            "claims": [claim for name in names if (claim := self.kept.claims.read(name))],
            "waiting_events": [
                msgspec.Raw(event.body.encode())
                for name in names
                for event in self.kept.waiting.read(self.kept.waiting.places_of(name))
            ],
            "refused_events": [
                {"at": letter.at, "body": letter.body.decode(errors="replace")}
                for letter in letters
            ],
        }

    def _tastes(self, user: UserId | None) -> object:
        active = self.kept.priors.active()
        if user is None or active is None:
            return None
        key = (PriorTable.USER_TASTES, user)
        return self.kept.priors.read_many(active.generation_id, [key]).get(key)


def _row(number: int, visit: ExportedVisit, titles: Mapping[ProductId, str]) -> str:
    done = "".join(
        f"<li>{event.occurred_at:%H:%M} {escape(event.type.value.replace('_', ' '))} "
        f"{escape(', '.join(titles.get(name, name) for name in event.product_ids))}</li>"
        for event in visit.events
    )
    reasons = dict.fromkeys(reason for record in visit.records for reason in record.profile.reasons)
    because = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    first = visit.events[0].occurred_at if visit.events else visit.records[-1].decision.decided_at
    return (
        f"<tr><td>{number}</td><td>{first:%Y-%m-%d}</td><td><ul>{done}</ul></td>"
        f"<td><ul>{because}</ul></td></tr>"
    )


def _page(rows: Sequence[str], rest: Mapping[str, Any], made_at: datetime) -> str:
    counts = {
        "visits that are under way": len(rest["live_sessions"]),
        "times that a model learned from what was shown": rest["learned_rounds"],
        "events that wait for a product": len(rest["waiting_events"]),
        "events that were refused and set aside": len(rest["refused_events"]),
    }
    items = "".join(f"<li>{count:,} {escape(name)}</li>" for name, count in counts.items())
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>What is kept of you</title>"
        f"<style>{_STYLE}</style><h1>What is kept of you</h1>"
        f"<p>As of {made_at:%Y-%m-%d %H:%M} UTC. The files beside this page have all of it as "
        f"JSON: each visit in <code>visits</code>, the rest in <code>rest.json</code>.</p>"
        f"<table><tr><th></th><th>Day</th><th>What you did</th><th>Why you were shown what you "
        f"were shown</th></tr>{''.join(rows)}</table><h2>Besides</h2><ul>{items}</ul></html>"
    )
