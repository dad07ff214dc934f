"""Service requests of an Open311 GeoReport v2 server, by windows of time, since its answers are cut without a word.

The specification (wiki.open311.org/GeoReport_v2) lists at most 90 days or 1,000 requests, whichever is less.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from etl.city.geoconnectors import Open311Connector
from etl.errors import SourceUnreadable
from etl.fetch.connector import Fetched, Request, Sampled
from etl.fetch.georeport import ID, NotUnderstood, service_requests
from etl.fetch.http import Answer, HttpFailed, Web, open_web
from etl.fetch.pages import Pages, once_each, read_pages

COLUMNS = (
    *(ID, "status", "status_notes", "service_name", "service_code", "description", "agency_responsible"),
    *("service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id"),
    *("zipcode", "lat", "long", "media_url"),
)
"""What the specification lists of a request."""

Rows = list[dict[str, str | None]]
Place = dict[str, Any]

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_FARTHEST_CLOCK = timedelta(hours=14)
_HELD = 20
"""A window of more than so many times `cap` rows is halved, so that memory stays bounded."""


class Open311:
    """`kind = "open311"`."""

    kind = "open311"

    def fetch(self, declared: Open311Connector, request: Request) -> Fetched:
        """All requests since the first day; or those updated since, or made since where the server knows no updates."""
        with open_web(declared, request, secret_params=_key(declared, request)) as web:
            return _Walk(declared, request, web).fetched()

    def sample(self, declared: Open311Connector, request: Request, rows: int) -> Sampled:
        """Requests of the last window: what the server lists of it at once."""
        with open_web(declared, request, secret_params=_key(declared, request)) as web:
            return _Walk(declared, request, web).sampled(rows)

    def read(self, declared: Open311Connector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """The fields as text, as the server names them (`lat` and `long`), each request once: as it came last."""
        return once_each(read_pages(files), ID)


def _key(declared: Open311Connector, request: Request) -> dict[str, str]:
    return {} if declared.secret is None else {"api_key": request.secret(declared.secret)}


class _Walk:
    """One fetch, from the oldest window to the newest. Windows touch, and what lies on a border comes twice."""

    def __init__(self, declared: Open311Connector, request: Request, web: Web) -> None:
        self._declared, self._request, self._web = declared, request, web
        self._by_update = declared.updates and request.since is not None
        self._widest = timedelta(days=declared.window_days)

    def fetched(self) -> Fetched:
        """Every window up to the server's own moment, and a day farther in case its clocks disagree."""
        start, by = self._start(), self._bounds
        said = self._declared.model_dump(mode="json", include={"url", "format", "jurisdiction", "extensions"})
        asked = said | {
            "parameters": self._declared.parameters,
            "columns": self._request.columns,
            "start": start.isoformat(),
            "by": by,
        }
        pages = Pages(self._request.arriving, asked, told=self._request.told)
        if pages.place and self._reached(pages.place):
            pages.restart()  # it came to its end, and was not taken: the server may have more by now
        place: Place = pages.place or {"at": start.timestamp(), "width": self._widest.total_seconds(), "newest": None}
        while not self._reached(place):
            place = self._next(place, pages)
        if not pages.rows and self._request.since is not None:
            pages.restart()
            return Fetched((), complete=False, watermark=self._watermark(place), unchanged=True)
        if not pages.rows:
            pages.add([], place, columns=COLUMNS)
        return Fetched(pages.files, self._request.since is None, self._watermark(place), own=True)

    def sampled(self, rows: int) -> Sampled:
        """One answer, which the server may cut: the latest requests of it come first."""
        end = self._now() + _DAY
        size = {} if self._declared.page_size is None else {"page": 1, "page_size": min(rows, self._declared.page_size)}
        found = list(_by_id(self._answer(max(self._start(), end - self._widest), end, **size)).values())
        found.sort(key=lambda row: _seconds(row.get("requested_datetime")) or 0.0, reverse=True)
        pages = Pages(self._request.arriving, {"sample": self._declared.url})
        pages.add([self._kept(row) for row in found[:rows]], None, columns=() if found else COLUMNS)
        changed = max(self._moments(found, "updated_datetime"), default=None)
        return Sampled(pages.files, "added", None, None if changed is None else datetime.fromtimestamp(changed, UTC))

    @property
    def _bounds(self) -> tuple[str, str]:
        return ("updated_after", "updated_before") if self._by_update else ("start_date", "end_date")

    def _start(self) -> datetime:
        """A day before the first one, since days begin earlier in the east."""
        first = datetime.combine(self._declared.first_day, time(), UTC) - _DAY
        if self._request.since is None:
            return first
        return max(first, datetime.fromisoformat(self._request.since) - self._request.overlap)

    def _reached(self, place: Place) -> bool:
        return "now" in place and place["at"] > place["now"] + _DAY.total_seconds()

    def _next(self, place: Place, pages: Pages) -> Place:
        """One step: the rows of a window, or half its width where the answer may be cut."""
        start, width = datetime.fromtimestamp(place["at"], UTC), timedelta(seconds=place["width"])
        rows = self._window(start, start + width)
        if rows is None:
            if width <= _SECOND:
                raise SourceUnreadable(
                    f"The Open311 server has more requests of one second than it lists at once ({start:%Y-%m-%d}).",
                    "Declare `page_size` if it knows pages, or a larger `cap`; the last release stays up.",
                )
            return place | {"width": max(_SECOND, width / 2).total_seconds() // 1}
        begun = place.get("begun") or self._now().timestamp()
        wider = min(self._widest, width * 2) if len(rows) * 3 < self._declared.cap else width
        newest = max([*filter(None, [place["newest"]]), *self._moments(rows, self._marking)], default=None)
        onward = {"at": (start + width).timestamp(), "width": wider.total_seconds() // 1, "newest": newest}
        place = place | onward | {"now": self._now().timestamp(), "begun": begun}
        pages.add([self._kept(row) for row in rows], place)
        return place

    def _kept(self, row: dict[str, str | None]) -> dict[str, str | None]:
        """Only what the declaration keeps; every request has its id."""
        columns = self._request.columns
        return {name: value for name, value in row.items() if name in columns or name == ID} if columns else row

    def _window(self, start: datetime, end: datetime) -> Rows | None:
        """Its requests, each once; None where the answer may be cut."""
        if self._declared.page_size is not None:
            return self._paged(start, end, self._declared.page_size)
        rows = self._answer(start, end)
        if len(rows) >= self._declared.cap:
            return None
        return None if self._is_cut(start, end, rows) else list(_by_id(rows).values())

    def _is_cut(self, start: datetime, end: datetime, rows: Rows) -> bool:
        """Whether the server has more than it listed: before the earliest row, or after the last."""
        moments = sorted(self._moments(rows, "updated_datetime" if self._by_update else "requested_datetime"))
        if not moments:
            return False
        here = _by_id(rows).keys()
        earliest, latest = (datetime.fromtimestamp(moments[place] // 1, UTC) for place in (0, -1))
        ends = ((start, earliest + _SECOND), (latest, end))
        return any(_by_id(self._answer(a, b)).keys() - here for a, b in ends if start <= a < b <= end)

    def _paged(self, start: datetime, end: datetime, size: int) -> Rows | None:
        """Page by page until one brings nothing new. When pages change their size meanwhile, it begins again."""

        def page(number: int) -> Rows:
            return self._answer(start, end, page=number, page_size=size)

        for _ in range(self._declared.tries):
            found: dict[str, dict[str, str | None]] = {}
            sizes: list[int] = []
            while fresh := _by_id(rows := page(len(sizes) + 1)):
                if fresh.keys() <= found.keys():
                    break
                found |= fresh
                sizes.append(len(rows))
                if len(found) > _HELD * self._declared.cap:
                    return None
            if len(sizes) == 1 and len(rows) == sizes[0] >= size:
                return None  # the server does not know pages
            steady = all(each == sizes[0] for each in sizes[:-1]) and sizes[-1:] <= sizes[:1]
            ended = len(rows) in (0, *sizes[-1:])  # some servers give their last page for ever
            if steady and ended and (len(sizes) < 2 or len(page(1)) == sizes[0]):
                return list(found.values())
        raise SourceUnreadable("The Open311 server changes the size of its pages again and again.")

    def _answer(self, start: datetime, end: datetime, **params: int) -> Rows:
        declared = self._declared
        asked: dict[str, str | int] = dict(declared.parameters)
        asked |= {"jurisdiction_id": declared.jurisdiction} if declared.jurisdiction else {}
        asked |= {"extensions": "true"} if declared.extensions else {}
        asked |= dict(zip(self._bounds, (_written(start), _written(end)), strict=True))
        url = f"{declared.url.rstrip('/')}/requests.{declared.format}"
        return self._web.parsed(url, self._understood, params=asked | params)

    def _understood(self, answer: Answer) -> Rows:
        try:
            return service_requests(answer.content, self._declared.format)
        except NotUnderstood:
            what = f"{answer.host} sent no list of service requests as {self._declared.format}, or half of one."
            raise HttpFailed(what, again=True) from None

    @property
    def _marking(self) -> str:
        return "updated_datetime" if self._declared.updates else "requested_datetime"

    def _moments(self, rows: Rows, name: str) -> list[float]:
        return [moment for row in rows if (moment := _seconds(row.get(name))) is not None]

    def _now(self) -> datetime:
        if self._web.moment is not None:
            return self._web.moment
        if self._request.now is not None:
            return self._request.now
        raise SourceUnreadable("The Open311 server does not say what time it is (it sends no header `Date`).")

    def _watermark(self, place: Place) -> str | None:
        """The newest moment seen, but no later than the server's clock when it began; never earlier than before."""
        since = self._request.since
        if place["newest"] is None:
            return since
        newest = datetime.fromtimestamp(min(place["newest"], place["begun"]), UTC)
        return (newest if since is None else max(newest, datetime.fromisoformat(since))).isoformat(timespec="seconds")


def _by_id(rows: Rows) -> dict[str, dict[str, str | None]]:
    """Rows by their id; a row without one by its place."""
    return {row.get(ID) or f"\0{place}": row for place, row in enumerate(rows)}


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _seconds(text: str | None) -> float | None:
    """A moment as seconds since 1970. One without an offset may be of any clock, and is taken as early as it can be."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC) - _FARTHEST_CLOCK).timestamp()
