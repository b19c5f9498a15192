"""Hashes of a version and a body that an older version never overwrites.

Bodies are compressed. Former releases wrote JSON as it is, which is told by its first character.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from personalization.adapters.redis.connection import Client, Commands, in_batches
from personalization.codec.familiar_text import compress, decompress

_WRITE_IF_NEWER = (resources.files(__package__) / "write_if_newer.lua").read_text()

_JSON = b"{"
VersionedBody = tuple[str, int, bytes]
"""Key, version, body."""


def write_if_newer(client: Client, entries: Iterable[VersionedBody], seconds: int) -> None:

    # The script's text goes along: a server that was restarted has forgotten its hash.
    def write(pipeline: Commands, entry: VersionedBody) -> object:
        key, version, body = entry
        # By its name: a cluster's pipeline refuses `eval`, though it knows whose one key it is.
        command = ("EVAL", _WRITE_IF_NEWER, 1, key, version, compress(body), seconds)
        return pipeline.execute_command(*command)  # type: ignore[no-untyped-call]

    in_batches(client, entries, write)


def read_bodies(client: Client, keys: Sequence[str]) -> Mapping[str, tuple[int, bytes]]:

    def read(pipeline: Commands, key: str) -> object:
        return pipeline.hmget(key, ["version", "body"])

    replies = in_batches(client, keys, read)
    answers = zip(keys, replies, strict=True)
    return {
        key: (int(version), body if body.startswith(_JSON) else decompress(body))
        for key, (version, body) in answers
        if version is not None
    }
