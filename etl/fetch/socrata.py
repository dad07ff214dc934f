"""A dataset of a Socrata portal (SODA 2): page by page in the order of `:id`, never short of what the portal counts.

Paging by offset skips and repeats rows when the dataset changes meanwhile; asking for what comes after the last id does
not. `:updated_at` is the portal's own clock, so that ours may be wrong. See https://dev.socrata.com/docs/system-fields.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from etl.city.webconnectors import SocrataConnector
from etl.errors import SchemaDrift, SourceUnreadable
from etl.fetch.connector import Fetched, Request, Sampled, moment_of
from etl.fetch.http import HttpFailed, Web, open_web
from etl.fetch.pages import Pages, read_pages

ID, UPDATED = ":id", ":updated_at"
FEWEST_ROWS = 500
"""A page is not made smaller than this because a server finds it too large."""
_TOO_MUCH = frozenset({413, 500, 502, 504})
_BAD_QUERY = 400
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


Rows = list[dict[str, Any]]
Place = dict[str, Any]


class Socrata:
    """`kind = "socrata"`."""

    kind = "socrata"

    def fetch(self, declared: SocrataConnector, request: Request) -> Fetched:
        """The dataset's rows, or those updated since; `deleted` are the ids that its dataset of deletions lists.

        Raises SourceUnreadable when the portal gives fewer rows than it counts.
        """
        headers = {"X-App-Token": request.secret(declared.secret)} if declared.secret else {}
        with open_web(declared, request, secret_headers=headers) as web:
            return _fetched(web, declared, request)

    def sample(self, declared: SocrataConnector, request: Request, rows: int) -> Sampled:
        """The rows that changed last, by one question, and the portal's count by another."""
        headers = {"X-App-Token": request.secret(declared.secret)} if declared.secret else {}
        with open_web(declared, request, secret_headers=headers) as web:
            dataset = _Dataset(web, declared.url, declared.dataset)
            columns, where = _columns(request), declared.where or ""
            found = dataset.latest(where, columns, rows)
            pages = Pages(request.arriving, {"sample": declared.dataset})
            pages.add(found, None, columns=columns or [ID, UPDATED])
            return Sampled(
                pages.files, "changed", dataset.count(where), moment_of(found[0].get(UPDATED) if found else None)
            )

    def read(self, declared: SocrataConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """The columns asked for, `:id` and `:updated_at`; parts of a location as `location.latitude`."""
        return read_pages(files)


def _fetched(web: Web, declared: SocrataConnector, request: Request) -> Fetched:
    dataset = _Dataset(web, declared.url, declared.dataset)
    since = _since(request)
    where = _and(declared.where and f"({declared.where})", since and f"{UPDATED} >= '{since}'")
    columns = _columns(request)
    query = {"url": declared.url, "dataset": declared.dataset, "where": where, "columns": columns}
    pages = Pages(request.arriving, query, told=request.told)
    start = pages.place or {"last": None, "size": declared.page_rows, "newest": dataset.newest(where)}
    for rows, place in dataset.pages(start, where, columns):
        pages.add(rows, place, columns=columns)
    expected = dataset.certain(where, start["newest"])
    if (received := pages.rows) < expected:
        pages.restart()  # a gap would stay in what is taken up again
        raise SourceUnreadable(f"The portal gave {received:,} of at least {expected:,} rows.", _SHORT)
    deleted = _deleted(web, declared, since)
    watermark = max(filter(None, (start["newest"], since and request.since)), default=None)
    if since and not pages.rows and not deleted:
        return Fetched((), complete=False, watermark=watermark, unchanged=True)
    if not pages.rows:
        pages.add([], start, columns=columns or [ID, UPDATED])
    return Fetched(
        pages.files,
        complete=since is None,
        watermark=watermark,
        deleted=tuple(deleted),
        deleted_at=tuple(deleted.values()),
        changed_at=UPDATED,
        own=True,
    )


def _columns(request: Request) -> list[str]:
    """What to ask for; none means all."""
    return [*dict.fromkeys((ID, UPDATED, *request.columns))] if request.columns else []


def _deleted(web: Web, declared: SocrataConnector, since: str | None) -> dict[str, str]:
    """The ids that are listed, and when each was listed last."""
    if declared.deletions is None:
        return {}
    listed, column = _Dataset(web, declared.url, declared.deletions.dataset), declared.deletions.column
    where = f"{UPDATED} >= '{since}'" if since else ""
    place: Place = {"last": None, "size": declared.page_rows, "newest": listed.newest(where)}
    told = [row for rows, _ in listed.pages(place, where, [ID, UPDATED, column]) for row in rows]
    if len(told) < (expected := listed.certain(where, place["newest"])):
        raise SourceUnreadable(f"The portal gave {len(told):,} of at least {expected:,} deletions.", _SHORT)
    gone: dict[str, str] = {}
    for row in told:
        if row.get(column):
            name = str(row[column])
            gone[name] = max(gone.get(name, ""), str(row.get(UPDATED) or ""))
    return gone


_SHORT = "Nothing of it was taken; the last release stays up, and the next run asks again."


class _Dataset:
    """One dataset of one portal."""

    def __init__(self, web: Web, url: str, dataset: str) -> None:
        self._web, self._url = web, f"{url.rstrip('/')}/resource/{dataset}.json"

    def newest(self, where: str | None) -> str | None:
        """The latest `:updated_at` before the first page is read: later changes are the next fetch's."""
        found = self._rows({"$select": UPDATED, "$order": f"{UPDATED} DESC", "$limit": 1, **_where(where)})
        return found[0].get(UPDATED) if found else None

    def latest(self, where: str, columns: Sequence[str], rows: int) -> Rows:
        """The rows updated last, the newest first."""
        return self._rows(
            {"$select": _select(columns), "$order": f"{UPDATED} DESC", "$limit": rows, **_where(where)}, columns
        )

    def certain(self, where: str, newest: str | None) -> int:
        """How many rows there are now, without those that came or changed after `newest`."""
        return self.count(where) - (self.count(_and(where, f"{UPDATED} > '{newest}'")) if newest else 0)

    def pages(self, place: Place, where: str, columns: Sequence[str]) -> Iterator[tuple[Rows, Place]]:
        """Page by page after `place["last"]` until an empty one, with the place where the next begins.

        A short page does not mean the end: portals have limits of their own. Rows of the page before are left out.
        """
        before: set[Any] = set()
        while True:
            condition = _and(where, f"{ID} > {_quoted(place['last'])}" if place["last"] is not None else "")
            rows, size = self._page(condition, columns, place["size"])
            if not rows:
                return
            ids = [row[ID] for row in rows]
            place = {**place, "last": ids[-1], "size": size}
            fresh = [row for row in rows if row[ID] not in before]
            if not fresh:
                raise SourceUnreadable("The portal sends the same rows again and again.", _SHORT)
            before = set(ids)
            yield fresh, place

    def _page(self, where: str, columns: Sequence[str], size: int) -> tuple[Rows, int]:
        """Rows with every column, and the size of page with which they came: halved while it is too large."""
        select = _select(columns)
        while True:
            try:
                found = self._rows({"$select": select, "$order": ID, "$limit": size, **_where(where)}, columns)
                break
            except HttpFailed as error:
                too_much = error.status in _TOO_MUCH or (error.status is None and error.again)
                if not too_much or size // 2 < FEWEST_ROWS:
                    raise
                size //= 2
        if any(not isinstance(row, dict) or not row.get(ID) for row in found):
            raise SchemaDrift("The portal gives rows without `:id`.", "Check `url` and `dataset` in [connector].")
        return found, size

    def count(self, where: str) -> int:
        """How many rows there are now."""
        found = self._rows({"$select": "count(*)", **_where(where)})
        try:
            return int(next(iter(found[0].values())))
        except (AttributeError, IndexError, StopIteration, TypeError, ValueError):
            raise SourceUnreadable("The portal does not say how many rows there are.", _SHORT) from None

    def _rows(self, params: dict[str, str | int], columns: Sequence[str] = ()) -> Rows:
        try:
            found = self._web.json(self._url, params=params)
        except HttpFailed as error:
            if error.status == _BAD_QUERY:
                raise self._fault(params, columns, error) from None
            raise
        if not isinstance(found, list):
            raise SchemaDrift("The portal gives no list of rows.", "Check `url` and `dataset` in [connector].")
        return found

    def _fault(self, params: dict[str, str | int], columns: Sequence[str], error: HttpFailed) -> SourceUnreadable:
        """What the portal has against a query, in our words: its own may quote values."""
        answer = self._web.get(self._url, params=params, accept=(200, _BAD_QUERY))
        try:
            said = orjson.loads(answer.content)
            code = str(said.get("errorCode") or said.get("code"))
        except (orjson.JSONDecodeError, AttributeError):
            return error
        if "no-such-column" in code:
            words = set(re.findall(r"[\w:@]+", str(said.get("message"))))
            gone = ", ".join(repr(name) for name in columns if name.partition(".")[0] in words and name != ID)
            raise SchemaDrift(f"The dataset has no column {gone or 'of a name that is declared'}.")
        if re.search(r"limit|timeout|too.?large", code):
            return HttpFailed("The page is too large for the portal.", status=413)
        return HttpFailed(
            "The portal does not understand the query.",
            "Check `dataset` and `where` in [connector].",
            status=_BAD_QUERY,
        )


def _select(columns: Sequence[str]) -> str:
    return ",".join(dict.fromkeys(name.partition(".")[0] for name in columns)) or ":*,*"


def _and(*conditions: str | None) -> str:
    return " AND ".join(condition for condition in conditions if condition)


def _where(condition: str | None) -> dict[str, str]:
    return {"$where": condition} if condition else {}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _since(request: Request) -> str | None:
    """From when changes are asked for, as the portal writes moments; None for everything."""
    try:
        moment = datetime.fromisoformat(request.since or "").astimezone(UTC)
    except ValueError:  # the watermark of another kind of feed, before the declaration was changed
        return None
    earlier = moment - min(request.overlap, moment - _FIRST)
    return f"{earlier:%Y-%m-%dT%H:%M:%S}.{earlier.microsecond // 1000:03d}Z"
