"""Edits a plan while others edit it too: read, change, write after the version that was read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from personalization.domain.errors import ChangedMeanwhileError, SupersededError
from personalization.plans.current_plan import NO_VERSION, Parsed
from personalization.ports.plan_store import Plan, PlanStore

TRIES = 20
"""Machines write stock at the same time; operators and the hourly check write far less often."""

_Document = TypeVar("_Document")


@dataclass(frozen=True, slots=True)
class Edited(Generic[_Document]):
    before: Parsed[_Document]
    after: Parsed[_Document]


@dataclass(frozen=True, slots=True)
class PlanEditor(Generic[_Document]):
    store: PlanStore
    name: str
    parse: Callable[[Plan], _Document]
    encode: Callable[[_Document], bytes]
    before_first: _Document

    def newest(self) -> Parsed[_Document]:
        plan = self.store.read(self.name)
        if plan is None:
            return Parsed(NO_VERSION, self.before_first)
        return Parsed(plan.version, self.parse(plan))

    def edit(
        self,
        change: Callable[[_Document], _Document],
        author: str,
        expected_version: int | None = None,
    ) -> Parsed[_Document]:
        """Store the changed document, unless it equals the newest; return what is newest then.

        Where another writer came first, the change is applied to that writer's version. Raises
        `SupersededError` after `TRIES` of them, and `ChangedMeanwhileError` where the newest is not
        the expected version.
        """
        return self.edit_and_compare(change, author, expected_version).after

    def edit_and_compare(
        self,
        change: Callable[[_Document], _Document],
        author: str,
        expected_version: int | None = None,
    ) -> "Edited[_Document]":
        """Do as `edit`, and return what was there before, too: the same where nothing changed."""
        for _ in range(TRIES):
            before = self.newest()
            if expected_version not in (None, before.version):
                raise ChangedMeanwhileError(
                    f"Version {before.version} of the {self.name} is the newest, "
                    f"not {expected_version}: read it again and change that."
                )
            after = change(before.document)
            if after == before.document:
                return Edited(before, before)
            try:
                version = self.store.write(self.name, self.encode(after), before.version, author)
            except SupersededError:
                continue
            return Edited(before, Parsed(version, after))
        raise SupersededError(f"Others keep writing the {self.name}: try again.")
