from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException

from personalization.domain.errors import (
    PersonalizationError,
    StoreFullError,
    StoreUnavailableError,
)
from personalization.settings.kafka import KafkaSettings

Options = dict[str, str | int | float | bool]
_FULL = frozenset({KafkaError.KAFKA_STORAGE_ERROR})
_NEVER = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError._AUTHENTICATION,
    KafkaError.FENCED_INSTANCE_ID, KafkaError._FENCED, KafkaError._FATAL,
    KafkaError.MSG_SIZE_TOO_LARGE, KafkaError._INVALID_ARG,
}  # fmt: skip
"""What waiting does not mend."""


class KafkaRefusedError(PersonalizationError):
    """Kafka refuses this client for good: look at what it says."""


def shared_options(settings: KafkaSettings) -> Options:
    options: Options = {
        "bootstrap.servers": settings.servers or "",
        "security.protocol": settings.security_protocol,
        # A broker that was killed is back within seconds: look for it several times a second.
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,
        "retry.backoff.ms": 50,
        "retry.backoff.max.ms": 500,
        "socket.connection.setup.timeout.ms": 2_000,
        "socket.nagle.disable": True,
        "topic.metadata.refresh.fast.interval.ms": 100,
        # Said once by our own logs and metrics; the driver would write to the terminal.
        "log_level": 2,
        "log.connection.close": False,
    }
    wanted = {
        "sasl.mechanism": settings.sasl_mechanism,
        "sasl.username": settings.username,
        "sasl.password": settings.password.get_secret_value() if settings.password else None,
        "ssl.ca.location": settings.ca_file,
    }
    return options | {name: value for name, value in wanted.items() if value is not None}


def domain_error(error: KafkaError) -> PersonalizationError:
    if error.code() in _FULL:
        return StoreFullError(f"kafka: {error.str()}")
    # Some fatal errors have a code of their own, others are only marked as such.
    if error.code() in _NEVER or error.fatal():
        return KafkaRefusedError(f"kafka: {error.str()}")
    return StoreUnavailableError(f"kafka: {error.str()}")


@contextmanager
def translated_errors() -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise domain_error(error.args[0]) from error
