"""The command line over the stores of a test."""

from typer.testing import CliRunner

from cli.main import build_app
from personalization.wiring import CoreSettings


def run_over(settings: CoreSettings, *arguments: str, expect: int = 0) -> str:
    """Run a command and return what it printed; the exit code must be right."""
    named = {
        "COLUMNS": "200",
        "FITTING_ROOM_HOME": str(settings.storage.home),
        "FITTING_ROOM_REDIS_URL": settings.redis.url,
        "FITTING_ROOM_KAFKA_SERVERS": settings.kafka.servers,
        "FITTING_ROOM_KAFKA_TOPIC_PREFIX": settings.kafka.topic_prefix,
        "FITTING_ROOM_CASSANDRA_CONTACT_POINTS": settings.cassandra.contact_points,
        "FITTING_ROOM_CASSANDRA_KEYSPACE": settings.cassandra.keyspace,
    }
    done = CliRunner().invoke(build_app(arguments[0]), list(arguments), env=named)
    assert done.exit_code == expect, done.output
    return done.stdout
