"""Plays planned visits over the real API, and tells the oracle what was sent and when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from api.keys.shown_key import KEY_HEADER
from personalization.domain.clock import SystemClock
from tests.builders.access.known_keys import SERVER
from tests.builders.wire_event import a_wire_event
from tests.integration.api.sessions.consents.consent_oracle import ConsentOracle, HeardEvent
from tests.integration.api.sessions.consents.random_visits import (
    NONE,
    OF_THE_SLATE,
    UNKNOWN,
    PlannedBatch,
    PlannedChoice,
    PlannedEvent,
    PlannedLogin,
    PlannedVisit,
    Purposes,
)
from tests.integration.api.sessions.people import Roles, SharedDevice
from tests.waiting import eventually

_CLOCK = SystemClock()
_TICK = timedelta(microseconds=1)
_BUSY = 503
_WIRE_KINDS = {"click": "product_view", UNKNOWN: "product_view"}


def _words(purposes: Purposes) -> str:
    return "+".join(name[0] for name in sorted(purposes)) or "none"


def _send_until_room(send: Callable[[], httpx.Response], roles: Roles) -> httpx.Response:
    """Send again what is refused because more events wait than the scorer takes in time.

    Events that change no profile hold their room for seconds, however fast they are worked off.
    """
    answer = send()

    def is_taken() -> bool:
        nonlocal answer
        if answer.status_code == _BUSY:
            roles.work_off()
            answer = send()
        return answer.status_code != _BUSY

    eventually(is_taken, within_seconds=60)
    return answer


@dataclass(slots=True)
class PlayedVisit:
    device: SharedDevice
    oracle: ConsentOracle = field(default_factory=ConsentOracle)
    user: str | None = None
    came_before_choice: set[str] = field(default_factory=set)
    """Ids of events that had come when the last choice was made: none of them may wait on."""
    story: list[str] = field(default_factory=list)
    """What happened, in the order of receipt: for whoever reads a failure."""
    _slate: list[dict[str, Any]] = field(default_factory=list)
    _page: dict[str, Any] = field(default_factory=dict)
    _moments: list[datetime] = field(default_factory=list)
    """Of what happened, each with room for something late behind it."""

    @property
    def session_id(self) -> str:
        return self.device.session_id

    @property
    def events(self) -> list[HeardEvent]:
        return [event for event in self.oracle.events if event.kind != "login"]

    @property
    def has_refused_all_along(self) -> bool:
        return all(event.granted == NONE for event in self.oracle.events)

    def agreed_at(self, purpose: str, moment: datetime) -> bool:
        """Say whether what the visit was shown may be used: then it agreed, and has since.

        Before it began there was nobody to tell of a refusal.
        """
        kept = [event for event in self.oracle.events if event.granted]
        refusals = [said for said in self.oracle.refusals if kept and said[0] >= kept[0].at]
        last = max((at for at, left in refusals if purpose not in left), default=None)
        if last is None:
            return True
        agreed = [event.at for event in kept if purpose in event.granted]
        agreed += [at for at, chosen in self.oracle.choices if purpose in chosen]
        return any(last < at <= moment for at in agreed)

    def play(self, planned: PlannedVisit, roles: Roles, random: Random) -> None:
        if planned.sees_page:
            self._page = self.device.profile()
            self._slate = [slot for slot in self._page["slate"] if slot["placement"] == "home"]
        for step in planned.steps:
            if isinstance(step, PlannedBatch):
                self._send(step, roles)
            elif isinstance(step, PlannedChoice):
                self.choose(step.chosen)
            else:
                self._log_in(step, roles)
            if random.random() < 0.3:
                roles.work_off()

    def product_of(self, event: HeardEvent) -> str:
        """Return the product that an event is about."""
        return event.marker.rpartition("/")[2]

    def choose(self, chosen: Purposes) -> None:
        headers = self.device.headers or {KEY_HEADER: SERVER}
        path = f"/v1/sessions/{self.session_id}/consent"
        moment = _CLOCK.now()
        answer = self.device.client.post(path, json={"consent": sorted(chosen)}, headers=headers)
        assert answer.status_code == 200, answer.text
        self.oracle.choose(chosen, moment)
        self.story.append(f"{moment:%M:%S.%f} chose {_words(chosen)}")
        self.came_before_choice = {event.event_id for event in self.oracle.events}

    def _log_in(self, step: PlannedLogin, roles: Roles) -> None:
        if not self.device.token:
            return
        moment = _CLOCK.now()
        answer = _send_until_room(lambda: self.device.log_in(step.user), roles)
        assert answer.status_code == 200, answer.text
        if self.oracle.hear(HeardEvent("login", "login", "", moment), None).granted:
            # Else nobody keeps whose visit it is.
            self.user = step.user
        self.story.append(f"{moment:%M:%S.%f} logged in")

    def _send(self, batch: PlannedBatch, roles: Roles) -> None:
        sent = []
        for event in batch.events:
            moment = self._moment(is_late=event.is_late)
            wire, marker = self._wire(event, moment)
            sent.append(wire)
            said = batch.said if event.said is None else event.said
            heard = HeardEvent(wire["event_id"], event.kind, marker, moment, is_late=event.is_late)
            heard = self.oracle.hear(heard, said, has_gpc=batch.has_gpc)
            words = "nothing" if said is None else _words(said)
            gpc = " under GPC" if batch.has_gpc else ""
            self.story.append(
                f"{moment:%M:%S.%f} {heard.event_id[:8]} {event.kind} said {words}{gpc}, "
                f"granted {_words(heard.granted)}"
            )
        body: dict[str, Any] = {"events": sent}
        if batch.said is not None:
            body["consent"] = sorted(batch.said)
        if "decision_token" in self._page:
            body["decision_token"] = self._page["decision_token"]
        headers = self.device.headers | ({"sec-gpc": "1"} if batch.has_gpc else {})
        answer = _send_until_room(
            lambda: self.device.client.post("/v1/track", json=body, headers=headers), roles
        )
        assert answer.status_code in {200, 202}, answer.text
        self.device.token = answer.headers.get("x-session-token") or self.device.token
        self._check(answer.json()["verdicts"])

    def _check(self, verdicts: list[dict[str, Any]]) -> None:
        """Hold the verdicts against what the oracle granted."""
        heard = self.oracle.events[-len(verdicts) :]
        for event, verdict in zip(heard, verdicts, strict=True):
            taken = "unknown_product" if event.kind == UNKNOWN else "ok"
            assert verdict.get("code", "ok") == (taken if event.granted else "no_consent"), verdict

    def _moment(self, *, is_late: bool) -> datetime:
        if is_late and len(self._moments) > 1:
            # Right behind something earlier, of which nothing else is that near.
            self._moments[-2] += _TICK
            return self._moments[-2]
        moment = max(_CLOCK.now(), *self._moments, _CLOCK.now())
        while self._moments and moment - self._moments[-1] < 50 * _TICK:
            moment = _CLOCK.now()
        self._moments.append(moment)
        return moment

    def _wire(self, event: PlannedEvent, moment: datetime) -> tuple[dict[str, Any], str]:
        fields: dict[str, object] = {"product_id": event.marker}
        marker = event.marker
        if event.kind == "category_view":
            fields = {"product_id": None, "category_id": event.marker}
        if event.kind in OF_THE_SLATE:
            slot = self._slate[int(event.marker)]
            decision = self._page["decision_id"]
            fields = {
                "product_id": slot["product_id"],
                "decision_id": decision,
                "slot": slot["slot"],
            }
            marker = f"{decision}/{slot['product_id']}"
        wire = a_wire_event(
            event_id=str(uuid4()),
            session_id=self.session_id,
            type=_WIRE_KINDS.get(event.kind, event.kind),
            occurred_at=moment.isoformat(),
            consent=None if event.said is None else sorted(event.said),
            **fields,
        )
        return wire, marker
