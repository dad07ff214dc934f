"""Pages that were asked for before. What is kept names all it depends on, so nothing here is ever flushed."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from portal.frame.page import Body, Page, Visit

MOST_PAGES = 200


class KeptLayouts:
    """Layouts by page, address, releases, freshness, day and language. Safe to share between threads."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Body] = OrderedDict()
        self._lock = Lock()

    def layout(self, page: Page, visit: Visit) -> Body:
        """The page's layout, drawn now or kept from an earlier look. Nobody may change it.

        That of a shape somebody drew is not kept, nor that of a named release, which may be withdrawn.
        """
        if visit.view.shape is not None or visit.view.as_of is not None:
            return page.layout(visit)
        key = _key(page, visit)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        drawn = page.layout(visit)
        with self._lock:
            self._kept[key] = drawn
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return drawn


def _key(page: Page, visit: Visit) -> Hashable:
    releases = visit.releases
    status = releases.status.written_at if releases.status else None
    names = tuple(sorted(visit.names.items()))
    base = "" if page.interactive else visit.base  # Dash asks for the same page without knowing the host
    return page.path, names, visit.view, base, visit.language, releases.key, status, releases.today()
