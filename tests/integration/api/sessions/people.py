"""Devices that people share, over an API whose events are worked off when a test says so."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from api.state import ApiServices
from personalization.domain.access.shop import SHOP
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import SessionId, ShopUserId, UserId
from personalization.domain.session import Session
from personalization.ports.event_log import EventConsumer
from personalization.ports.stores import LiveStores
from personalization.ports.topics import DELAYED_DECISIONS, USER_INTERACTIONS
from realtime.history_writer import HistoryWriter
from realtime.role_loop import Role
from realtime.scorer import Scorer
from realtime.wiring import RoleResources, build_scorer
from tests.builders.wire_event import a_wire_event

AT_ONCE = 200


@dataclass
class Roles:
    """The scorer and the history writer, moved on by hand."""

    scorer: Scorer
    history: HistoryWriter
    of_scorer: EventConsumer
    of_history: EventConsumer

    def work_off(self) -> None:
        """Let the history have all events, then the scorer."""
        _work_off(self.history, self.of_history)
        _work_off(self.scorer, self.of_scorer)


def visit_as_ann(roles: Roles, *devices: "SharedDevice") -> None:
    """Let one person view a product and log in on each device."""
    for device in devices:
        device.send("shirt-1")
        device.log_in("ann")
    roles.work_off()


def _work_off(role: Role, consumer: EventConsumer) -> None:
    while records := consumer.poll(AT_ONCE, 0.0):
        consumer.commit(role.handle(records))


@contextmanager
def roles_by_hand(base: RoleResources) -> Iterator[Roles]:
    log, topics = base.live.log, [USER_INTERACTIONS, DELAYED_DECISIONS]
    scorer, history = build_scorer(base), HistoryWriter(base.kept.history, base.kept.decisions)
    with ExitStack() as opened:
        of_scorer = opened.enter_context(closing(log.consumer(scorer.group, [USER_INTERACTIONS])))
        of_history = opened.enter_context(closing(log.consumer(history.group, topics)))
        yield Roles(scorer, history, of_scorer, of_history)


def user_token(services: ApiServices, user: str, hours: float = 1) -> str:
    life, now = timedelta(hours=hours), services.clock.now()
    return services.user_tokens.issue(SHOP, ShopUserId(user), life, now).text


def known_as(services: ApiServices, user: str) -> UserId:
    """Return what stands for a user in all that is kept."""
    shop_id = ShopUserId(user)
    return services.pseudonyms.of_many([shop_id], keep=False)[shop_id]


@dataclass
class SharedDevice:
    """A browser that keeps its visit, as a shop's page would."""

    client: httpx.Client
    services: ApiServices
    session_id: str = field(default_factory=lambda: str(uuid4()))
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    def send(self, *products: str, type_: str = "product_view", **more: object) -> httpx.Response:
        events = [
            a_wire_event(
                event_id=str(uuid4()), session_id=self.session_id, type=type_, product_id=product,
                occurred_at=SystemClock().now().isoformat(), **more,
            )
            for product in products
        ]  # fmt: skip
        return self._keep(self.client.post("/v1/track", json=events, headers=self.headers))

    def log_in(self, user: str, **shown: object) -> httpx.Response:
        body = shown or {"user_token": user_token(self.services, user)}
        path = f"/v1/sessions/{self.session_id}/login"
        return self._keep(self.client.post(path, json=body, headers=self.headers))

    def log_out(self) -> httpx.Response:
        path = f"/v1/sessions/{self.session_id}/logout"
        answer = self.client.post(path, headers=self.headers)
        if answer.is_success:
            fresh = answer.json()
            self.session_id, self.token = fresh["session_id"], fresh["session_token"]
        return answer

    def profile(self) -> dict[str, Any]:
        answer = self.client.get(f"/v1/profiles/{self.session_id}", headers=self.headers)
        self._keep(answer).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def evidence(self) -> list[str]:
        """Return what the newest decision rests on."""
        until = SystemClock().now() + timedelta(minutes=1)
        found = self.services.decisions.list_session(SessionId(self.session_id), until, 1)
        return [piece.subject for record in found for piece in record.decision.evidence]

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        self.token = answer.headers.get("x-session-token") or self.token
        return answer


def state_of_visit(live: LiveStores, device: SharedDevice) -> Session:
    session_id = SessionId(device.session_id)
    return live.sessions.read_many([session_id])[session_id]
