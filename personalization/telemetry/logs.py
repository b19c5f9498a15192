import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final

import msgspec

_IDS: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|u[0-9a-f]{8}-[A-Za-z0-9_-]{22}"
)
"""Of visits, events and decisions, and of people."""
LEFT_OUT: Final = "(id)"
_LINE: Final = "%(levelname)s %(name)s: %(message)s"


def without_ids(text: str) -> str:
    """Return a text for a log: nobody erases logs."""
    return _IDS.sub(LEFT_OUT, text)


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message and the fields given as `extra={"fields": {...}}`.

    Without ids of visits and people, also where an error of a driver names one: nobody erases logs.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return without_ids(msgspec.json.encode(line, enc_hook=str).decode())


class LineFormatter(logging.Formatter):
    """Lines that people read, tables among them, without those ids either."""

    def format(self, record: logging.LogRecord) -> str:
        return without_ids(super().format(record))


def configure_lines() -> None:
    """Log as lines, for what somebody else's log takes in, such as Airflow's."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(_LINE))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def configure_logs(level: str = "INFO") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
