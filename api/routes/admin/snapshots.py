"""Snapshots of what was learned, as `fitting-room model` lists them and goes back to one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import (
    BUSY,
    CHANGES,
    SMALL_BYTES,
    UNKNOWN,
    Offset,
    answers,
    takes,
    with_body,
)
from api.admin.services import AdminServices
from api.errors import KINDS
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import problems
from api.schemas.admin import RollbackOrder, SnapshotPage, SnapshotRow
from api.state import state_of
from personalization.domain.errors import DamagedSnapshotError, RefusedSnapshotError
from personalization.learning.snapshot_list import ListedSnapshot
from personalization.learning.snapshot_service import CheckedSnapshot, RolledBack

router = APIRouter(prefix="/v1/admin/snapshots", tags=["snapshots"])
SnapshotPath = Annotated[str, Path(max_length=128, description="The snapshot's version.")]
_UNSOUND = problems(KINDS[DamagedSnapshotError], KINDS[RefusedSnapshotError])


@router.get("", responses=answers(SnapshotPage, "Snapshots, newest first.", BUSY))
def list_snapshots(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=50, description="Snapshots at most.")] = 10,
    offset: Offset = 0,
) -> Response:
    """Return kept snapshots, each read and held against its checksums."""
    services = _services(request)
    versions = services.snapshots.versions()
    with services.turns.take():
        found = services.snapshots.list(versions[offset : offset + limit])
    pinned = services.snapshots.pinned()
    rows = [_row(snapshot, pinned) for snapshot in reversed(found)]
    return json_answer(SnapshotPage(len(versions), rows))


@router.get(
    "/{version}/check",
    responses=answers(CheckedSnapshot, "It may be served.", UNKNOWN, BUSY, _UNSOUND),
)
def check_snapshot(request: Request, version: SnapshotPath) -> Response:
    """Hold a snapshot against its checksums, and its models against Vowpal Wabbit."""
    services = _services(request)
    with services.turns.take():
        return json_answer(services.snapshots.check(version))


@router.post(
    "/{version}/rollback",
    responses=with_body(
        answers(RolledBack, "The older one is current.", UNKNOWN, BUSY, CHANGES, _UNSOUND)
    ),
    openapi_extra=takes(RollbackOrder, {"models_only": False}, needed=False),
)
def roll_back(
    request: Request,
    version: SnapshotPath,
    order: Annotated[RollbackOrder, Depends(JsonBody(RollbackOrder, SMALL_BYTES, or_empty=True))],
) -> Response:
    """Check an older snapshot and make it current, as a new version.

    The running learner is fenced off and starts again from it.
    """
    services, author = _services(request), caller_of(request.scope).author
    with services.turns.take():
        done = services.snapshots.roll_back(version, author, models_only=order.models_only)
    return json_answer(done)


def _services(request: Request) -> AdminServices:
    return state_of(request.scope).services.admin


def _row(snapshot: ListedSnapshot, pinned: frozenset[str]) -> SnapshotRow:
    return SnapshotRow(
        version=snapshot.version,
        current=snapshot.current,
        pinned=snapshot.version in pinned,
        saved_at=snapshot.saved_at,
        rounds=snapshot.rounds,
        bytes=snapshot.bytes,
        parts=list(snapshot.parts),
        damage=snapshot.damage,
    )
