"""Files with the texts of keys: made once, for their owner only."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from personalization.domain.errors import InvalidKeyError


@contextmanager
def new_private_file(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Yield what writes the new file (0600); it is not there if anything fails.

    The file is made before what goes into it, so that no key is made whose text has no place.
    Raises `InvalidKeyError` where there is one, or where none can be.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise InvalidKeyError(f"{path} exists already, and was left as it is.") from error
    except OSError as error:
        raise InvalidKeyError(
            f"{path.parent}: no file can be written there: {error.strerror}."
        ) from error
    with os.fdopen(descriptor, "wb") as opened:
        try:
            yield partial(_write, opened)
            opened.flush()
            os.fsync(opened.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _write(opened: BinaryIO, body: bytes) -> None:
    opened.write(body)


def put_private_file(path: Path, body: bytes) -> None:
    """Write a new file (0600), of which nobody ever sees a part; of several writers one does.

    Raises `InvalidKeyError` where there is one, or where none can be.
    """
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    with new_private_file(aside) as write:
        write(body)
    try:
        os.link(aside, path)
    except FileExistsError as error:
        raise InvalidKeyError(f"{path} exists already, and was left as it is.") from error
    finally:
        aside.unlink()
