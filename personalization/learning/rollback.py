"""Going back to an older snapshot: as a new version, so that numbers and fences keep their order.

A snapshot is models, offsets and open impressions as one. After a whole rollback it is as if
nothing had happened since: the learner reads the log again from the snapshot's offsets, and
learns all of it again. With the models alone, the learner stays where it is in the log, and what
was learned since is left out for good.
"""

from collections.abc import Mapping

import msgspec

from personalization.domain.errors import DamagedSnapshotError, SupersededError
from personalization.ports.model_store import STATE_PART, ModelStore

_State = dict[str, msgspec.Raw]
_ATTEMPTS = 5
"""The learner may save while we prepare; then we go on from what it saved."""
_OF_THE_MODELS = ("rounds", "corrections", "training")
"""What the state counts of the models, not of the log."""


class _Learned(msgspec.Struct):
    learned: float | None = None


def roll_back(store: ModelStore, version: str, *, models_only: bool) -> str:
    """Make an older snapshot current, as a new version, and return that.

    The running learner is fenced off and starts again from it. Raises `DamagedSnapshotError` when
    the version, or with `models_only` the present state, cannot be read; `SupersededError` when the
    learner saves again and again meanwhile.
    """
    older = store.load(version)
    for _ in range(_ATTEMPTS):
        current = store.current()
        parts = _mix(older, store, current) if models_only and current else older
        try:
            return store.save(parts, current)
        except SupersededError:
            continue
    raise SupersededError("The learner saves faster than this can go back: stop it first.")


def _mix(older: Mapping[str, bytes], store: ModelStore, current: str) -> Mapping[str, bytes]:
    """Return the older models with the present offsets and open impressions."""
    state, learned = _state(store.load(current), current), _state(older, "gone back to")
    state = {name: of for name, of in state.items() if name not in _OF_THE_MODELS}
    state |= {name: learned[name] for name in _OF_THE_MODELS if name in learned}
    state |= _without_what_was_left_out(state, learned)
    return {**older, STATE_PART: msgspec.json.encode(state)}


def _without_what_was_left_out(state: _State, learned: _State) -> _State:
    """Return the settled impressions that the older models have learned, and their carts.

    A correction of another would take out of a model what was never put into it.
    """
    before = _impressions(learned, "settled")
    settled = {
        key: raw
        for key, raw in _impressions(state, "settled").items()
        if key in before and _learned_outcome(raw) == _learned_outcome(before[key])
    }
    known = settled.keys() | _impressions(state, "open").keys()
    carts = msgspec.json.decode(state.get("carts", b"{}"), type=dict[str, str])
    kept_carts = {cart: impression for cart, impression in carts.items() if impression in known}
    kept = {"settled": settled, "carts": kept_carts}
    return {
        name: msgspec.Raw(msgspec.json.encode(of)) for name, of in kept.items() if name in state
    }


def _impressions(state: _State, name: str) -> Mapping[str, msgspec.Raw]:
    return msgspec.json.decode(state.get(name, b"{}"), type=_State)


def _learned_outcome(impression: msgspec.Raw) -> float | None:
    return msgspec.json.decode(impression, type=_Learned).learned


def _state(parts: Mapping[str, bytes], version: str) -> _State:
    try:
        return msgspec.json.decode(parts[STATE_PART], type=_State)
    except (KeyError, msgspec.DecodeError) as error:
        raise DamagedSnapshotError(f"Snapshot {version} has no readable {STATE_PART}.") from error
