"""Strings of a version and a body that an older version never overwrites.

The version is written in digits, then a space, then the compressed body. Former releases kept a
hash of `version` and `body`, of which some were JSON as it is; both are read, and replaced by the
next write.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice

from redis.exceptions import ResponseError

from personalization.adapters.redis.connection import (
    Client,
    checked_replies_of,
    raise_domain_error,
    replies_of,
)
from personalization.adapters.redis.direct_client import Command
from personalization.codec.familiar_text import compress, decompress

_WRITE_IF_NEWER = (resources.files(__package__) / "write_if_newer.lua").read_bytes()
_OTHER_TYPE = "WRONGTYPE"
_JSON = b"{"
VersionedBody = tuple[str, int, bytes]
"""Key, version, body."""


@dataclass(frozen=True, slots=True)
class KeptValues:
    entries: Sequence[VersionedBody]
    seconds: int
    """How long they are kept."""


_NOTHING = KeptValues((), 1)
_NO_MESSAGE = "", b""


def write_if_newer(
    client: Client, entries: Iterable[VersionedBody], seconds: int, *, appended: bool = True
) -> None:
    """Store the entries for so long; replicas get all, a server's append-only file if `appended`.

    What is not appended is gone when the server has been restarted.
    """
    remaining, commands = iter(entries), list[Command]()
    while chunk := list(islice(remaining, client.keys_per_script)):
        values = KeptValues(chunk, seconds)
        logged, unlogged = (values, _NOTHING) if appended else (_NOTHING, values)
        commands.append(_script(unlogged, logged, _NO_MESSAGE))
    if commands:
        checked_replies_of(client, commands)


def write_at_once(
    client: Client, unlogged: KeptValues, logged: KeptValues, message: tuple[str, bytes] | None
) -> None:
    """Store values as above, of which the append-only file gets `logged`, all or none.

    Then publish the message, which is a channel and a body. Not more keys than a script may have.
    """
    checked_replies_of(client, [_script(unlogged, logged, message or _NO_MESSAGE)])


def _script(unlogged: KeptValues, logged: KeptValues, message: tuple[str, bytes]) -> Command:
    entries = [*unlogged.entries, *logged.entries]
    keys = [key for key, _, _ in entries]
    values = [b"%d %b" % (version, compress(body)) for _, version, body in entries]
    lives = len(unlogged.entries), unlogged.seconds, logged.seconds
    # The script's text goes along: a server that was restarted has forgotten its hash.
    return ("EVAL", _WRITE_IF_NEWER, len(keys), *keys, *lives, *message, *values)


def read_bodies(client: Client, keys: Sequence[str]) -> Mapping[str, tuple[int, bytes]]:
    """Return version and body of the keys that exist."""
    replies = replies_of(client, [("GET", key) for key in keys])
    found, hashes = dict[str, tuple[int, bytes]](), list[str]()
    for key, value in zip(keys, replies, strict=True):
        if isinstance(value, bytes):
            version, _, packed = value.partition(b" ")
            found[key] = int(version), decompress(packed)
        elif isinstance(value, ResponseError) and str(value).startswith(_OTHER_TYPE):
            hashes.append(key)
        elif value is not None:
            raise_domain_error(value)
    return found | _former_bodies(client, hashes) if hashes else found


def _former_bodies(client: Client, keys: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    replies = checked_replies_of(client, [("HMGET", key, "version", "body") for key in keys])
    return {
        key: (int(version), body if body.startswith(_JSON) else decompress(body))
        for key, (version, body) in zip(keys, replies, strict=True)
        if version is not None
    }
