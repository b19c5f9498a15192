"""Placements that are changed while serving: every decision goes by one version, also later."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from personalization.audit.recording import Auditor
from personalization.catalogue.filters.filter import Condition, FieldComparison
from personalization.codec.json_codec import DECISION
from personalization.domain.access.shop import SHOP
from personalization.domain.asked import Strategy
from personalization.domain.draw import Draw
from personalization.domain.errors import (
    ChangedMeanwhileError,
    InvalidPolicyError,
    UnknownNameError,
)
from personalization.domain.event import Device
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.experiments.editor import ExperimentEditor
from personalization.policies.current_placements import (
    PlacementEditor,
    as_in_setting,
    placements_of_setting,
    with_placement,
    without_placement,
)
from personalization.policies.placement import Cap, Placement
from personalization.policies.placements_document import (
    decode_placement,
    decode_placements,
    encode_placements,
)
from personalization.policies.spec import PolicySpec
from personalization.ports.plan_store import PLACEMENTS
from personalization.ports.stores import KeptStores
from personalization.settings.learning import LearningSettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_first_decisions, open_kept, open_ranking
from tests.builders.experiment import an_arm, an_experiment
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import a_small_shop

BESIDE = Placement(name="beside", size=2, policy=PolicySpec.parse("popularity"), title="Beside")


@pytest.fixture
def settings(tmp_path: Path) -> CoreSettings:
    """Return settings of a small shop in which every decision looks for newer plans."""
    a_small_shop(tmp_path, epsilon=0.2)
    ranking = RankingSettings(slate_size=3, plan_seconds=1e-9)
    return CoreSettings(storage=StorageSettings(home=tmp_path), ranking=ranking)


@pytest.fixture
def kept_stores(settings: CoreSettings) -> Iterator[KeptStores]:
    with ExitStack() as stack:
        yield stack.enter_context(open_kept(settings))


@pytest.fixture
def editor(settings: CoreSettings, kept_stores: KeptStores) -> PlacementEditor:
    auditor = Auditor(kept_stores.audit)
    return PlacementEditor.of(kept_stores.plans, settings.ranking, LearningSettings(), auditor)


def a_visit(number: int = 1) -> Session:
    session_id = SessionId(f"00000000-0000-4000-8000-{number:012}")
    return Session(
        session_id=session_id,
        started_at=NOON,
        watermark=NOON,
        region=None,
        device=Device.MOBILE,
    )


def sizes(draws: Sequence[Draw]) -> dict[str, int]:
    return {draw.placement: draw.size for draw in draws}


def test_decisions_are_made_by_the_placements_of_the_plan_until_it_is_reset(
    settings: CoreSettings, kept_stores: KeptStores, editor: PlacementEditor
) -> None:
    maker = open_ranking(kept_stores, settings).maker
    assert sizes(maker.make(a_visit(), NOON).decision.draws) == {"home": 3}

    editor.edit(with_placement(BESIDE), "ann")
    assert sizes(maker.make(a_visit(), NOON).decision.draws) == {"home": 3, "beside": 2}

    editor.edit(as_in_setting, "ben")
    assert sizes(maker.make(a_visit(), NOON).decision.draws) == {"home": 3}
    entries = kept_stores.audit.newest(SHOP, 10)
    assert [(entry.author, entry.action) for entry in entries] == [
        ("ben", "placements.reset"),
        ("ann", "placements.write"),
    ]
    assert entries[1].before is not None
    assert "beside" not in entries[1].before
    assert '"title":"Beside"' in (entries[1].after or "")


def test_a_first_decision_is_made_again_as_it_was_after_the_page_has_changed(
    settings: CoreSettings, kept_stores: KeptStores, editor: PlacementEditor
) -> None:
    _, first = open_first_decisions(kept_stores, settings)
    editor.edit(with_placement(BESIDE), "ann")
    record, visit = first.make(a_visit(), NOON)
    editor.edit(without_placement("beside"), "ann")
    assert sizes(first.make(a_visit(2), NOON)[0].decision.draws) == {"home": 3}

    again = first.make_again(visit)

    assert DECISION.encode(again.decision) == DECISION.encode(record.decision)
    assert sizes(again.decision.draws) == {"home": 3, "beside": 2}


def test_an_arm_has_its_policy_in_whatever_placements_there_are(
    settings: CoreSettings, kept_stores: KeptStores, editor: PlacementEditor
) -> None:
    arms = (an_arm(), an_arm("other", policies={"beside": "softmax"}))
    experiment = an_experiment(arms=arms, started_at=NOON - timedelta(days=1))
    ExperimentEditor(kept_stores.plans, Auditor(kept_stores.audit)).start(experiment, "ann")
    maker = open_ranking(kept_stores, settings).maker
    visit = next(
        visit
        for visit in map(a_visit, range(100))
        if experiment.assign(visit.session_id).name == "other"
    )
    without = maker.make(visit, NOON).decision
    assert without.exposures == (), "its placement is not there"

    editor.edit(with_placement(BESIDE), "ann")
    placed = maker.make(visit, NOON).decision

    assert [exposure.arm for exposure in placed.exposures] == ["other"]
    assert {draw.placement: draw.policy.partition(":")[0] for draw in placed.draws} == {
        "home": "epsilon-greedy",
        "beside": "softmax",
    }
    editor.edit(with_placement(Placement(name="beside", size=1)), "ann")
    assert sizes(maker.make(visit, NOON).decision.draws)["beside"] == 1


INSTEAD = Placement(
    name="instead", size=8, strategy=Strategy.SIMILAR, fallbacks=(Strategy.POPULAR,),
    filter=Condition("brand", FieldComparison.IS, ("ours",)),
    caps=(Cap(field="brand", most=2),), on_profile=False,
)  # fmt: skip


def test_a_row_that_no_profile_draws_costs_profiles_nothing(
    settings: CoreSettings, kept_stores: KeptStores, editor: PlacementEditor
) -> None:
    _, first = open_first_decisions(kept_stores, settings)
    rows = [replace(INSTEAD, name=f"row-{number}", size=50) for number in range(97)]
    editor.edit(lambda before: [*before, BESIDE, INSTEAD, *rows], "ann")
    record, visit = first.make(a_visit(), NOON)

    assert sizes(record.decision.draws) == {"home": 3, "beside": 2}
    assert [name for name, _, _ in visit.config.placements] == ["home", "beside"]
    assert editor.newest().document[2] == INSTEAD
    with pytest.raises(InvalidPolicyError, match="at most 100 placements, not 101"):
        editor.edit(with_placement(replace(INSTEAD, name="more")), "ann")


def test_a_first_decision_is_made_again_though_its_arm_changes_a_row(
    settings: CoreSettings, kept_stores: KeptStores, editor: PlacementEditor
) -> None:
    arms = (an_arm(), an_arm("other", policies={"instead": "softmax", "home": "softmax"}))
    shadows = {"instead": ("squarecb",), "home": ("squarecb",)}
    experiment = an_experiment(arms=arms, shadows=shadows, started_at=NOON - timedelta(days=1))
    editor.edit(with_placement(INSTEAD), "ann")
    ExperimentEditor(kept_stores.plans, Auditor(kept_stores.audit)).start(experiment, "ann")
    _, first = open_first_decisions(kept_stores, settings)

    made = [first.make(a_visit(number), NOON) for number in range(20)]

    assert {record.decision.exposures[0].arm for record, _ in made} == {"control", "other"}
    for record, visit in made:
        assert [shadow.placement for shadow in record.decision.shadows] == ["home"]
        again = first.make_again(visit)
        assert DECISION.encode(again.decision) == DECISION.encode(record.decision)


def test_documents_of_earlier_releases_are_read_and_theirs_can_be_read_by_them() -> None:
    old = b'{"placements":[{"name":"home","size":3,"policy":"popularity","title":"For you"}]}'
    (home,) = decode_placements(old)

    assert (home.strategy, home.on_profile) == (Strategy.PERSONAL, True)
    assert b"strategy" not in encode_placements((home,))
    assert decode_placements(encode_placements((home, INSTEAD))) == (home, INSTEAD)


def test_the_setting_may_be_the_document_itself() -> None:
    setting = encode_placements((Placement(), INSTEAD)).decode()
    assert placements_of_setting(RankingSettings(placements=setting)) == (Placement(), INSTEAD)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"strategy": "best"}, "Invalid enum value 'best'"),
        ({"strategy": "similar", "on_profile": True}, "which knows no strategies"),
        ({"name": "home", "strategy": "similar"}, "give a row another name"),
        ({"name": "home", "on_profile": False}, "give a row another name"),
        ({"strategy": "new", "fallbacks": ["new"]}, "names a strategy twice"),
        ({"filter": {"field": "colours of", "is": ["red"]}}, "The filter of placement 'row'"),
        ({"filter": {"field": "price", "at_least": 9, "at_most": 3}}, "No product can pass"),
        ({"filter": {"field": "brand", "is": ["Ours"]}, "on_profile": True}, "knows no strategies"),
        ({"caps": [{"field": "brand", "most": 0}]}, ">= 1"),
        ({"caps": [{"field": "title", "most": 1}]}, "cannot be 'title'"),
        ({"caps": [{"field": "brand", "most": 1}, {"field": "brand", "most": 2}]}, "two caps"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_the_reason(fields: dict[str, Any], why: str) -> None:
    written = {"name": "row", "size": 4, "policy": "popularity", **fields}
    with pytest.raises(InvalidPolicyError, match=why):
        decode_placement(json.dumps(written).encode())


def test_placements_that_cannot_be_are_refused(
    kept_stores: KeptStores, editor: PlacementEditor
) -> None:
    with pytest.raises(UnknownNameError):
        editor.edit(without_placement("none"), "ann")
    with pytest.raises(InvalidPolicyError, match="which every page has"):
        editor.edit(lambda _: [BESIDE], "ann")
    bag = Placement(name="bag", policy=PolicySpec.parse("thompson-bag"))
    with pytest.raises(InvalidPolicyError, match="which is not learned"):
        editor.edit(with_placement(bag), "ann")
    with pytest.raises(InvalidPolicyError, match="at most 20 placements with"):
        editor.edit(lambda before: [*before, *many_placements(20)], "ann")
    with pytest.raises(ChangedMeanwhileError):
        editor.edit(with_placement(BESIDE), "ann", 7)
    assert kept_stores.plans.read(PLACEMENTS) is None


def many_placements(count: int) -> list[Placement]:
    return [Placement(name=f"row-{number}", size=1) for number in range(count)]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b'{"placements": 1}', b'{"placements": [{"name": "home"}]}',
        b'{"placements": [{"name": "Home", "size": 1, "policy": "softmax"}]}',
        b'{"placements": [{"name": "home", "size": 0, "policy": "softmax"}]}',
        b'{"placements": [{"name": "home", "size": 10e30, "policy": "softmax"}]}',
        b'{"placements": [{"name": "home", "size": 51, "policy": "softmax"}]}',
        b'{"placements": [{"name": "home", "size": 1, "policy": "none"}]}',
        b'{"placements": [{"name": "home", "size": 1, "policy": "softmax", "title": "\\u0000"}]}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_document_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidPolicyError):
        decode_placements(body)
