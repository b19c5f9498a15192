"""The session index of a night, from the file that Spark leaves."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nightly.generations.session_index import build_session_index, parameters_of, read_sessions
from personalization.domain.event import EventType
from personalization.neighbours.index_bytes import encode_index
from personalization.neighbours.past_session import Act, PastSession
from personalization.neighbours.return_table import learn_returns
from personalization.neighbours.session_index import build_index
from personalization.ranking.fitted_weights import fit_weights

_SCHEMA = pa.schema(
    {
        "ended_at": pa.int64(),
        "views": pa.list_(pa.string()),
        "acts": pa.list_(
            pa.struct({"views_before": pa.int32(), "product": pa.string(), "type": pa.string()})
        ),
        "digest": pa.string(),
    }
)


def _sessions(count: int, seed: int = 11) -> list[PastSession]:
    """Return sessions oldest first, in clusters of products, many of them of one second."""
    source = random.Random(seed)
    sessions = []
    for number in range(count):
        cluster = source.randrange(8)
        views = tuple(f"é{cluster}-{source.randrange(9)}" for _ in range(source.randint(2, 9)))
        acts = tuple(
            Act(source.randint(0, len(views)), source.choice(views), source.choice([*EventType]))
            for _ in range(source.randrange(3))
        )
        sessions.append(PastSession(number // 3, views, acts, source.getrandbits(64)))
    return sessions


def _write(path: Path, oldest_first: list[PastSession]) -> Path:
    rows: list[dict[str, Any]] = [
        {
            "ended_at": session.ended_at,
            "views": session.products,
            # Spark leaves nothing where there was nothing to collect.
            "acts": [act._asdict() for act in session.acts] or None,
            "digest": f"{session.digest:016x}",
        }
        for session in reversed(oldest_first)
    ]
    pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), path, row_group_size=100)
    return path


def test_the_file_holds_the_sessions_oldest_last(tmp_path: Path) -> None:
    sessions = _sessions(350)
    columns = read_sessions(_write(tmp_path / "sessions.parquet", sessions))
    assert list(columns.sessions(range(len(columns)))) == sessions


def test_index_and_weights_are_those_of_the_sessions_one_by_one(tmp_path: Path) -> None:
    sessions = _sessions(2_500)
    former = build_index(sessions[:9])
    made = build_session_index(_write(tmp_path / "sessions.parquet", sessions), former, 2_000)
    assert made is not None
    weights = fit_weights(sessions, former.weights)
    index = build_index(sessions, learn_returns(sessions), weights, 2_000)
    assert encode_index(made.index) == encode_index(index)
    assert made.parameters == parameters_of(weights)
    assert {"neighbours_time_scale_seconds", "neighbours_distance_root"} <= made.parameters.keys()


@pytest.mark.parametrize("sessions", [[], _sessions(1)])
def test_a_shop_of_few_sessions_has_an_index_of_these(
    tmp_path: Path, sessions: list[PastSession]
) -> None:
    made = build_session_index(_write(tmp_path / "sessions.parquet", sessions), None, 100)
    assert (made is None) is (not sessions)
    if made is not None:
        assert np.array_equal(made.index.ended_at, [0])
