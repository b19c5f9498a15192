"""Runs cases from a seed; a case that fails is shrunk and its seed is told."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import requests as http
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import status_code_conformance

from api.errors import MEDIA_TYPE
from api.keys.shown_key import KEY_HEADER, is_bearer_key
from benchmarks.fuzz.keys import TriedKey, check_gate
from benchmarks.fuzz.odd_requests import requests
from benchmarks.fuzz.raw_request import RawRequest, send
from benchmarks.fuzz.served_shop import FuzzedShop
from benchmarks.fuzz.verdict import check_answer

CASES_PER_SEED = 250
_ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "422"]
"""What fits the shapes may still be no event of this shop."""
_REFUSED = ["400", "401", "403", "404", "405", "413", "414", "415", "421", "422", "429", "431"]
_LONGEST = 2_000
"""Characters told of a failure: some are an address of many thousands."""


_Tried = TypeVar("_Tried")


@dataclass(frozen=True, slots=True)
class _Run(Generic[_Tried]):
    name: str
    strategy: SearchStrategy[_Tried]
    cases: int
    seed: int


@dataclass(slots=True)
class FuzzTally:
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By route and status."""
    failures: list[str] = field(default_factory=list)
    """Each with the seed that gives it again."""

    @property
    def total(self) -> int:
        return self.answers.total()


def run_odd_requests(shop: FuzzedShop, cases: int, first_seed: int, tally: FuzzTally) -> None:
    """Try requests of our own making."""

    def try_request(request: RawRequest) -> None:
        answer = send(shop.host, shop.port, request)
        tally.answers[request.route, answer.status] += 1
        check_answer(request, answer)

    for number, count in enumerate(_portions(cases)):
        run = _Run("odd requests", requests(shop), count, first_seed + number)
        _try(run, try_request, tally)


def run_openapi(shop: FuzzedShop, cases: int, first_seed: int, tally: FuzzTally) -> None:
    """Try what schemathesis makes of our own document, with all of its checks."""
    ways = _ways(shop, TriedKey())
    with http.Session() as session:

        def try_case(case: Case[Any]) -> None:
            _take_keys_off(case)
            response = case.call(session=session, timeout=30)
            tally.answers[case.operation.label, response.status_code] += 1
            case.validate_response(response)

        for number, (operation, mode) in enumerate(ways):
            try:
                strategy = operation.as_strategy(generation_mode=mode)
                count = max(1, cases // len(ways))
                name = f"{operation.label}, {mode}"
                _try(_Run(name, strategy, count, first_seed + number), try_case, tally)
            finally:
                session.cookies.clear()


def run_with_keys(
    shop: FuzzedShop,
    cases: int,
    first_seed: int,
    tally: FuzzTally,
    modes: Collection[GenerationMode] = tuple(GenerationMode),
) -> None:
    """Try the same with keys of every kind: who gets through is who may, and nothing breaks."""
    for place, (name, caller) in enumerate(sorted(shop.callers.items())):
        ways = [way for way in _ways(shop, caller) if way[1] in modes]
        with http.Session() as session:
            attempt = partial(_try_with_key, session, caller, name, tally)
            for number, (operation, mode) in enumerate(ways):
                strategy = operation.as_strategy(generation_mode=mode)
                count = max(1, cases // (len(ways) * len(shop.callers)))
                run_name = f"{operation.label}, {mode}, {name}"
                seed_of_run = first_seed + number + place * len(ways)
                _try(_Run(run_name, strategy, count, seed_of_run), attempt, tally)


def _try_with_key(
    session: http.Session, caller: TriedKey, name: str, tally: FuzzTally, case: Case[Any]
) -> None:
    session.cookies.clear()
    _take_keys_off(case)
    # A session's token may be there as well, so that keys have a header of their own.
    headers = {KEY_HEADER: caller.text} if caller.text else {}
    response = case.call(session=session, timeout=30, headers=headers)
    tally.answers[f"{case.operation.label}, {name}", response.status_code] += 1
    case.validate_response(response, checks=[not_a_server_error, status_code_conformance])
    is_problem = MEDIA_TYPE in response.headers.get("content-type", [""])[0]
    slug = response.json()["type"].rpartition("/")[2] if is_problem else ""
    check_gate(caller, case.operation.label, response.status_code, slug)


def _take_keys_off(case: Case[Any]) -> None:
    """Leave out the keys that are made up for the document's security: they would all be wrong."""
    case.headers.pop(KEY_HEADER, None)
    if is_bearer_key(str(case.headers.get("Authorization", "")).encode()):
        case.headers.pop("Authorization")


def _ways(
    shop: FuzzedShop, caller: TriedKey
) -> list[tuple[APIOperation[Any, Any, Any, Any], GenerationMode]]:
    """Return the operations of the document, each with data as they should be and as not."""
    checks = {
        "positive_data_acceptance": {"expected-statuses": _ACCEPTED},
        "negative_data_rejection": {"expected-statuses": _REFUSED},
    }
    config = SchemathesisConfig.from_dict({"checks": checks})
    reader = caller if caller.is_secret else shop.callers["server"]
    schema = schemathesis.openapi.from_url(
        f"{shop.address}/openapi.json", config=config, headers={KEY_HEADER: reader.text}
    )
    results = schema.get_all_operations()
    operations = [result.ok() for result in results if isinstance(result, Ok)]
    return [(operation, mode) for operation in operations for mode in GenerationMode]


def _portions(cases: int) -> Iterable[int]:
    while cases > 0:
        yield min(cases, CASES_PER_SEED)
        cases -= CASES_PER_SEED


def _try(run: "_Run[_Tried]", attempt: Callable[[_Tried], None], tally: FuzzTally) -> None:
    @seed(run.seed)
    @settings(
        max_examples=run.cases,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(run.strategy)
    def attempt_each(tried: _Tried) -> None:
        attempt(tried)

    try:
        attempt_each()
    except Unsatisfiable:
        """Without parameters nothing can be wrong with a request."""
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 (told with its seed)
        parts = (error, *getattr(error, "exceptions", ()))
        notes = [note for part in parts for note in getattr(part, "__notes__", ())]
        told = "\n".join([*map(str, parts), *notes])[:_LONGEST]
        tally.failures.append(f"{run.name}, seed {run.seed}:\n{told}")
