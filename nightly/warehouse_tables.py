from datetime import UTC, datetime

from nightly.wiring import open_day_export
from personalization.exports.day_file import FileOutcome

_TOLD = (FileOutcome.WRITTEN, FileOutcome.REMOVED)


def write_now() -> list[str]:
    """Write the days that are lacking; return a line for each file that is new or gone."""
    with open_day_export() as export:
        days = export.days(None, None, datetime.now(UTC).date())
        return [
            f"{table.table} of {table.day}: {table.rows} rows, {table.outcome.value}"
            for table in export.write(days)
            if table.outcome in _TOLD
        ]
