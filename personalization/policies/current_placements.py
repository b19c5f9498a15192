from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from personalization.audit.recording import Auditor, Change
from personalization.domain.errors import InvalidPolicyError, UnknownNameError
from personalization.domain.models.learned_model import LearnedModel, parse_models
from personalization.plans.current_plan import CurrentPlan, Parsed
from personalization.plans.editor import PlanEditor
from personalization.policies.placement import (
    ONE_PLACEMENT,
    Placement,
    check_placements,
    parse_placements,
)
from personalization.policies.placements_document import (
    decode_placements,
    encode_placements,
    written_placement,
)
from personalization.ports.plan_store import PLACEMENTS, PlanStore
from personalization.settings.learning import LearningSettings
from personalization.settings.ranking import RankingSettings

WRITTEN = "placements.write"
RESET = "placements.reset"
_Placements = tuple[Placement, ...]
EditPlacements = Callable[[_Placements], Sequence[Placement]]


def placements_of_setting(settings: RankingSettings) -> _Placements:
    """Raise `InvalidPolicyError` for a setting that is not written as it should be."""
    if not settings.placements:
        return (Placement(size=settings.slate_size),)
    if settings.placements.lstrip().startswith("{"):
        return decode_placements(settings.placements.encode()) or ONE_PLACEMENT
    return parse_placements(settings.placements)


class CurrentPlacements:
    """The page's placements as every process reads them: the newest plan, or those of the setting.

    A version whose policies ask for what this process does not learn is passed over.
    """

    def __init__(
        self,
        plans: PlanStore,
        of_setting: _Placements,
        learned: frozenset[LearnedModel],
        every_seconds: float,
    ) -> None:
        self._of_setting = of_setting
        self._learned = learned
        self._plan = CurrentPlan(plans, PLACEMENTS, self._parse, of_setting, every_seconds)

    def read(self) -> Parsed[_Placements]:
        return self._plan.read()

    def _parse(self, body: bytes) -> _Placements:
        try:
            placements = decode_placements(body)
            check_placements(placements, self._learned)
        except InvalidPolicyError as error:
            raise ValueError(str(error)) from error
        return placements or self._of_setting


@dataclass(frozen=True, slots=True)
class PlacementEditor:
    """What merchandisers do with placements, by command or over HTTP."""

    plans: PlanStore
    of_setting: _Placements
    learned: frozenset[LearnedModel]
    auditor: Auditor

    @classmethod
    def of(
        cls,
        plans: PlanStore,
        ranking: RankingSettings,
        learning: LearningSettings,
        auditor: Auditor,
    ) -> Self:
        learned = parse_models(learning.models)
        return cls(plans, placements_of_setting(ranking), learned, auditor)

    def newest(self) -> Parsed[_Placements]:
        """Return the placements in force, with the version of the plan."""
        newest = self._editor().newest()
        return Parsed(newest.version, newest.document or self.of_setting)

    def edit(
        self, change: EditPlacements, author: str, expected_version: int | None = None
    ) -> Parsed[_Placements]:
        """Store changed placements; decisions are made by them within seconds.

        Raises `InvalidPolicyError`, `SupersededError`, or `ChangedMeanwhileError` where the newest
        is not the expected version.
        """

        def checked_change(before: _Placements) -> _Placements:
            return self.check(tuple(change(before or self.of_setting)))

        edited = self._editor().edit_and_compare(checked_change, author, expected_version)
        before, after = edited.before, edited.after
        if before.version != after.version:
            self.auditor.record(
                Change(
                    author=author,
                    action=WRITTEN if after.document else RESET,
                    subject=PLACEMENTS,
                    before=_documents_of(before.document or self.of_setting),
                    after=_documents_of(after.document or self.of_setting),
                )
            )
        return Parsed(after.version, after.document or self.of_setting)

    def check(self, placements: _Placements) -> _Placements:
        """Return them as others will read them; raises `InvalidPolicyError` for what cannot be."""
        read = decode_placements(encode_placements(placements))
        check_placements(read, self.learned)
        return read

    def _editor(self) -> PlanEditor[_Placements]:
        return PlanEditor(
            self.plans, PLACEMENTS, lambda plan: decode_placements(plan.body), encode_placements, ()
        )


def with_placement(placement: Placement) -> EditPlacements:
    """Return the edit that adds a placement, or puts it for the one of its name."""

    def edit(before: _Placements) -> list[Placement]:
        names = [known.name for known in before]
        if placement.name not in names:
            return [*before, placement]
        return [placement if known.name == placement.name else known for known in before]

    return edit


def placement_of_name(placements: Sequence[Placement], name: str) -> Placement:
    """Raise `UnknownNameError` where there is none, naming those there are."""
    for placement in placements:
        if placement.name == name:
            return placement
    known = ", ".join(placement.name for placement in placements)
    raise UnknownNameError(f"There is no placement {name[:80]!r}. There are {known}.")


def without_placement(name: str) -> EditPlacements:
    """Return the edit that removes a placement; it raises `UnknownNameError`."""

    def edit(before: _Placements) -> list[Placement]:
        placement_of_name(before, name)
        left = [known for known in before if known.name != name]
        if not left:
            raise InvalidPolicyError(f"{name!r} is the only placement: a page has one at least.")
        return left

    return edit


def as_in_setting(_: _Placements) -> list[Placement]:
    """Edit so that the placements of the setting hold again."""
    return []


def _documents_of(placements: _Placements) -> list[object]:
    return [written_placement(placement) for placement in placements]
