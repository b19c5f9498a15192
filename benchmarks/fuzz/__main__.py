"""Run as `python -m benchmarks.fuzz [--cases 10000] [--seed 1]`; ends with 1 if any case failed."""

import argparse
import logging
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.fuzz.run import FuzzTally, run_odd_requests, run_openapi, run_with_keys
from benchmarks.fuzz.served_shop import open_shop


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    # The server tells of every request that is not HTTP, and here there are thousands.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    tally = FuzzTally()
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder)) as shop:
        run_openapi(shop, arguments.cases // 3, arguments.seed, tally)
        # Of what the document allows there is sometimes less than was asked for.
        rest = arguments.cases - arguments.cases // 3 - tally.total
        run_odd_requests(shop, rest, arguments.seed, tally)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_shop(Path(folder), needs_keys=True) as shop,
    ):
        run_with_keys(shop, arguments.cases // 3, arguments.seed, tally)
    _print(tally)
    return 1 if tally.failures else 0


def _print(tally: FuzzTally) -> None:
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for (route, status), count in sorted(tally.answers.items()):
        rows[route].append(f"{status}: {count}")
    for route, counts in rows.items():
        print(f"{route:45} {', '.join(counts)}")
    print(f"{tally.total} requests, {len(tally.failures)} failures")
    for failure in tally.failures:
        print(f"\n{failure}")


if __name__ == "__main__":
    sys.exit(main())
