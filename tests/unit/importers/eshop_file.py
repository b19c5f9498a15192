"""Builds a file of the clothing shop, several days long."""

from pathlib import Path

HEADER = "year,month,day,order,country,session_id,category,model,colour,price"


def eshop_file(path: Path, days: int, sessions_a_day: int = 2, clicks: int = 3) -> Path:
    """Write `days` days of April; every session clicks through the same models."""
    rows = [
        f"2008,4,{day},{order},29,{day * 1000 + session},1,A{order},1,28"
        for day in range(1, days + 1)
        for session in range(sessions_a_day)
        for order in range(1, clicks + 1)
    ]
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    return path
