"""A batch on disk: parts are written beside the folder, which appears when all are there."""

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import msgspec

from personalization.domain.errors import InvalidRowError
from personalization.recommendations.batches.audience import AudienceCounts, Recipient
from personalization.recommendations.batches.batch_job import (
    JOB_FILE,
    PEOPLE_PER_PART,
    REPORT_FILE,
    BatchJob,
    PartCounts,
    audience_file,
    counts_file,
    decode_job,
    encode_job,
)
from personalization.recommendations.batches.batch_rows import BatchRows
from personalization.recommendations.batches.list_file import WRITERS

_AUDIENCE_FILE = "_audience.json"


@dataclass(slots=True)
class BatchReport:
    job: BatchJob
    audience: AudienceCounts
    counts: PartCounts = field(default_factory=PartCounts)


@dataclass(frozen=True, slots=True)
class BatchFolder:
    out: Path

    @property
    def work_folder(self) -> Path:
        return self.out.with_name(f".{self.out.name}.unfinished")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Raise `InvalidRowError` where another batch is being written there, or what is no batch.

        What another program put into the folder is never removed.
        """
        if self.out.exists() and not (self.out / REPORT_FILE).exists() and any(self.out.iterdir()):
            raise InvalidRowError(f"{self.out} holds something else: name a folder of its own.")
        self.out.parent.mkdir(parents=True, exist_ok=True)
        with self.out.with_name(f".{self.out.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InvalidRowError(f"Another batch is writing into {self.out}.") from None
            yield

    def begin(self, recipients: Iterator[Recipient], audience: AudienceCounts) -> int:
        """Write the audience down, in parts; return their number."""
        shutil.rmtree(self.work_folder, ignore_errors=True)
        audience_file(self.work_folder, 0).parent.mkdir(parents=True)
        counts_file(self.work_folder, 0).parent.mkdir()
        parts = 0
        while people := list(islice(recipients, PEOPLE_PER_PART)):
            lines = b"".join(msgspec.json.encode(person) + b"\n" for person in people)
            audience_file(self.work_folder, parts).write_bytes(lines)
            parts += 1
        (self.work_folder / _AUDIENCE_FILE).write_bytes(msgspec.json.encode(audience))
        return parts

    def keep_job(self, job: BatchJob) -> None:
        (self.work_folder / JOB_FILE).write_bytes(encode_job(job))

    def interrupted_job(self) -> BatchJob | None:
        """Return the job that was interrupted, None where there is none to go on with."""
        file = self.work_folder / JOB_FILE
        return decode_job(file.read_bytes()) if file.exists() else None

    def lacking(self, job: BatchJob) -> Sequence[int]:
        done = self.whole_parts()
        return [part for part in range(job.parts) if part not in done]

    def whole_parts(self) -> frozenset[int]:
        return frozenset(int(file.stem) for file in self.work_folder.glob("_counts/[!.]*.json"))

    def finish(self, job: BatchJob) -> BatchReport:
        """Put the whole batch in the place of the one before, and say what it has."""
        kept = (self.work_folder / _AUDIENCE_FILE).read_bytes()
        # Without paths: a rerun elsewhere writes the same report.
        report = BatchReport(
            replace(job, home="", folder=""), msgspec.json.decode(kept, type=AudienceCounts)
        )
        for part in range(job.parts):
            body = counts_file(self.work_folder, part).read_bytes()
            report.counts.add(msgspec.json.decode(body, type=PartCounts))
        shutil.rmtree(audience_file(self.work_folder, 0).parent)
        shutil.rmtree(counts_file(self.work_folder, 0).parent)
        for name in (_AUDIENCE_FILE, JOB_FILE):
            (self.work_folder / name).unlink()
        (self.work_folder / REPORT_FILE).write_bytes(
            msgspec.json.format(msgspec.json.encode(report), indent=2)
        )
        former = self.out.with_name(f".{self.out.name}.former")
        shutil.rmtree(former, ignore_errors=True)
        if self.out.exists():
            self.out.replace(former)
        self.work_folder.replace(self.out)
        shutil.rmtree(former, ignore_errors=True)
        return report


def write_part(rows: BatchRows, part: int) -> None:
    """Write a part's file, then the counts that say it is whole; a repetition writes the same."""
    job = rows.job
    folder, counts = Path(job.folder), PartCounts()
    lines = audience_file(folder, part).read_bytes().splitlines()
    people = [msgspec.json.decode(line, type=Recipient) for line in lines]
    with WRITERS[job.format](folder / f"part-{part:05}.{job.format.value}") as writer:
        for some in rows.make(people, counts):
            writer.add(some)
    file = counts_file(folder, part)
    unfinished = file.with_name(f".{file.name}")
    unfinished.write_bytes(msgspec.json.encode(counts))
    unfinished.replace(file)
