"""Receipts of erasures as tables for people."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import msgspec
from rich.console import Console

from cli.tables import titled_table
from personalization.erasure.receipt import PeopleReceipt, SignedReceipt

_SHOWN_WHOLE = 3
"""Receipts; more of them are one table."""


def print_receipts(receipts: Iterable[SignedReceipt]) -> None:
    remaining = iter(receipts)
    shown = list(islice(remaining, _SHOWN_WHOLE))
    more = next(remaining, None)
    if more is None:
        for signed in shown:
            print_receipt(signed)
        return
    summary = _Summary()
    for signed in (*shown, more, *remaining):
        summary.add(_decode(signed))
    summary.print()


def print_receipt(signed: SignedReceipt) -> None:
    receipt = _decode(signed)
    title = f"Erasure {receipt.request_id}: {receipt.state.value}"
    table = titled_table(title, ["store"], ["removed"], ["when", "still there"])
    for store in receipt.stores:
        moment = f"{store.erased_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(store.store, f"{store.removed:,}", moment, store.left)
    console = Console()
    console.print(table)
    known = receipt.sessions - receipt.unknown
    console.print(f"Visits: {receipt.sessions:,}, known: {known:,}.")
    if receipt.waits_for:
        console.print(f"Waits for: {receipt.waits_for}", soft_wrap=True)
    console.print(f"Signed with key {signed.key_id}: {signed.signature}", soft_wrap=True)


class _Summary:
    def __init__(self) -> None:
        self._states = Counter[str]()
        self._removed = Counter[str]()
        self._waits = Counter[str]()
        self._sessions = self._unknown = 0
        self._first = ""

    def add(self, receipt: PeopleReceipt) -> None:
        self._first = self._first or receipt.request_id
        self._states[receipt.state.value] += 1
        self._sessions += receipt.sessions
        self._unknown += receipt.unknown
        self._waits.update(filter(None, (receipt.waits_for,)))
        for store in receipt.stores:
            self._removed[store.store] += store.removed

    def print(self) -> None:
        states = ", ".join(f"{count:,} {state}" for state, count in self._states.items())
        table = titled_table(f"Erasures: {states}", ["store"], ["removed"])
        for store, removed in self._removed.items():
            table.add_row(store, f"{removed:,}")
        console = Console()
        console.print(table)
        known = self._sessions - self._unknown
        console.print(f"Visits: {self._sessions:,}, known: {known:,}.")
        for reason, count in self._waits.most_common(_SHOWN_WHOLE):
            console.print(f"{count:,} wait for: {reason}", soft_wrap=True)
        console.print(
            f"Each has a signed receipt: `--json` prints all, `fitting-room privacy receipt "
            f"{self._first}` the first.",
            soft_wrap=True,
        )


def _decode(signed: SignedReceipt) -> PeopleReceipt:
    return msgspec.json.decode(bytes(signed.receipt), type=PeopleReceipt)
