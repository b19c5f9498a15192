"""The audit log, as `fitting-room audit` shows it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from api.admin.operations import answers
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.schemas.admin_keys import AuditPage
from api.state import state_of
from personalization.audit.audit_view import view_of_entry
from personalization.domain.clock import in_utc

router = APIRouter(prefix="/v1/admin/audit", tags=["audit log"])


@router.get("", responses=answers(AuditPage, "Who changed what, newest first."))
def list_entries(
    request: Request,
    before: Annotated[
        AwareDatetime | None, Query(description="RFC 3339; `next` of the page before.")
    ] = None,
    subject: Annotated[
        str | None, Query(max_length=200, description="Of one rule, product, key.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Changes at most.")] = 50,
) -> Response:
    """Return the newest changes of the caller's shop, with all that was and is."""
    log, shop = state_of(request.scope).services.admin.audit, caller_of(request.scope).shop
    entries = log.newest(shop, limit, in_utc(before) if before else None, subject)
    following = entries[-1].happened_at if len(entries) == limit else None
    return json_answer(AuditPage([view_of_entry(entry) for entry in entries], following))
