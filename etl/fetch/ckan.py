"""A resource of a CKAN portal: its file, or the rows of its datastore, never short of what the portal counts.

See https://docs.ckan.org/en/latest/maintaining/datastore.html: `datastore_search` pages by offset only, so each page is
asked for from the last row had; `datastore_search_sql`, which many portals switch off, is used where it is declared.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from etl.city.webconnectors import CkanConnector
from etl.errors import SchemaDrift, SourceUnreadable
from etl.fetch.connector import EASTERNMOST, Fetched, Request, Sampled, moment_of
from etl.fetch.fileformats import read_files
from etl.fetch.http import HttpFailed, Web, open_web
from etl.fetch.httpfile import fetch_file, sample_file
from etl.fetch.overlap import moment_before
from etl.fetch.pages import Pages, read_pages

ID = "_id"
FEWEST_ROWS = 500
"""A page is not made smaller than this because a server finds it too large."""
_TOO_MUCH = frozenset({413, 500, 502, 504})
_BAD_QUERY = frozenset({400, 409})
_SHORT = "Nothing of it was taken; the last release stays up, and the next run asks again."

Rows = list[dict[str, Any]]
Place = dict[str, Any]
Given = TypeVar("Given")


class Ckan:
    """`kind = "ckan"`."""

    kind = "ckan"

    def fetch(self, declared: CkanConnector, request: Request) -> Fetched:
        """The resource's file, or all rows of its datastore; with `changed_column`, those changed since.

        Raises SourceUnreadable when the portal gives fewer rows than it counts, or replaces them meanwhile.
        """
        headers = {"Authorization": request.secret(declared.secret)} if declared.secret else {}
        with open_web(declared, request, secret_headers=headers) as web:
            portal = _Portal(web, declared)
            if declared.file:
                return fetch_file(web, web.linked(str(portal.about().get("url") or "")), declared.file, request)
            return _by_sql(portal, request) if declared.sql else _by_search(portal, request)

    def sample(self, declared: CkanConnector, request: Request, rows: int) -> Sampled:
        """The beginning of the file, or the rows added last with the portal's count."""
        headers = {"Authorization": request.secret(declared.secret)} if declared.secret else {}
        with open_web(declared, request, secret_headers=headers) as web:
            portal = _Portal(web, declared)
            about = portal.about()
            if declared.file:
                return sample_file(web, web.linked(str(about.get("url") or "")), declared.file, request)
            columns = _columns(request)
            try:
                found = portal.search(sort=f"{ID} desc", limit=rows, **_fields(columns))
            except HttpFailed as error:
                if error.status in _BAD_QUERY and (drift := portal.drift(columns)):
                    raise drift from None
                raise
            pages = Pages(request.arriving, {"sample": declared.resource})
            pages.add(_numbered(_records(found)), None, columns=columns or [ID])
            return Sampled(pages.files, "added", _total(found), moment_of(about.get("last_modified")))

    def read(self, declared: CkanConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """As the kind of its file is read; of the datastore, the columns asked for and `_id`."""
        return read_files(declared.file, files, scratch) if declared.file else read_pages(files)


class _Portal:
    """The actions of one portal that this needs, for one resource."""

    def __init__(self, web: Web, declared: CkanConnector) -> None:
        self._web, self.declared = web, declared
        self._actions = f"{declared.url.rstrip('/')}/api/3/action"

    def about(self) -> dict[str, Any]:
        """What the portal says of the resource."""
        return self._result("resource_show", {"id": self.declared.resource})

    def search(self, **params: str | int) -> dict[str, Any]:
        """A page of the datastore: `records`, `total`."""
        return self._result("datastore_search", {"resource_id": self.declared.resource, **params})

    def select(self, what: str, rest: str = "") -> Rows:
        """The records that a query gives."""
        sql = f'SELECT {what} FROM "{self.declared.resource}"{rest}'
        return _records(self._result("datastore_search_sql", {"sql": sql}))

    def drift(self, columns: Sequence[str]) -> SchemaDrift | None:
        """What columns are missing, where a query was not understood."""
        fields = self.search(limit=0).get("fields") or []
        present = {str(field.get("id")) for field in fields if isinstance(field, dict)}
        gone = [name for name in columns if name not in present]
        return SchemaDrift(f"The resource has no column {', '.join(map(repr, gone))}.") if gone else None

    def _result(self, action: str, params: dict[str, str | int]) -> dict[str, Any]:
        said = self._web.json(f"{self._actions}/{action}", params=params)
        if not isinstance(said, dict) or said.get("success") is not True or not isinstance(said.get("result"), dict):
            raise SourceUnreadable(f"The portal could not do {action}.", "Check `url` and `resource` in [connector].")
        result: dict[str, Any] = said["result"]
        return result


def _by_search(portal: _Portal, request: Request) -> Fetched:
    """The whole datastore by offset; again from the start if it was replaced meanwhile."""
    columns, size = _columns(request), portal.declared.page_rows
    fields = _fields(columns)
    for _ in range(2):
        modified = portal.about().get("last_modified")
        pages = _pages(portal, request, columns, str(modified))
        start = pages.place or {"last": 0, "position": 0, "size": size}
        for records, place in _searched(portal, start, fields, columns):
            pages.add(records, place, columns=columns)
        total = _total(portal.search(limit=0))
        if portal.about().get("last_modified") == modified:
            _require_all(pages, total or 0)
            return Fetched(_files(pages, columns), own=True)
        pages.restart()
    raise SourceUnreadable("The portal replaced the rows while they were read.", _SHORT)


def _searched(
    portal: _Portal, place: Place, fields: dict[str, str], columns: Sequence[str]
) -> Iterator[tuple[Rows, Place]]:
    """Page by page: new records, and the place where the next begins.

    A page begins with the last row had: if that is not there, rows before it were deleted, and it lies farther back.
    """
    back = 1
    while True:
        offset = max(0, place["position"] - back)

        def asked(size: int, offset: int = offset) -> dict[str, Any]:
            return portal.search(sort=ID, offset=offset, limit=size, **fields)

        result, size = _smaller(asked, place["size"], portal, columns)
        records, total = _numbered(_records(result)), _total(result)
        if offset and (not records or records[0][ID] > place["last"]):
            back *= 2
            continue
        fresh = [record for record in records if record[ID] > place["last"]]
        if not fresh:
            if total is not None and offset + len(records) < total:
                raise SourceUnreadable("The portal sends the same rows again and again.", _SHORT)
            return
        place, back = {"last": fresh[-1][ID], "position": offset + len(records), "size": size}, 1
        yield fresh, place


def _total(result: dict[str, Any]) -> int | None:
    """How many rows the datastore has; None where the portal only estimates it."""
    if result.get("total_was_estimated"):
        return None
    if not isinstance(total := result.get("total"), int):
        raise SourceUnreadable("The portal does not say how many rows there are.", _SHORT)
    return total


def _by_sql(portal: _Portal, request: Request) -> Fetched:
    """All rows, or those changed since, in the order of `_id`."""
    columns, changed = _columns(request), portal.declared.changed_column
    since = _since(portal, request)
    when = f"{_name(changed)} >= '{since}'" if changed and since else ""
    pages = _pages(portal, request, columns, when)
    start = pages.place or {
        "last": 0,
        "size": portal.declared.page_rows,
        "newest": _newest(portal, columns, request.now),
    }
    for records, place in _selected(portal, start, when, columns):
        pages.add(records, place, columns=columns)
    newest = start["newest"]
    known = f"NOT {_name(changed)} > '{newest}'" if changed and newest else ""
    _require_all(pages, _counted(portal.select("count(*) AS n", _where(when, known))))
    watermark = max(filter(None, (newest, since and request.since)), default=None)
    if since and not pages.rows:
        return Fetched((), complete=False, watermark=watermark, unchanged=True)
    return Fetched(_files(pages, columns), complete=since is None, watermark=watermark, own=True)


def _selected(portal: _Portal, place: Place, when: str, columns: Sequence[str]) -> Iterator[tuple[Rows, Place]]:
    what = ",".join(map(_name, columns)) if columns else "*"
    while True:

        def asked(size: int, last: int = int(place["last"])) -> Rows:
            return portal.select(what, f"{_where(when, f'{ID} > {last}')} ORDER BY {ID} LIMIT {size}")

        found, size = _smaller(asked, place["size"], portal, columns)
        if not (records := _numbered(found)):
            return
        if records[-1][ID] <= place["last"]:
            raise SourceUnreadable("The portal sends the same rows again and again.", _SHORT)
        fresh = [record for record in records if record[ID] > place["last"]]
        place = {**place, "last": records[-1][ID], "size": size}
        yield fresh, place


def _newest(portal: _Portal, columns: Sequence[str], now: datetime | None) -> str | None:
    """The latest change before the first page is read: later ones are the next fetch's.

    A row dated in the future is passed over: it would hide every change until then.
    """
    if not (changed := portal.declared.changed_column):
        return None
    latest = (now.astimezone(UTC) + EASTERNMOST).replace(tzinfo=None).isoformat() if now else ""
    until = _where(f"{_name(changed)} <= '{latest}'" if latest else "", "")
    found, _ = _smaller(
        lambda _: portal.select(f"max({_name(changed)}) AS newest", until), 1, portal, [*columns, changed]
    )
    if not found or found[0].get("newest") is None:
        return None
    try:
        datetime.fromisoformat(newest := str(found[0]["newest"]))
    except ValueError:
        what = f"The column {changed!r} does not hold moments such as 2024-05-31T12:00:00."
        raise SourceUnreadable(what, "Name another `changed_column` in [connector], or none.") from None
    return newest


def _smaller(asked: Callable[[int], Given], size: int, portal: _Portal, columns: Sequence[str]) -> tuple[Given, int]:
    """What `asked(size)` gives, and the size with which it did: halved while it is too much for the portal."""
    while True:
        try:
            return asked(size), size
        except HttpFailed as error:
            if error.status in _BAD_QUERY and (drift := portal.drift(columns)):
                raise drift from None
            too_much = error.status in _TOO_MUCH or (error.status is None and error.again)
            if not too_much or size // 2 < FEWEST_ROWS:
                raise
            size //= 2


def _pages(portal: _Portal, request: Request, columns: Sequence[str], state: str) -> Pages:
    declared = portal.declared
    query = {"url": declared.url, "resource": declared.resource, "columns": columns, "state": state}
    return Pages(request.arriving, query, told=request.told)


def _files(pages: Pages, columns: Sequence[str]) -> tuple[Path, ...]:
    if not pages.rows:
        pages.add([], pages.place, columns=columns or [ID])
    return pages.files


def _require_all(pages: Pages, expected: int) -> None:
    if (received := pages.rows) < expected:
        pages.restart()  # a gap would stay in what is taken up again
        raise SourceUnreadable(f"The portal gave {received:,} of {expected:,} rows.", _SHORT)


def _counted(records: Rows) -> int:
    try:
        return int(records[0]["n"])
    except (IndexError, KeyError, TypeError, ValueError):
        raise SourceUnreadable("The portal does not say how many rows there are.", _SHORT) from None


def _where(*conditions: str) -> str:
    said = " AND ".join(condition for condition in conditions if condition)
    return f" WHERE {said}" if said else ""


def _records(result: dict[str, Any]) -> Rows:
    records = result.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise SchemaDrift("The portal gives no list of rows.", "Check `url` and `resource` in [connector].")
    return records


def _numbered(records: Rows) -> Rows:
    if all(isinstance(record.get(ID), int) for record in records):
        return records
    raise SchemaDrift("The portal gives rows without a number in `_id`.", "Is the resource in the portal's datastore?")


def _columns(request: Request) -> list[str]:
    return [*dict.fromkeys((ID, *request.columns))] if request.columns else []


def _fields(columns: Sequence[str]) -> dict[str, str]:
    """Which columns to give; all where a name could be taken for two."""
    return {"fields": ",".join(columns)} if columns and not any("," in name for name in columns) else {}


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _since(portal: _Portal, request: Request) -> str | None:
    """From when changes are asked for, as the column writes moments; None for everything."""
    if portal.declared.changed_column is None:
        return None
    try:
        moment = datetime.fromisoformat(request.since or "")
    except ValueError:  # the watermark of another kind of feed, before the declaration was changed
        return None
    return moment_before(moment, request.overlap).isoformat()
