"""Names, patterns and the settings' page, for `make check`; figures, for `tests/architecture`."""
