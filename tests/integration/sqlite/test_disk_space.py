"""A nearly full disk: writes are refused with a clear error, and resume by themselves."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.domain.errors import StoreFullError
from personalization.ports.event_log import Message, TopicPartition
from tests.builders.product import a_product
from tests.own_file_system import run_on_small_disk
from tests.waiting import eventually

MIB = 1024 * 1024
MARGIN_MIB = 512
"""Wide enough that whatever else runs on the machine does not decide the test."""


@contextmanager
def ballast(folder: Path) -> Iterator[None]:
    """Take twice the margin away from the disk."""
    file = folder / "ballast"
    with file.open("wb") as opened:
        os.posix_fallocate(opened.fileno(), 0, 2 * MARGIN_MIB * MIB)
    try:
        yield
    finally:
        file.unlink()


@pytest.fixture
def minimum_free_mib(tmp_path: Path) -> int:
    """Return a minimum that the disk still has, but not with the ballast."""
    free_mib = shutil.disk_usage(tmp_path).free // MIB
    if free_mib < 4 * MARGIN_MIB:
        pytest.skip(f"needs {4 * MARGIN_MIB} MiB of free disk space")
    return free_mib - MARGIN_MIB


def test_a_log_on_a_full_disk_refuses_messages_and_resumes_when_there_is_space(
    tmp_path: Path, minimum_free_mib: int
) -> None:
    with closing(SqliteEventLog(tmp_path / "log.sqlite", minimum_free_mib)) as log:
        consumer = log.consumer("group", ["things"])

        def publish_fails() -> bool:
            error = log.publish("things", [Message("key", b"x")]).exception(timeout=10)
            assert error is None or isinstance(error, StoreFullError)
            return error is not None

        assert not publish_fails()
        with ballast(tmp_path):
            eventually(publish_fails)
            [record, *_] = consumer.poll(100, timeout_seconds=0.0)
            with pytest.raises(StoreFullError, match="MiB of disk space left"):
                consumer.commit({record.topic_partition: 1})
        eventually(lambda: not publish_fails())
        consumer.commit({TopicPartition("things", record.topic_partition.partition): 1})


def test_a_store_on_a_full_disk_can_still_be_read(tmp_path: Path, minimum_free_mib: int) -> None:
    product = a_product()
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite")) as catalogue:
        catalogue.write_products([product])
    too_much = minimum_free_mib + 2 * MARGIN_MIB
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite", too_much)) as full:
        with pytest.raises(StoreFullError):
            full.write_products([a_product(price=1.0)])
        assert full.read_products([product.product_id]) == {product.product_id: product}


_FILL = """
import sys
from pathlib import Path
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.domain.errors import StoreFullError
from personalization.ports.event_log import Message

folder = Path(sys.argv[1])
log = SqliteEventLog(folder / "log.sqlite", minimum_free_mib=0)
error, acknowledged = None, 0
while error is None:
    error = log.publish("things", [Message("key", b"x" * 50_000)]).exception()
    acknowledged += error is None
assert isinstance(error, StoreFullError), repr(error)
(folder / "ballast").unlink()
log.publish("things", [Message("key", b"after")]).result()
consumer = log.consumer("group", ["things"])
found = []
while records := consumer.poll(1000, 0.0):
    found.extend(records)
assert len(found) == acknowledged + 1, (len(found), acknowledged)
assert found[-1].value == b"after"
print(acknowledged)
"""


def test_a_disk_that_really_is_full_costs_no_acknowledged_message(tmp_path: Path) -> None:
    assert int(run_on_small_disk(tmp_path, _FILL)) > 10
