"""The table from errors to HTTP."""

import msgspec
import pytest

from api.errors import KINDS, kind_of, problem_response
from personalization.domain import errors
from personalization.domain.errors import PersonalizationError


def _all_errors() -> list[type[PersonalizationError]]:
    found = [var for var in vars(errors).values() if isinstance(var, type)]
    return [other_type for other_type in found if issubclass(other_type, PersonalizationError)]


@pytest.mark.parametrize("error", _all_errors())
def test_every_domain_error_has_its_own_line_in_the_table(
    error: type[PersonalizationError],
) -> None:
    assert error in KINDS


def test_an_error_that_is_not_in_the_table_takes_the_line_of_its_nearest_parent() -> None:
    class ShelfFullError(errors.StoreFullError):
        """The shelf is full."""

    assert kind_of(ShelfFullError()).status == 507


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.StoreFullError(), 507),
        (errors.StoreUnavailableError(), 503),
        (errors.UnknownProductError(), 404),
        (errors.NoActiveGenerationError(), 503),
        (errors.SessionTokenError(), 401),
        (PersonalizationError(), 500),
    ],
)
def test_the_status_follows_from_the_error(error: PersonalizationError, status: int) -> None:
    assert kind_of(error).status == status


def test_a_problem_has_the_members_of_rfc_9457() -> None:
    kind = KINDS[errors.StoreFullError]
    response = problem_response("/v1/track", kind, "Free some space.")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "2"
    assert msgspec.json.decode(response.body) == {
        "type": "/problems/store-full",
        "title": "There is no disk space left",
        "status": 507,
        "detail": "Free some space.",
        "instance": "/v1/track",
    }
