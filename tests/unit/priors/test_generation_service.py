"""Operators promote and go back to generations, and the audit log says what they did."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.audit_log import SqliteAuditLog
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.audit.recording import Auditor
from personalization.domain.access.shop import SHOP
from personalization.domain.errors import GenerationRejectedError, UnknownNameError
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import Generation
from personalization.ports.audit_log import AuditLog
from personalization.ports.prior_store import PriorStore
from personalization.priors.generation_service import SHARE, SIZE, GenerationService
from personalization.priors.warehouse import (
    BACKFILL,
    COVERED_PRODUCTS,
    INTERACTIONS,
    LARGEST_SHARE,
)
from personalization.settings.nightly import NightlySettings
from tests.builders.generation import a_generation
from tests.builders.moments import NOON


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PriorStore]:
    with closing(SqlitePriorStore(tmp_path / "priors.sqlite", 0)) as opened:
        yield opened


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[AuditLog]:
    with closing(SqliteAuditLog(tmp_path / "audit.sqlite", 0)) as opened:
        yield opened


@pytest.fixture
def service(store: PriorStore, audit: AuditLog) -> GenerationService:
    return GenerationService(store, NightlySettings(), Auditor(audit))


def night(store: PriorStore, number: int, **parameters: str) -> Generation:
    """Register the generation of a night, with a thousand products unless said otherwise."""
    made = a_generation(
        generation_id=GenerationId(f"g{number}"),
        created_at=NOON + timedelta(days=number),
        run_date=(NOON + timedelta(days=number)).date(),
        parameters={COVERED_PRODUCTS: "1000", INTERACTIONS: "9000", **parameters},
    )
    store.register(made)
    return made


def changes(audit: AuditLog) -> list[tuple[str, str, str, str | None]]:
    """Return author, action, subject and what was active before, oldest first."""
    return [
        (entry.author, entry.action, entry.subject, entry.before)
        for entry in reversed(audit.newest(SHOP, 10))
    ]


def test_an_older_generation_is_gone_back_to_and_the_newer_promoted_again(
    store: PriorStore, audit: AuditLog, service: GenerationService
) -> None:
    night(store, 1)
    night(store, 2, **{BACKFILL: "true"})
    night(store, 3)
    service.promote("g3", "ann", accept_smaller=False)

    done = service.roll_back("ben")
    assert (done.generation_id, done.replaced) == ("g1", "g3")
    assert [(g.generation_id, g.active, g.backfill) for g in service.list()] == [
        ("g3", False, False),
        ("g2", False, True),
        ("g1", True, False),
    ]
    service.promote("g3", "ann", accept_smaller=False)
    service.promote("g3", "ann", accept_smaller=False)

    assert changes(audit) == [
        ("ann", "generations.promote", "g3", None),
        ("ben", "generations.rollback", "g1", '"g3"'),
        ("ann", "generations.promote", "g3", '"g1"'),
    ]


def test_there_is_nothing_before_the_oldest(store: PriorStore, service: GenerationService) -> None:
    with pytest.raises(GenerationRejectedError, match="No generation from before"):
        service.roll_back("ann")
    night(store, 1)
    service.promote("g1", "ann", accept_smaller=False)
    with pytest.raises(GenerationRejectedError, match="No generation from before"):
        service.roll_back("ann")


def test_a_promotion_passes_the_gate_of_the_night(
    store: PriorStore, audit: AuditLog, service: GenerationService
) -> None:
    night(store, 1)
    night(store, 2, **{COVERED_PRODUCTS: "10"})
    night(store, 3, **{LARGEST_SHARE: "0.9", "shoppers": "500"})
    service.promote("g1", "ann", accept_smaller=False)

    with pytest.raises(GenerationRejectedError, match="less than 50%"):
        service.promote("g2", "ann", accept_smaller=False)
    with pytest.raises(GenerationRejectedError, match="One of 500 shoppers"):
        service.promote("g3", "ann", accept_smaller=True)
    with pytest.raises(UnknownNameError, match="Kept are: g3, g2, g1"):
        service.promote("g\x00", "ann", accept_smaller=True)
    shown = service.show("g2")
    assert "less than 50%" in (shown.gate[SIZE] or "")
    assert shown.gate[SHARE] is None
    assert len(changes(audit)) == 1

    service.promote("g2", "ann", accept_smaller=True)
    assert store.active() == shown.generation


def test_a_promoted_backfill_is_kept_as_those_that_served(
    store: PriorStore, service: GenerationService
) -> None:
    made = night(store, 1, **{BACKFILL: "true"})
    service.promote("g1", "ann", accept_smaller=False)

    others = {name: of for name, of in made.parameters.items() if name != BACKFILL}
    assert store.active() == replace(made, parameters=others)
