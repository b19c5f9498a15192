from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

_Kept = TypeVar("_Kept")


class BoundedCache(Generic[_Kept]):
    """Forgets what was not asked for longest; threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._writing = Lock()

    def get(self, key: Hashable) -> _Kept | None:
        with self._writing:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Hashable, value: _Kept) -> None:
        with self._writing:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get_or_make(self, key: Hashable, make: Callable[[], _Kept]) -> _Kept:
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found
