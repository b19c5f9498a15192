"""A failure that nobody has thought of costs the one event that meets it, and is told."""

import asyncio
from collections import UserDict

import msgspec
import pytest

from api.tracking.judged_batch import ACCEPTED
from api.tracking.request_events import events_in
from api.tracking.track_service import judge_batch
from personalization.catalogue.catalogue_cache import CatalogueIds
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.telemetry.metrics import EVENTS_UNFORESEEN
from tests.builders.wire_event import a_wire_event
from tests.unit.tracking.judging import batch_at_noon

SPOILED = ProductId("spoiled")


class SpoiledProducts(UserDict[ProductId, CategoryId]):
    """A catalogue in which one product cannot be looked up."""

    def __getitem__(self, product_id: ProductId) -> CategoryId:
        if product_id == SPOILED:
            raise RuntimeError("a fault of ours")
        return super().__getitem__(product_id)


def test_an_unforeseen_failure_is_the_verdict_of_its_event_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shirts = CategoryId("shirts")
    products = SpoiledProducts({ProductId("shirt-1"): shirts, SPOILED: shirts})
    known = CatalogueIds(products=products, categories=frozenset({shirts}))
    sent = [a_wire_event(product_id="spoiled"), a_wire_event(product_id="shirt-1")]
    before = EVENTS_UNFORESEEN._value.get()  # noqa: SLF001 - the counter has no reader

    events = events_in(msgspec.json.encode({"events": sent}), 100)
    judged = asyncio.run(judge_batch(events, batch_at_noon(), known))

    spoiled, sound = judged.verdicts
    assert (spoiled.code, sound.verdict) == ("internal", ACCEPTED)
    assert len(judged.dead) == 1
    assert EVENTS_UNFORESEEN._value.get() == before + 1  # noqa: SLF001
    assert "a fault of ours" in caplog.text
