"""All signals by name, in the order of their terms; a new one is a file of its own and a line."""

from collections.abc import Mapping

from personalization.ranking.signals.neighbours import NEIGHBOURS
from personalization.ranking.signals.returns import RETURN
from personalization.ranking.signals.signal import Signal

SIGNALS: Mapping[str, Signal] = {signal.name: signal for signal in (NEIGHBOURS, RETURN)}
