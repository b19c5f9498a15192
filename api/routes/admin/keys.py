"""Keys, as `fitting-room keys` makes, changes and revokes them.

The caller's own key bounds what it may give: see `personalization.keys.key_checks`.
"""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import CHANGES, SMALL_BYTES, Limit, Offset, answers, takes, with_body
from api.errors import KINDS
from api.http.json_answers import json_answer
from api.keys.callers import Caller, caller_of
from api.openapi import problems
from api.schemas.admin_keys import (
    KeyChangeFields,
    KeyMade,
    KeyPage,
    KeyRotation,
    NewKeyFields,
    wanted_change,
    wanted_key,
)
from api.state import state_of
from personalization.domain.access.api_key import ApiKey
from personalization.domain.errors import (
    InvalidKeyError,
    KeyRightsError,
    UnknownKeyError,
    UnrecordedChangeError,
)
from personalization.keys.editor import KeyEditor, MadeKey
from personalization.keys.key_view import KeyView, view_of

router = APIRouter(prefix="/v1/admin/keys", tags=["keys"])
KeyPath = Annotated[str, Path(max_length=40, description="The key's id.")]
_WRITES: Final = (
    problems(KINDS[InvalidKeyError], KINDS[KeyRightsError], KINDS[UnrecordedChangeError]),
    CHANGES,
)
_UNKNOWN: Final = problems(KINDS[UnknownKeyError])
_NEVER_KEPT: Final = {"cache-control": "no-store"}
_NEW: Final = {
    "kind": "publishable",
    "name": "shop pages",
    "origins": ["https://shop.example"],
    "limit": {"per_second": 200},
}


@router.get("", responses=answers(KeyPage, "Keys, without what they are proved by."))
def list_keys(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Return keys, oldest first."""
    keys = _editor(request).book().keys
    chosen = [_view(request, key) for key in keys[offset : offset + limit]]
    return json_answer(KeyPage(len(keys), chosen))


@router.post(
    "",
    status_code=201,
    responses=with_body(answers(KeyMade, "The key and its text.", *_WRITES, ok=201)),
    openapi_extra=takes(NewKeyFields, _NEW),
)
def create_key(
    request: Request,
    fields: Annotated[NewKeyFields, Depends(JsonBody(NewKeyFields, SMALL_BYTES))],
) -> Response:
    """Make a key that has no more than the caller's; its text is answered once."""
    return _give_out(request, _editor(request).create(wanted_key(fields), _maker(request)), 201)


@router.post(
    "/{key_id}/rotate",
    responses=with_body(answers(KeyMade, "The key and its new text.", _UNKNOWN, *_WRITES)),
    openapi_extra=takes(KeyRotation, {"grace_hours": 24}, needed=False),
)
def rotate_key(
    request: Request,
    key_id: KeyPath,
    fields: Annotated[KeyRotation, Depends(JsonBody(KeyRotation, SMALL_BYTES, or_empty=True))],
) -> Response:
    """Give a key a new text; the former one holds for the grace period."""
    grace = timedelta(hours=fields.grace_hours)
    return _give_out(request, _editor(request).rotate(key_id, _maker(request), grace))


@router.patch(
    "/{key_id}",
    responses=with_body(answers(KeyView, "The key as it is now.", _UNKNOWN, *_WRITES)),
    openapi_extra=takes(KeyChangeFields, {"limit": {"per_second": 20, "per_day": 50_000}}),
)
def change_key(
    request: Request,
    key_id: KeyPath,
    fields: Annotated[KeyChangeFields, Depends(JsonBody(KeyChangeFields, SMALL_BYTES))],
) -> Response:
    """Change a key's name, origins, limit or end."""
    changed = _editor(request).change(key_id, wanted_change(fields), _maker(request))
    return json_answer(_view(request, changed))


@router.delete("/{key_id}", responses=answers(KeyView, "The key as it ended.", _UNKNOWN, *_WRITES))
def revoke_key(request: Request, key_id: KeyPath) -> Response:
    """End a key: every process refuses it within two seconds. The last owner's key stays."""
    return json_answer(_view(request, _editor(request).revoke(key_id, _maker(request))))


def _editor(request: Request) -> KeyEditor:
    return state_of(request.scope).services.admin.keys


def _maker(request: Request) -> Caller:
    """Return who calls, who has a key: none would be bounded by nothing."""
    caller = caller_of(request.scope)
    if caller.key is None:
        raise KeyRightsError("Only a secret key changes keys.")
    return caller


def _give_out(request: Request, made: MadeKey, status: int = 200) -> Response:
    answer = json_answer(KeyMade(made.text, _view(request, made.key)), status)
    answer.headers.update(_NEVER_KEPT)
    return answer


def _view(request: Request, key: ApiKey) -> KeyView:
    return view_of(key, state_of(request.scope).services.clock.now())
