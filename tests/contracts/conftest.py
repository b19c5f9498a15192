"""One fixture per port, parametrised over the adapters that must behave alike."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.ports.catalogue import Catalogue
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventLog
from personalization.ports.model_store import ModelStore
from personalization.ports.notifier import Notifier
from personalization.ports.prior_store import PriorStore
from personalization.ports.profile_store import ProfileStore
from personalization.ports.session_store import SessionStore
from personalization.settings.redis import RedisSettings
from tests.contracts.places import ModelPlace, RestartableRedis, SqlitePlace


def sqlite_place(request: pytest.FixtureRequest) -> SqlitePlace:
    """Return an empty folder for SQLite."""
    folder: Path = request.getfixturevalue("tmp_path")
    return SqlitePlace(folder)


@pytest.fixture(params=[sqlite_place], ids=["sqlite"])
def log_place(request: pytest.FixtureRequest) -> SqlitePlace:
    """Return a place for a log."""
    return request.param(request)


@pytest.fixture
def log(log_place: SqlitePlace) -> Iterator[EventLog]:
    """Return an empty log."""
    with closing(log_place.open_event_log()) as opened:
        yield opened


@pytest.fixture(params=[sqlite_place], ids=["sqlite"])
def history_place(request: pytest.FixtureRequest) -> SqlitePlace:
    """Return a place for histories."""
    return request.param(request)


@pytest.fixture
def event_history(history_place: SqlitePlace) -> Iterator[EventHistory]:
    """Return an empty event history."""
    with closing(history_place.open_event_history()) as opened:
        yield opened


@pytest.fixture
def decision_history(history_place: SqlitePlace) -> Iterator[DecisionHistory]:
    """Return an empty decision history."""
    with closing(history_place.open_decision_history()) as opened:
        yield opened


@pytest.fixture(params=[sqlite_place], ids=["sqlite"])
def prior_place(request: pytest.FixtureRequest) -> SqlitePlace:
    """Return a place for priors."""
    return request.param(request)


@pytest.fixture
def prior_store(prior_place: SqlitePlace) -> Iterator[PriorStore]:
    """Return an empty prior store."""
    with closing(prior_place.open_prior_store()) as opened:
        yield opened


@pytest.fixture(params=[sqlite_place], ids=["folder"])
def model_place(request: pytest.FixtureRequest) -> ModelPlace:
    """Return a place for snapshots."""
    place: ModelPlace = request.param(request)
    return place


@pytest.fixture
def model_store(model_place: ModelPlace) -> ModelStore:
    """Return a model store without a snapshot."""
    return model_place.open_model_store(kept=5)


def sqlite_catalogue(request: pytest.FixtureRequest) -> SqliteCatalogue:
    """Return an empty catalogue in SQLite."""
    folder: Path = request.getfixturevalue("tmp_path")
    return SqliteCatalogue(folder / "catalogue.sqlite")


@pytest.fixture(params=[sqlite_catalogue], ids=["sqlite"])
def catalogue(request: pytest.FixtureRequest) -> Iterator[Catalogue]:
    """Return an empty catalogue."""
    with closing(request.param(request)) as opened:
        yield opened


def redis_profiles(request: pytest.FixtureRequest) -> RedisProfileStore:
    """Return an empty profile store in Redis."""
    return RedisProfileStore(request.getfixturevalue("redis_url"), RedisSettings())


@pytest.fixture(params=[redis_profiles], ids=["redis"])
def profile_store(request: pytest.FixtureRequest) -> Iterator[ProfileStore]:
    """Return an empty profile store."""
    with closing(request.param(request)) as opened:
        yield opened


def redis_sessions(request: pytest.FixtureRequest) -> RedisSessionStore:
    """Return an empty session store in Redis."""
    return RedisSessionStore(request.getfixturevalue("redis_url"), RedisSettings())


@pytest.fixture(params=[redis_sessions], ids=["redis"])
def session_store(request: pytest.FixtureRequest) -> Iterator[SessionStore]:
    """Return an empty session store."""
    with closing(request.param(request)) as opened:
        yield opened


def own_redis(request: pytest.FixtureRequest) -> EmbeddedRedis:
    """Return a server that only this test uses, and may therefore stop."""
    folder: Path = request.getfixturevalue("tmp_path")
    return EmbeddedRedis(folder)


@pytest.fixture(params=[own_redis], ids=["redis"])
def messenger(request: pytest.FixtureRequest) -> Iterator[RestartableRedis]:
    """Return what carries notifications."""
    with request.param(request) as server:
        yield RestartableRedis(server)


@pytest.fixture
def notifier(messenger: RestartableRedis) -> Iterator[Notifier]:
    """Return a notifier."""
    with closing(messenger.place.open_notifier()) as opened:
        yield opened
