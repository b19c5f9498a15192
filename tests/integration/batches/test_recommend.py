"""`recommend` writes for many people what a page would be answered, whole, once and the same."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pyarrow.parquet as pq
import pytest

from api.state import ApiServices
from api.wiring import build_services
from nightly.email_list import write_now
from personalization import batch_wiring
from personalization.batch_wiring import BatchOrder, begin_batch
from personalization.domain.errors import InvalidFilterError, InvalidRowError
from personalization.domain.event import Event
from personalization.domain.identifiers import DecisionId, SessionId, UserId
from personalization.domain.session import Session
from personalization.recommendations.batches import batch_folder
from personalization.recommendations.batches.batch_folder import BatchFolder, write_part
from personalization.recommendations.batches.batch_job import BatchJob, decode_job
from personalization.recommendations.batches.batch_rows import BatchRows
from personalization.recommendations.batches.list_file import COLUMNS, SCHEMA
from personalization.recommendations.row_maker import RowMaker
from personalization.sessions.counting import products_in, take
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live, open_ranking
from tests.builders.settable_clock import SettableClock
from tests.builders.shops.mailing_shop import (
    AT,
    PAST,
    PEOPLE,
    REFUSING,
    VISITING,
    fill_mailing_shop,
    session_of,
    visit_of,
)
from tests.integration.api.serving import serve
from tests.integration.command_line import run_over

MOMENT = ("--at", "2025-06-02T12:00:00")
PERSONAL = ("--strategy", "personal", "--count", "3")


@pytest.fixture
def shop(tmp_path: Path) -> CoreSettings:
    fill_mailing_shop(tmp_path / "home")
    return CoreSettings.of_home(tmp_path / "home")


@pytest.fixture
def audience(tmp_path: Path) -> Path:
    file = tmp_path / "audience.txt"
    file.write_text("\n".join((*PEOPLE, *REFUSING)))
    return file


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_folder, "PEOPLE_PER_PART", 30)


def rows_in(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("part-*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def files_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_hundred_people_get_item_by_item_what_a_page_would_show_them(
    shop: CoreSettings, audience: Path, tmp_path: Path
) -> None:
    printed = run_over(shop, "recommend", "--audience", str(audience), *MOMENT, *PERSONAL,
                       "--out", str(tmp_path / "out"))  # fmt: skip
    written: dict[str, list[dict[str, Any]]] = {}
    for row in rows_in(tmp_path / "out"):
        written.setdefault(row["user_id"], []).append(row)
    nonce = report_of(tmp_path / "out").nonce
    people = dict.fromkeys(PEOPLE)

    assert list(written) == list(people)
    assert "3 left out: they refuse to be chosen for" in printed
    assert Counter(rows[0]["based_on"] for rows in written.values()) == {
        "visit": len(VISITING),
        "past_visits": len(PAST),
        "nothing": 20,
    }
    with answering(shop, lambda: nonce) as (services, ask):
        for user_id in PEOPLE:
            rows = written[user_id]
            session = counted_live(services.catalogue_cache, user_id, rows[0]["session_id"])
            services.sessions.write_many([session])
            answer = ask(session.session_id)
            assert [item_of(row) for row in rows] == [
                {name: item[name] for name in COMPARED} for item in answer["items"]
            ]
            assert {row["decision_id"] for row in rows} == {answer["decision_id"]}
            assert {row["row_title"] for row in rows} == {answer["title"]}
        decision_id = DecisionId(rows[0]["decision_id"])
        [kept_record] = services.decisions.read_many([decision_id]).values()
    assert [slot.product_id for slot in kept_record.decision.slate] == [
        row["product_id"] for row in rows
    ]


COMPARED = ("product_id", "slot", "score", "propensity", "explored", "source", "reason", "title")


@contextmanager
def answering(
    shop: CoreSettings, nonces: Callable[[], str]
) -> Iterator[tuple[ApiServices, Callable[[SessionId], dict[str, Any]]]]:
    """Serve the shop at the batch's moment; gives what asks `POST /v1/recommendations`."""
    clock = SettableClock(AT)
    with open_kept(shop) as kept, open_live(shop, kept) as live:
        services = build_services(shop, ServingSettings(port=0), kept, live, clock)
        ranking = open_ranking(kept, shop, clock)
        maker = RowMaker(ranking.experiments, services.columns, timedelta(hours=1), nonces)
        services = replace(services, rows=maker)
        with serve(services) as address, httpx.Client(base_url=address) as client:

            def ask(session_id: SessionId) -> dict[str, Any]:
                token = services.tokens.issue(session_id, AT).text
                answer = client.post(
                    "/v1/recommendations",
                    json={"session_id": session_id, "rows": [{"strategy": "personal", "count": 3}]},
                    headers={"authorization": f"Bearer {token}"},
                )
                [row] = answer.raise_for_status().json()["rows"]
                return dict(row)

            yield services, ask


def counted_live(catalogue: Any, user_id: UserId, session_id: str) -> Session:
    """Return the session as the scorer counts it, event by event."""
    if user_id not in VISITING:
        session = Session.start(replace(visit_of(user_id, AT)[0], occurred_at=AT))
        return replace(session, session_id=SessionId(session_id), user_id=user_id)
    events: list[Event] = list(visit_of(user_id, AT))
    session = Session.start(events[0])
    for event in events:
        session, _ = take(session, event, catalogue.products(products_in([event])))
    assert session.session_id == session_id == session_of(user_id)
    return session


def item_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a page is given of a line, by the page's names."""
    return {name: row["position" if name == "slot" else name] for name in COMPARED}


def report_of(folder: Path) -> BatchJob:
    report = msgspec.json.decode((folder / "_report.json").read_bytes())
    return decode_job(msgspec.json.encode(report["job"]))


def test_a_rerun_and_more_processes_write_the_same_files(
    shop: CoreSettings, audience: Path, tmp_path: Path
) -> None:
    for name, more in (("first", ()), ("again", ()), ("two", ("--executors", "2"))):
        run_over(shop, "recommend", "--audience", str(audience), *MOMENT, *PERSONAL,
                 "--out", str(tmp_path / name), *more)  # fmt: skip
    first = files_in(tmp_path / "first")
    assert sorted(first) == ["_report.json", *(f"part-0000{part}.parquet" for part in range(4))]
    assert files_in(tmp_path / "again") == first
    assert files_in(tmp_path / "two") == first


def test_after_a_kill_the_batch_goes_on_without_doubles(
    shop: CoreSettings, audience: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ("recommend", "--audience", str(audience), *PERSONAL, "--out", str(tmp_path / "out"))
    made: list[int] = []
    killed = [2]

    def note_part(rows: BatchRows, part: int) -> None:
        if part in killed:
            raise MemoryError
        made.append(part)
        write_part(rows, part)

    monkeypatch.setattr(batch_wiring, "write_part", note_part)
    run_over(shop, *call, *MOMENT, expect=1)
    assert not (tmp_path / "out").exists()
    killed.clear()

    run_over(shop, *call, "--resume")

    assert made == [0, 1, 2, 3]
    rows = rows_in(tmp_path / "out")
    assert len({(row["user_id"], row["position"]) for row in rows}) == len(rows) == 300
    assert {row["made_at"] for row in rows} == {AT}
    assert not list(tmp_path.glob(".out.unfinished"))


def test_lines_that_name_nobody_are_counted_shown_and_skipped(
    shop: CoreSettings, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(
        b"email,user_id\nann@shop.example,person-1\nbob@shop.example,\n,person-1\n"
        b'x,\xff\xfe\nx,"a\tb"\nx,person-99\nalone\n'
    )
    printed = run_over(shop, "recommend", "--audience", str(file), *MOMENT, *PERSONAL,
                       "--format", "jsonl", "--out", str(tmp_path / "out"))  # fmt: skip
    [text] = (tmp_path / "out").glob("*.jsonl")
    rows = [msgspec.json.decode(line) for line in text.read_bytes().splitlines()]
    assert [row["user_id"] for row in rows] == ["person-1"] * 3 + ["person-99"] * 3
    assert rows[0]["position"] == 0
    assert list(rows[0]) == list(COLUMNS)
    assert "4 lines named nobody, and were skipped:" in printed
    assert "line 3: the id is empty" in printed
    assert "line 5: the id is not UTF-8" in printed
    assert "1 lines named somebody again" in printed


def test_sessions_may_be_named_and_csv_be_written(shop: CoreSettings, tmp_path: Path) -> None:
    file = tmp_path / "sessions.csv"
    file.write_text(f"session_id\n{session_of(VISITING[0])}\nno session\n")
    run_over(shop, "recommend", "--audience", str(file), *MOMENT, *PERSONAL,
             "--format", "csv", "--out", str(tmp_path / "out"))  # fmt: skip
    with (tmp_path / "out" / "part-00000.csv").open() as text:
        rows = list(csv.DictReader(text))
    assert {row["session_id"] for row in rows} == {session_of(VISITING[0])}
    assert [row["position"] for row in rows] == ["0", "1", "2"]
    assert {row["user_id"] for row in rows} == {""}
    assert rows[0]["based_on"] == "visit"


def test_those_of_the_last_days_and_all_are_found_in_the_history(
    shop: CoreSettings, tmp_path: Path
) -> None:
    for named, people in (("since:3", VISITING), ("all", [*PAST, *VISITING])):
        run_over(shop, "recommend", "--audience", named, *MOMENT, *PERSONAL,
                 "--no-keep", "--out", str(tmp_path / named))  # fmt: skip
        found = dict.fromkeys(row["user_id"] for row in rows_in(tmp_path / named))
        assert sorted(found) == sorted(people)
    with open_kept(shop) as kept:
        assert list(kept.decisions.read_day(AT.date())) == []


def test_a_filter_holds_for_everybody_and_one_that_leaves_nothing_writes_no_row(
    shop: CoreSettings, audience: Path, tmp_path: Path
) -> None:
    def rows_with(condition: str) -> tuple[str, list[dict[str, Any]]]:
        printed = run_over(shop, "recommend", "--audience", str(audience), *MOMENT, *PERSONAL,
                           "--filter", condition, "--out", str(tmp_path / "out"))  # fmt: skip
        return printed, rows_in(tmp_path / "out")

    _, rows = rows_with('{"field": "price", "at_most": 20}')
    assert {row["product_id"] for row in rows} == {"shirt-1", "shirt-2"}
    assert all(row["short"] for row in rows)
    printed, rows = rows_with('{"field": "price", "at_most": 1}')
    assert rows == []
    assert "100 without any product that may be shown" in printed


@pytest.mark.parametrize(
    ("order", "error", "words"),
    [
        (BatchOrder(audience="all"), InvalidRowError, "Name a placement"),
        (BatchOrder(audience="all", placement="x"), InvalidRowError, "no placement 'x'"),
        (BatchOrder(audience="all", strategy="best"), InvalidRowError, "no strategy 'best'"),
        (BatchOrder(audience="since:x", strategy="popular"), InvalidRowError, "number of days"),
        (BatchOrder(audience="/no/file", strategy="popular"), InvalidRowError, "is no file"),
        (BatchOrder(audience="all", strategy="new", filter="{"), InvalidFilterError, "no JSON"),
        (BatchOrder(audience="all", strategy="new", filter="{}"), InvalidFilterError, "."),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_written(
    shop: CoreSettings, tmp_path: Path, order: BatchOrder, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        begin_batch(order, StorageSettings(home=shop.storage.home), tmp_path / "out", AT)
    assert not (tmp_path / "out").exists()


def test_what_another_program_wrote_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(InvalidRowError, match="holds something else"),
        BatchFolder(tmp_path).alone(),
    ):
        pass


def test_every_column_has_the_type_that_the_page_says() -> None:
    page = (Path(__file__).parents[3] / "docs" / "email.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ")[:3] for line in page.splitlines() if line.count("|") == 5]
    types = {"string": "string", "int64": "int64", "double": "double", "bool": "boolean"}
    assert rows[2:] == [
        [
            f"`{field.name}`",
            types.get(str(field.type), "timestamp"),
            "yes" if field.nullable else "no",
        ]
        for field in SCHEMA
    ]


def test_the_dag_writes_the_list_of_its_parameters(
    shop: CoreSettings, audience: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_HOME", str(shop.storage.home))

    said = write_now(
        placement="home", audience=str(audience), format_name="parquet", count=2, processes=1
    )

    assert said.startswith("200 rows of 103 people, 3 left out")
    rows = rows_in(shop.storage.lists / "home")
    assert {row["placement"] for row in rows} == {"home"}
    assert len(rows) == 200
