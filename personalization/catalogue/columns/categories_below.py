from collections import defaultdict
from collections.abc import Iterable

from personalization.domain.identifiers import CategoryId
from personalization.domain.product import Category


class CategoriesBelow:
    def __init__(self, categories: Iterable[Category] = ()) -> None:
        self._children: defaultdict[CategoryId, list[CategoryId]] = defaultdict(list)
        for category in categories:
            if category.parent_id is not None:
                self._children[category.parent_id].append(category.category_id)
        self._below: dict[CategoryId, frozenset[CategoryId]] = {}

    def below(self, category_id: CategoryId) -> frozenset[CategoryId]:
        """Return the category and all that are below it, also where parents form a ring."""
        if category_id not in self._children:
            return frozenset((category_id,))
        known = self._below.get(category_id)
        if known is None:
            known = self._below[category_id] = self._found_below(category_id)
        return known

    def _found_below(self, category_id: CategoryId) -> frozenset[CategoryId]:
        found, waiting = {category_id}, [category_id]
        while waiting:
            children = self._children.get(waiting.pop(), [])
            new = [child for child in children if child not in found]
            found.update(new)
            waiting.extend(new)
        return frozenset(found)
