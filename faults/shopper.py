"""One shopper under faults: insists until each event is acknowledged, and watches the profile."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import aiohttp
import msgspec

from faults.ledger import Freshness, Ledger, Read

INSIST_SECONDS = 120.0
"""A browser's tracker keeps an event for days; a run must end."""
FRESH_SECONDS = 60.0
MOST_TOKENS = 4
"""Sent along with a batch; the service reads no more."""
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.5
LOOK_SECONDS = 0.05
LATE = timedelta(minutes=30)
"""Within the lateness window: counts at its true age."""
TOO_LATE = timedelta(hours=3)
"""Beyond it: kept in the history only."""
SKEWED = timedelta(hours=1)
"""A clock this far ahead is refused."""
OUTCOMES = ("product_view", "product_view", "add_to_cart", "checkout")


@dataclass(slots=True)
class Site:
    """Where the shop answers: the replicas of the API, of which any will do; and the pace."""

    addresses: Sequence[str]
    products: Sequence[str]
    pause_seconds: float
    """Between two interactions of a shopper, on average."""
    closing: bool = False
    """Shoppers finish what they hold and leave."""


@dataclass(slots=True)
class FaultyShopper:
    """Sends a session of seeded behaviour: views, carts, impressions, repeats, bad ones."""

    client: aiohttp.ClientSession
    site: Site
    ledger: Ledger
    chance: random.Random
    session_id: str = field(init=False)
    headers: dict[str, str] = field(init=False, default_factory=dict)
    _secret: str = field(init=False)
    """By this a session whose first answer was lost is the shopper's still."""
    profile: dict[str, Any] | None = field(init=False, default=None)
    explainable: bool = field(init=False, default=True)
    decision_tokens: list[str] = field(init=False, default_factory=list)
    """Of first pages, whose decisions are kept nowhere before an event comes."""
    """Whether the API could keep the profile's decision."""
    earlier: dict[str, Any] | None = field(init=False, default=None)
    """The first profile whose slate was seen: what comes of it late corrects what was learned."""

    def __post_init__(self) -> None:
        self.session_id, self._secret = self._new_id(), self._new_id()

    async def shop(self, events: int) -> None:
        """Send about so many events, each after the profile of the one before was looked at."""
        await self._look()
        for _ in range(events):
            if self.site.closing:
                return
            await asyncio.sleep(self.chance.expovariate(1 / self.site.pause_seconds))
            await self._see_slate()
            await self._act()
            await self._misbehave()

    async def _see_slate(self) -> None:
        if self.profile is None or not self.profile["slate"]:
            return
        slots, decision_id = self.profile["slate"], self.profile["decision_id"]
        products = [slot["product_id"] for slot in slots]
        seen = {
            **self._event("impression"),
            "product_ids": products,
            "slots": [slot["slot"] for slot in slots],
            "decision_id": decision_id,
        }
        if await self._send(seen) and self.explainable:
            self.earlier = self.earlier or self.profile
            self.ledger.seen.update((decision_id, product) for product in products)

    async def _act(self) -> None:
        event = self._event(self.chance.choice(OUTCOMES), product_id=self._product())
        slate = {name["product_id"]: name for name in (self.profile or {}).get("slate", ())}
        if self.earlier is not None and self.chance.random() < 0.1:  # noqa: PLR2004 - a tenth
            event |= {
                "product_id": self.chance.choice(self.earlier["slate"])["product_id"],
                "decision_id": self.earlier["decision_id"],
            }
        elif event["product_id"] in slate:
            slot = slate[event["product_id"]]["slot"]
            event |= {"decision_id": (self.profile or {})["decision_id"], "slot": slot}
        version = (self.profile or {}).get("version", 0)
        if not await self._send(event):
            return
        acked_at = time.monotonic()
        if self.chance.random() < 0.1:  # noqa: PLR2004 - a tenth of all is sent twice
            self.ledger.duplicates_sent += 1
            await self._send(event)
        await self._wait_for(event["product_id"], version, acked_at)

    async def _misbehave(self) -> None:
        """Now and then send what is late, out of order, from a wrong clock, or poison."""
        draw = self.chance.random()
        if draw < 0.05:  # noqa: PLR2004 - shares of all events
            self.ledger.late_sent += 1
            await self._send(self._event("product_view", age=LATE, product_id=self._product()))
        elif draw < 0.08:  # noqa: PLR2004
            self.ledger.too_late_sent += 1
            await self._send(self._event("product_view", age=TOO_LATE, product_id=self._product()))
        elif draw < 0.11:  # noqa: PLR2004
            self.ledger.skewed_sent += 1
            await self._send(self._event("product_view", age=-SKEWED, product_id=self._product()))
        elif draw < 0.14:  # noqa: PLR2004
            await self._send(self._event("product_view", product_id="no-such-product"))

    def _product(self) -> str:
        slate = (self.profile or {}).get("slate", ())
        if slate and self.chance.random() < 0.5:  # noqa: PLR2004 - half of all clicks
            return str(self.chance.choice(slate)["product_id"])
        return self.chance.choice(self.site.products)

    def _event(self, kind: str, age: timedelta = timedelta(), **fields: str) -> dict[str, Any]:
        return {
            "event_id": self._new_id(),
            "session_id": self.session_id,
            "type": kind,
            "occurred_at": (datetime.now(UTC) - age).isoformat(),
            **fields,
        }

    def _new_id(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    async def _send(self, event: dict[str, Any]) -> bool:
        """Send until the event is acknowledged or refused; say whether it was acknowledged."""
        began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
        while time.monotonic() - began < INSIST_SECONDS:
            answer = await self._try_to_send(event)
            if answer is not None:
                return self._note(event, answer, began)
            self.ledger.retries += 1
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self.ledger.unacked += 1
        return False

    async def _try_to_send(self, event: dict[str, Any]) -> dict[str, Any] | None:
        for address in self._any_order():
            tokens = self.decision_tokens[-MOST_TOKENS:]
            batch = {"session_secret": self._secret, "decision_token": tokens, "events": [event]}
            body = msgspec.json.encode(batch)
            with suppress(aiohttp.ClientError, TimeoutError):
                async with self.client.post(
                    f"{address}/v1/track", data=body, headers=self.headers
                ) as response:
                    answer: dict[str, Any] = msgspec.json.decode(await response.read())
                    if response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                        self._keep_token(answer.get("session_token"))
                        if response.status != HTTPStatus.UNAUTHORIZED or self.headers:
                            return answer
                        event["session_id"] = self._begin_anew()
        return None

    def _begin_anew(self) -> str:
        """Take a new session id, as the page does where a killed API took the token with it."""
        self.ledger.begun_anew += 1
        self.session_id, self.profile, self.earlier = self._new_id(), None, None
        self.decision_tokens = []
        return self.session_id

    def _note(self, event: dict[str, Any], answer: dict[str, Any], began: float) -> bool:
        verdicts = answer.get("verdicts")
        if not verdicts:
            self.ledger.rejected[str(answer.get("type", "refused"))] += 1
            return False
        verdict = verdicts[0]
        # What waits for a product that nobody will ever give is not in the history.
        if verdict["verdict"] in {"rejected", "waiting"}:
            self.ledger.rejected[str(verdict.get("code"))] += 1
            return False
        self.ledger.note_acceptance(self.session_id, event["event_id"], event["type"], began)
        return True

    async def _wait_for(self, product: str, version: int, acked_at: float) -> None:
        """Read the profile until a newer one counts the product as the one seen last."""
        while time.monotonic() - acked_at < FRESH_SECONDS:
            await self._look()
            found = self.profile or {"version": -1, "recent_products": []}
            if found["version"] > version and found["recent_products"][:1] == [product]:
                self.ledger.fresh.append(Freshness(acked_at, time.monotonic() - acked_at))
                return
            await asyncio.sleep(LOOK_SECONDS)
        self.ledger.never_fresh += 1

    async def _look(self) -> None:
        """Read the profile from the first replica that answers, as a balancer does."""
        began = time.monotonic()
        for address in self._any_order():
            with suppress(aiohttp.ClientError, TimeoutError):
                async with self.client.get(
                    f"{address}/v1/profiles/{self.session_id}", headers=self.headers
                ) as response:
                    self._note_answer(response, await response.read(), began)
                    return
        self.ledger.reads.append(Read(began, time.monotonic() - began, 0, "no replica answered"))

    def _note_answer(self, response: aiohttp.ClientResponse, body: bytes, began: float) -> None:
        if response.status == HTTPStatus.UNAUTHORIZED and not self.headers:
            self._begin_anew()
            return
        source = response.headers.get("x-profile-source", "")
        read = Read(began, time.monotonic() - began, response.status, source)
        self.ledger.reads.append(read)
        if read.good:
            self._keep_token(response.headers.get("x-session-token"))
            self.profile = msgspec.json.decode(body)
            self.explainable = source != "unrecorded"
            token = self.profile.get("decision_token")
            if token and token not in self.decision_tokens:
                self.decision_tokens.append(token)

    def _keep_token(self, token: str | None) -> None:
        if token:
            self.headers["authorization"] = f"Bearer {token}"

    def _any_order(self) -> list[str]:
        return self.chance.sample(list(self.site.addresses), len(self.site.addresses))
