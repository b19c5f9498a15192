"""A progress that nobody watches."""


class SilentProgress:
    """Keeps quiet."""

    def stage(self, title: str) -> None: ...

    def advance(self, rows: int, fraction: float) -> None: ...
