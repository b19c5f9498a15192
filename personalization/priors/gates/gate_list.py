"""The gates of a night. The page docs/data-quality.md says how each limit was found."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from personalization.domain.quality.gate import Bound, Gate, GateName, GateUnit
from personalization.settings.nightly import GateChange

_INPUT = (
    "Look for it in the import or in the page's tracker, mend it there, and run the night again"
)

GATES: tuple[Gate, ...] = (
    Gate(
        name=GateName.COLUMNS,
        unit=GateUnit.FAULTS,
        warn=None,
        stop=0,
        counted="files",
        wrong="A file cannot be read, lacks a column, or has one of another type",
        remedy="Remove the file that is named and run the night again: it is exported anew",
    ),
    Gate(
        name=GateName.LISTS,
        unit=GateUnit.FAULTS,
        warn=None,
        stop=0,
        counted="tables",
        wrong="Tables lack rows, or lists are not sorted or name what nobody knows",
        remedy="Run the night again; if it comes back, report it with the sentence given here",
    ),
    Gate(
        name=GateName.VOLUME,
        unit=GateUnit.TIMES,
        bound=Bound.LEAST,
        warn=0.7,
        stop=0.55,
        fewest=200,
        counted="events on the usual such day",
        wrong="The day has far fewer events than the same weekday has",
        remedy="If events are missing, send or import them and run the night again; after a "
        "holiday, accept it or wait for the next night",
    ),
    Gate(
        name=GateName.FLOOD,
        unit=GateUnit.TIMES,
        warn=3,
        stop=8,
        fewest=200,
        counted="events on the usual such day",
        wrong="The day has far more events than the same weekday has",
        remedy="Look whether a program sends them or an import came twice, and erase its "
        "sessions; in a sale, accept it",
    ),
    Gate(
        name=GateName.FRESHNESS,
        unit=GateUnit.DAYS,
        warn=2,
        stop=3,
        wrong="The history has stopped: no newer event has come",
        remedy="See whether pages still send events, and whether the history writer runs "
        "(`fitting-room history` lists the days); start what is down, then run the night again",
    ),
    Gate(
        name=GateName.LOST,
        unit=GateUnit.SHARE,
        warn=0.05,
        stop=0.3,
        fewest=200,
        wrong="Events that the active generation counted are gone",
        remedy="Bring the history back from its backup; if they were erased on purpose, accept it",
    ),
    Gate(
        name=GateName.NULLS,
        unit=GateUnit.SHARE,
        warn=0.01,
        stop=0.1,
        fewest=100,
        wrong="Events lack a session, a moment, a product or what else their type needs",
        remedy=_INPUT,
    ),
    Gate(
        name=GateName.STARS,
        unit=GateUnit.SHARE,
        warn=0,
        stop=0.05,
        fewest=20,
        counted="ratings",
        wrong="Ratings are not between 1 and 5 stars",
        remedy=f"{_INPUT}; a shop that counts to 10 or to 100 has to send fifths of that",
    ),
    Gate(
        name=GateName.REWARDS,
        unit=GateUnit.SHARE,
        warn=0,
        stop=0.01,
        fewest=100,
        wrong="Events are worth more than any event is, or nothing that is a number",
        remedy="Remove the folder `history` of the warehouse and run the night again: it is "
        "exported anew",
    ),
    Gate(
        name=GateName.MISPLACED,
        unit=GateUnit.SHARE,
        warn=0,
        stop=0.01,
        fewest=100,
        wrong="Events lie under a day that is not theirs by UTC",
        remedy="Remove the folder `history` of the warehouse and run the night again: it is "
        "exported anew",
    ),
    Gate(
        name=GateName.FUTURE,
        unit=GateUnit.SHARE,
        warn=0,
        stop=0.5,
        fewest=100,
        wrong="Events are of days that have not come: they were left out",
        remedy="Set the clock of what sends them, or the time zone of the import",
    ),
    Gate(
        name=GateName.UNKNOWN_PRODUCTS,
        unit=GateUnit.SHARE,
        warn=0.1,
        stop=0.3,
        fewest=100,
        counted="products named",
        wrong="More events than usual name a product that is not on sale",
        remedy="Import the catalogue again, whole; if ids have changed, send the new ones with "
        "the events",
    ),
    Gate(
        name=GateName.REGIONS,
        unit=GateUnit.SHARE,
        warn=0.2,
        stop=None,
        fewest=100,
        wrong="More events than usual say nothing of where they come from",
        remedy="See whether pages still send the region; without it there are no regional lists",
    ),
    Gate(
        name=GateName.SESSION_SHARE,
        unit=GateUnit.SHARE,
        warn=0.15,
        stop=0.3,
        fewest=20,
        counted="sessions of the day",
        wrong="A single session made a large part of a day",
        remedy="It is a program, or an import that gave all events one session: erase it "
        "(`fitting-room sessions erase`), or import by the right column",
    ),
    Gate(
        name=GateName.SIZE,
        unit=GateUnit.FAULTS,
        warn=None,
        stop=0,
        counted="figures",
        wrong="The generation is much smaller than the active one",
        remedy="Look at what shrank; if the shop did, run the night again with --accept-smaller "
        "(parameter `accept_smaller` of the DAG)",
    ),
    Gate(
        name=GateName.SHOPPER_SHARE,
        unit=GateUnit.FAULTS,
        warn=None,
        stop=0,
        counted="figures",
        wrong="A single shopper made too much of all rewards",
        remedy="Erase that shopper's sessions; FITTING_ROOM_NIGHTLY_MAXIMUM_SHOPPER_SHARE sets "
        "the limit",
    ),
    Gate(
        name=GateName.POPULARITY_DRIFT,
        unit=GateUnit.INDEX,
        warn=0.25,
        stop=1,
        fewest=100,
        counted="products with a share",
        wrong="What is popular is something else than in the active generation",
        remedy="Look at `fitting-room generations diff`; if the shop did change, accept it",
    ),
    Gate(
        name=GateName.LIST_DRIFT,
        unit=GateUnit.SHARE,
        bound=Bound.LEAST,
        warn=0.5,
        stop=0.1,
        fewest=50,
        counted="lists in both",
        wrong="Lists begin with other members than in the active generation",
        remedy="Look at `fitting-room generations diff`; after a new release or other settings, "
        "accept it",
    ),
    Gate(
        name=GateName.KEY_DRIFT,
        unit=GateUnit.SHARE,
        warn=0.3,
        stop=0.6,
        fewest=50,
        counted="lists before",
        wrong="Lists of the active generation are gone",
        remedy="Look at `fitting-room generations diff`, and whether the catalogue was imported "
        "whole; if so, accept it",
    ),
)
"""In the order in which the table shows them."""


def gates_of(changes: Mapping[GateName, GateChange]) -> tuple[Gate, ...]:
    """Return the gates as a shop has set them, those left out that it has switched off."""
    return tuple(_changed_gates(changes))


def _changed_gates(changes: Mapping[GateName, GateChange]) -> Iterator[Gate]:
    for gate in GATES:
        change = changes.get(gate.name)
        if change is None:
            yield gate
        elif change.severity != "off":
            yield _with_change(gate, change)


def _with_change(gate: Gate, change: GateChange) -> Gate:
    stop = gate.stop if change.stop is None else change.stop
    warn = gate.warn if change.warn is None else change.warn
    fewest = gate.fewest if change.fewest is None else change.fewest
    if change.severity == "warn":
        warn, stop = stop if warn is None else warn, None
    return replace(gate, warn=warn, stop=stop, fewest=fewest)
