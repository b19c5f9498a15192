"""Says who somebody is: tokens for browsers, made for the shop's server."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import answers, takes, with_body
from api.errors import WRONG_SHAPE, ProblemError
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.routes.products import IdQuery, meant_id
from api.schemas.identity import UserTokenAnswer, UserTokenWish
from api.state import state_of
from personalization.domain.identifiers import ShopUserId, person_fault

router = APIRouter(prefix="/v1/users", tags=["identity"])
SMALL_BYTES: Final = 4 * 1024
UserPath = Annotated[
    str,
    Path(max_length=128, description="The shop's id of the person; `-` for what `id` names."),
]
_EXAMPLE: Final = {
    "user_id": "ann",
    "user_token": "u2.k6RzaG9wo2Fubs5oPZ3A.1f0c9a7b.x2Jq0mYfXl0c9wJ2u5m8Yt0B3hJr1kq0Qz7oW9eT4aE",
    "expires_at": "2025-06-02T13:00:00Z",
}


def checked_user_id(text: str) -> ShopUserId:
    """Return the id; raises `ProblemError` for one that no person can have."""
    fault = person_fault(text)
    if fault is not None:
        raise ProblemError(WRONG_SHAPE, f"The user's id {fault}: send the shop's own id.")
    return ShopUserId(text)


@router.post(
    "/{user_id:id}/token",
    responses=with_body(answers(UserTokenAnswer, "The token.", example=_EXAMPLE)),
    openapi_extra=takes(UserTokenWish, {"expires_in_seconds": 3_600}, needed=False),
)
async def issue_user_token(
    request: Request,
    user_id: UserPath,
    wish: Annotated[UserTokenWish, Depends(JsonBody(UserTokenWish, SMALL_BYTES, or_empty=True))],
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Vouch for a person for an hour, or for as long as is asked for: a minute to a day.

    Call it from the shop's server once the person has logged in there, and give the token to the
    person's browser, which logs the visit in with it.
    """
    services = state_of(request.scope).services
    named = checked_user_id(meant_id(user_id, id))
    life, shop = timedelta(seconds=wish.expires_in_seconds), caller_of(request.scope).shop
    token = services.user_tokens.issue(shop, named, life, services.clock.now())
    answer = UserTokenAnswer(named, token.text, token.expires_at)
    response = json_answer(answer)
    response.headers["cache-control"] = "no-store"
    return response
