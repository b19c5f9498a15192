# ruff: noqa: INP001 - a script of the images, not a part of a package
"""Asks one address whether it is well: the health check of the images, which have no curl.

`answers.py URL` ends with 0 if the answer is a success; `answers.py URL part=state` also wants
the state of that part of a JSON answer, as Airflow tells of its processes.
"""

import json
import sys
from urllib.error import URLError
from urllib.request import urlopen

SECONDS = 4
FAILED = 1


def main(url: str, *wanted: str) -> int:
    try:
        with urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - an address of our own
            parts = json.loads(answer.read()) if wanted else {}
    except (URLError, TimeoutError, ConnectionError, json.JSONDecodeError) as error:
        sys.stderr.write(f"{url}: {error}\n")
        return FAILED
    for address in wanted:
        name, _, state = address.partition("=")
        found = parts.get(name, {}).get("status")
        if found != state:
            sys.stderr.write(f"{url}: {name} is {found}\n")
            return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
