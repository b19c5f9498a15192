"""What sealing costs a record of the log, against encoding and decoding the event in it.

    python -m benchmarks.people.sealed_records [RECORDS] [SESSIONS]

Keys are stored in a file, as beside an embedded history; times are of this process's processor.
"""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from benchmarks.memory import event_batches
from personalization.adapters.sqlite.people.session_keys import SqliteSessionKeys
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import ProductId, SessionId
from personalization.ports.event_log import Message
from personalization.vault.field_cipher import FieldCipher
from personalization.vault.privacy_file import PrivacyFile
from personalization.vault.session_keys import KeyCase, SealedContent

RECORDS: Final = 50_000
SESSIONS: Final = 5_000
POLL_RECORDS: Final = 100
_MICRO: Final = 1e6


def microseconds(each: int, work: Callable[[], object]) -> float:
    """Return the processor time of one of so many."""
    before = time.process_time()
    work()
    return (time.process_time() - before) / each * _MICRO


def open_all(case: KeyCase, values: Sequence[bytes]) -> None:
    for start in range(0, len(values), POLL_RECORDS):
        polled = map(SealedContent.parse, values[start : start + POLL_RECORDS])
        contents = [content for content in polled if content is not None]
        case.load(contents)
        for content in contents:
            case.open(content)


def main(records: int, sessions: int) -> None:
    ids = [SessionId(str(UUID(int=number))) for number in range(sessions)]
    [record, *_] = next(event_batches([ProductId("product-1")]))
    event = EVENT.decode(record.value)
    with TemporaryDirectory() as folder:
        clock, home = SystemClock(), Path(folder)
        cipher = FieldCipher(PrivacyFile(home, clock.now()), clock)
        with closing(SqliteSessionKeys(home / "people.sqlite", hours=24)) as store:
            case = KeyCase(store, cipher)
            messages = [
                Message(ids[number % sessions], EVENT.encode(event)) for number in range(records)
            ]
            coding = microseconds(
                records, lambda: [EVENT.decode(EVENT.encode(event)) for _ in range(records)]
            )
            keys: list[float] = [microseconds(sessions, lambda: [case.make(name) for name in ids])]
            own = [case.make(name) for name in ids]
            keys.append(microseconds(sessions, lambda: store.add([key.row for key in own])))
            sealed: list[bytes] = []
            sealing = microseconds(
                records,
                lambda: sealed.extend(
                    own[number % sessions].seal(message).value
                    for number, message in enumerate(messages)
                ),
            )
            fresh = KeyCase(store, cipher)
            first = microseconds(sessions, lambda: open_all(fresh, sealed[:sessions]))
            opening = microseconds(records, lambda: open_all(fresh, sealed))
    plain = len(messages[0].value)
    sys.stdout.write(
        f"{records:,} records of {sessions:,} sessions, microseconds of a processor each:\n"
        f"event encoded and decoded {coding:.1f}\n"
        f"sealed {sealing:.1f} ({sealing / coding:.2f} of that), opened {opening:.1f} "
        f"({opening / coding:.2f})\n"
        f"a session's key: made {keys[0]:.1f}, stored {keys[1]:.1f}, "
        f"read with its first record {first:.1f}\n"
        f"bytes of a record: {plain} plain, {len(sealed[0])} sealed\n"
    )


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:3] or (RECORDS, SESSIONS)))
