"""Visits that leave something wherever a visit can: the markers of a drill."""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from api.keys.shown_key import KEY_HEADER

AT_ONCE = 8
VIEWS = 4
VISITS_OF_A_PERSON = 3
_LATE = timedelta(hours=25)
"""Half of the views are of yesterday, so that a table of a whole day has the visit as well."""
_SECONDS = 60.0
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class MarkedShop:
    address: str
    products: Sequence[str]
    server_key: str


@dataclass(slots=True)
class MarkedVisit:
    """A visit of a device; one of a person logs in on its way."""

    session_id: str
    person: str = ""
    """The shop's own id; empty for nobody's."""
    user_id: str = ""
    """As it is kept."""
    headers: dict[str, str] = field(default_factory=dict)


def planned_visits(count: int, people: int, seed: int) -> list[MarkedVisit]:
    """Return visits, the first of which are those of people on several devices."""
    chance = random.Random(seed)
    names = [f"drill-shopper-{number:04}" for number in range(people)]
    owners = [name for name in names for _ in range(VISITS_OF_A_PERSON)]
    owners += [""] * (count - len(owners))
    return [
        MarkedVisit(str(UUID(int=chance.getrandbits(128), version=4)), owner)
        for owner in owners[:count]
    ]


def send_visits(shop: MarkedShop, visits: Sequence[MarkedVisit], seed: int) -> int:
    """Let all visits happen, some at once; return how many events were taken."""

    def go(numbered: tuple[int, MarkedVisit]) -> int:
        number, visit = numbered
        # Cookies of one visit would speak for the next.
        with httpx.Client(base_url=shop.address, timeout=_SECONDS, trust_env=False) as client:
            return _Walk(shop, client, visit, seed + number).go()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(go, enumerate(visits)))


class _Walk:
    def __init__(
        self, shop: MarkedShop, client: httpx.Client, visit: MarkedVisit, seed: int
    ) -> None:
        self._shop = shop
        self._client = client
        self._visit = visit
        self._chance = random.Random(seed)
        self._taken = 0

    def go(self) -> int:
        visit = self._visit
        self._send([self._view(late=True) for _ in range(VIEWS // 2)])
        if visit.person:
            path = f"/v1/sessions/{visit.session_id}/login"
            body = {"user_id": visit.person}
            self._post(path, body, {KEY_HEADER: self._shop.server_key})
        for _ in range(VIEWS - VIEWS // 2):
            profile = self._profile()
            slate = profile["slate"]
            self._send([self._view(), self._impression(profile)])
            liked = {
                "type": "feedback",
                "product_id": slate[0]["product_id"],
                "slot": 0,
                "thumb": 1,
            }
            self._send([self._event(**liked, decision_id=profile["decision_id"])])
        # What waits for its product, and what no reader takes.
        waits = self._event(type="product_view", product_id="not-in-the-catalogue")
        self._send([waits, self._event(type="odd")])
        visit.user_id = self._profile().get("user_id") or ""
        return self._taken

    def _view(self, *, late: bool = False) -> Mapping[str, object]:
        product = self._chance.choice(self._shop.products)
        return self._event(type="product_view", product_id=product, late=late)

    def _impression(self, profile: Mapping[str, Any]) -> Mapping[str, object]:
        slate = profile["slate"]
        return self._event(
            type="impression",
            product_ids=[slot["product_id"] for slot in slate],
            slots=[slot["slot"] for slot in slate],
            decision_id=profile["decision_id"],
        )

    def _event(self, *, late: bool = False, **fields: object) -> Mapping[str, object]:
        moment = datetime.now(UTC) - (_LATE if late else timedelta())
        event_id = str(UUID(int=self._chance.getrandbits(128), version=4))
        of_all = {"event_id": event_id, "session_id": self._visit.session_id}
        return {**of_all, "occurred_at": moment.isoformat(), **fields}

    def _send(self, events: Sequence[Mapping[str, object]]) -> None:
        answer = self._post("/v1/track", {"events": events}, self._visit.headers)
        self._taken += answer.json()["accepted"]
        self._keep(answer)

    def _post(self, path: str, body: object, headers: Mapping[str, str]) -> httpx.Response:
        """Post until it is taken: under overload a page waits and sends again."""
        answer = self._client.post(path, json=body, headers=headers)
        while answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            time.sleep(_PAUSE_SECONDS)
            answer = self._client.post(path, json=body, headers=headers)
        return answer.raise_for_status()

    def _profile(self) -> Mapping[str, Any]:
        visit = self._visit
        answer = self._client.get(f"/v1/profiles/{visit.session_id}", headers=visit.headers)
        self._keep(answer.raise_for_status())
        profile: Mapping[str, Any] = answer.json()
        return profile

    def _keep(self, answer: httpx.Response) -> None:
        token = answer.headers.get("x-session-token")
        if token:
            self._visit.headers["authorization"] = f"Bearer {token}"
