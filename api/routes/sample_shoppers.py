"""Shoppers as whom anybody may log in on the served page: for demonstrations, none by default."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.errors import NOT_FOUND, ProblemError
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import WRONG_REQUEST, json_of, merge_answers, problems
from api.schemas.identity import SampleShoppers, UserTokenAnswer
from api.state import state_of
from personalization.domain.identifiers import SAMPLE_PREFIX, ShopUserId

router = APIRouter(prefix="/v1/sample-shoppers", tags=["identity"])
TOKEN_LIFE: Final = timedelta(hours=1)
NamePath = Annotated[str, Path(max_length=128, description="One of those that the list has.")]


@router.get("", responses={200: json_of(SampleShoppers, "Their names.")})
def read_sample_shoppers(request: Request) -> Response:
    """Return the shoppers as whom anybody may log in here; none unless the shop is a demonstration.

    `FITTING_ROOM_API_SAMPLE_SHOPPERS` names them.
    """
    settings = state_of(request.scope).services.settings
    return json_answer(SampleShoppers(list(settings.sample_shoppers)))


@router.post(
    "/{name:id}/token",
    responses=merge_answers(
        {200: json_of(UserTokenAnswer, "The token.")}, problems(NOT_FOUND), WRONG_REQUEST
    ),
)
def issue_sample_token(request: Request, name: NamePath) -> Response:
    """Vouch for a sample shopper for an hour, as a shop's server does for people.

    The id is `sample:` and the name: no person of the shop has one like it.
    """
    services = state_of(request.scope).services
    if name not in services.settings.sample_shoppers:
        raise ProblemError(NOT_FOUND, "There is no such sample shopper.")
    user, shop = ShopUserId(SAMPLE_PREFIX + name), caller_of(request.scope).shop
    token = services.user_tokens.issue(shop, user, TOKEN_LIFE, services.clock.now())
    response = json_answer(UserTokenAnswer(user, token.text, token.expires_at))
    response.headers["cache-control"] = "no-store"
    return response
