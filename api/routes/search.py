from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.errors import WRONG_SHAPE
from api.http.json_answers import json_answer
from api.openapi import OF_REGION, json_of, problems
from api.routes.products import cards_of
from api.schemas.catalogue import FoundProducts, SearchHit
from api.state import ApiServices, state_of
from api.tracking.request_events import hints_of
from personalization.catalogue.word_search import WordSearch
from personalization.domain.identifiers import Region

router = APIRouter(prefix="/v1/search", tags=["catalogue"])


@router.get(
    "",
    openapi_extra=OF_REGION,
    responses={200: json_of(FoundProducts, "What has the words."), **problems(WRONG_SHAPE)},
)
async def search(
    request: Request,
    words: Annotated[str, Query(max_length=200, description="What is searched for.")] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="Products at most.")] = 60,
) -> Response:
    """Find products by words of title, brand and category; `POST /v1/rank` puts them in order.

    Plurals in -s are taken as well; where nothing has all of the words, any of them counts.
    """
    state = state_of(request.scope)
    region = hints_of(request.headers, request.query_params.get("region")).region
    # Few at a time: the stores are also those of what is shown while somebody searches.
    async with state.searches:
        found = await state.blocking.run(partial(_find, state.services, words, region, limit))
    return json_answer(found)


def _find(services: ApiServices, words: str, region: Region | None, limit: int) -> FoundProducts:
    now = services.clock.now()
    found = WordSearch(services.catalogue).find(words, now, region, limit)
    hidden = services.visible_lists(now, region).hidden_among(
        [hit.product.product_id for hit in found]
    )
    scores = {
        hit.product.product_id: hit.score for hit in found if hit.product.product_id not in hidden
    }
    cards = cards_of(services, list(scores))
    return FoundProducts(
        [SearchHit(cards[key], round(score, 4)) for key, score in scores.items() if key in cards]
    )
