"""A Redis whose append-only file has no space left."""

from pathlib import Path

from tests.own_file_system import run_on_small_disk

_FILL = """
import sys
import time
from pathlib import Path
from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.domain.errors import StoreFullError
from personalization.ports.profile_store import StoredProfile
from personalization.settings.redis import RedisSettings

folder = Path(sys.argv[1])
with EmbeddedRedis(folder) as server:
    profiles = RedisProfileStore(server.url, RedisSettings(timeout_seconds=5))
    version, refused = 0, None
    while refused is None:
        version += 1
        try:
            profiles.write_many({"session-1": StoredProfile(version, b"x" * 100_000)})
        except StoreFullError as error:
            refused = error
    assert profiles.read_many(["session-1"])["session-1"].version >= version - 1
    (folder / "ballast").unlink()
    deadline = time.monotonic() + 20
    while profiles.read_many(["session-1"])["session-1"].version < version + 1:
        assert time.monotonic() < deadline, "writing did not resume"
        try:
            profiles.write_many({"session-1": StoredProfile(version + 1, b"after")})
        except StoreFullError:
            time.sleep(0.05)
print(refused)
"""


def test_a_full_disk_is_told_and_writing_resumes_when_there_is_space(tmp_path: Path) -> None:
    assert "MISCONF" in run_on_small_disk(tmp_path, _FILL)
