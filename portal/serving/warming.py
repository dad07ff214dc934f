"""What a worker makes before its first reader comes: else whoever comes first waits until it is made."""

import logging
import time
from collections.abc import Iterator

from starlette.requests import Request

from portal.errors import where
from portal.language import offered, pick, speaking, words_of
from portal.releases import Releases
from portal.serving.answers import Answers

LOG = logging.getLogger("portal.warming")
MOST_SECONDS = 2.0
"""A city with many districts starts as soon: the rest are drawn when somebody asks."""


def warm(answers: Answers, releases: Releases, *, seconds: float = MOST_SECONDS) -> int:
    """Draws the pages that most readers open first, in the city's language. Returns how many.

    They are kept like any other page. A store that cannot be read is told by the pages themselves.
    """
    until, drawn = time.perf_counter() + seconds, 0
    try:
        for code in offered():
            words_of(code)
        with speaking(pick(None, "", answers.city_languages)):
            for path in _paths(releases.as_now()):
                if time.perf_counter() > until:
                    break
                answers.page(Request(_asked(path)))
                drawn += 1
    except Exception as error:  # noqa: BLE001 - a portal that cannot draw ahead draws when it is asked
        LOG.error("nothing was drawn ahead: %s", where(error))
    return drawn


def _paths(releases: Releases) -> Iterator[str]:
    if not releases.topics:
        return
    yield from ("/map", "/")
    for district in releases.areas("district"):
        yield f"/district/{district.id}"


def _asked(path: str) -> dict[str, object]:
    """A request from nobody."""
    server = ("localhost", 80)
    return {
        "type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "headers": [(b"host", b"localhost")], "server": server,
    }  # fmt: skip
