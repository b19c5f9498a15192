"""The night on a cluster is watched by executors' logs, and compared whatever its files are."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.cluster.night_by_hand import rows_in_order
from benchmarks.cluster.standalone import Worker, wait_until


@pytest.fixture
def dead_process() -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process


def test_tasks_of_all_executors_of_a_worker_are_counted(
    tmp_path: Path, dead_process: subprocess.Popen[bytes]
) -> None:
    worker = Worker("worker-1", dead_process, tmp_path)
    assert not worker.has_begun(1)
    for number in (0, 1):
        folder = tmp_path / "app-1" / str(number)
        folder.mkdir(parents=True)
        (folder / "stderr").write_text("INFO Executor: Running task 0.0 in stage 1.0 (TID 4)\n" * 2)
    assert worker.begun_tasks() == 4
    assert worker.has_begun(4)


def test_what_a_dead_process_would_have_done_is_not_waited_for(
    dead_process: subprocess.Popen[bytes],
) -> None:
    with pytest.raises(RuntimeError, match="no word of it"):
        wait_until(lambda: False, dead_process, "no word of it")


def test_the_same_rows_in_other_files_are_the_same_and_another_number_is_seen(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / name for name in ("whole", "split", "other")]
    for folder in folders:
        folder.mkdir()
    pq.write_table(pa.table({"key": ["a", "b"], "rank": [1, 1]}), folders[0] / "1.parquet")
    pq.write_table(pa.table({"key": ["b"], "rank": [1]}), folders[1] / "1.parquet")
    pq.write_table(pa.table({"key": ["a"], "rank": [1]}), folders[1] / "2.parquet")
    pq.write_table(pa.table({"key": ["a", "b"], "rank": [1, 2]}), folders[2] / "1.parquet")
    whole, split, other = map(rows_in_order, folders)
    assert whole.equals(split)
    assert not whole.equals(other)
