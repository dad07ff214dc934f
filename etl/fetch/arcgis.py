"""A layer of an ArcGIS feature or map service, by pages or by object ids; never short of what the server counts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.city.geoconnectors import ArcgisConnector
from etl.errors import SourceUnreadable
from etl.fetch.connector import Fetched, Request, Sampled
from etl.fetch.esri import Features, Layer, features
from etl.fetch.http import Answer, HttpFailed, Web, from_json, open_web
from etl.fetch.pages import Pages, read_pages

_LATER = frozenset({500, 502, 503, 504})
_WANTS_TOKEN = frozenset({401, 403, 498, 499})
_NOT_UNDERSTOOD = 400
_DAY = 86_400_000

Ids = npt.NDArray[np.int64]
Place = dict[str, Any]


class ArcGis:
    """`kind = "arcgis"`."""

    kind = "arcgis"

    def fetch(self, declared: ArcgisConnector, request: Request) -> Fetched:
        """The layer's rows, or those edited since. Rows that the server lists and does not give are an error."""
        with self._opened(declared, request) as web:
            return _Survey(declared, request, web).fetched()

    def sample(self, declared: ArcgisConnector, request: Request, rows: int) -> Sampled:
        """The rows edited last, or added last, in one answer, and the server's count."""
        with self._opened(declared, request) as web:
            return _Survey(declared, request, web).sampled(rows)

    @contextmanager
    def _opened(self, declared: ArcgisConnector, request: Request) -> Iterator[Web]:
        token = None if declared.secret is None else request.secret(declared.secret)
        as_header = declared.token_as == "header"
        headers = {"X-Esri-Authorization": f"Bearer {token}"} if token and as_header else {}
        params = {"token": token} if token and not as_header else {}
        with open_web(declared, request, secret_headers=headers, secret_params=params) as web:
            yield web

    def read(self, declared: ArcgisConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """The fields as text, dates in ISO 8601 (UTC), places as `lng` and `lat`; each object id once."""
        return read_pages(files)


class _Survey:
    """One fetch of one layer."""

    def __init__(self, declared: ArcgisConnector, request: Request, web: Web) -> None:
        self._declared, self._request, self._web = declared, request, web
        self._layer = Layer.of(self._asked(declared.url))
        self._layer.require_points(representative=declared.shapes == "representative")
        self._edited = declared.edited_field
        if self._edited:
            self._layer.require_moment(self._edited)
        self._since = None if request.since is None or not self._edited else datetime.fromisoformat(request.since)
        self._size = min(declared.page_size, self._layer.most)

    def fetched(self) -> Fetched:
        """All pages of it."""
        asked: dict[str, Any] = {"url": self._declared.url, "where": self._where(), "columns": self._columns()}
        asked |= {"edited": self._edited, "shapes": self._declared.shapes, "crs": self._declared.crs}
        pages = Pages(self._request.arriving, asked, told=self._request.told)
        if pages.place and self._is_old(pages.place):
            pages.restart()
        place = pages.place or self._begun()
        if not place["by_ids"]:
            place = self._by_pages(place, pages)
        if place["by_ids"]:
            place = self._by_ids(place, pages)
        watermark = self._watermark(place)
        if self._since and not pages.rows:
            return Fetched((), complete=False, watermark=watermark, unchanged=True)
        if not pages.rows:
            pages.add([], place, columns=[self._layer.object_id, *self._layer.fields])
        return Fetched(pages.files, complete=self._since is None, watermark=watermark, own=True)

    def sampled(self, rows: int) -> Sampled:
        """One page. A server without pages gives as many rows as it likes, in an order of its own."""
        asked: dict[str, str | int] = {"orderByFields": f"{self._edited or self._layer.object_id} DESC"}
        asked["resultRecordCount"] = min(rows, self._layer.most)
        page = self._features(**(asked if self._layer.pages else {}))
        pages = Pages(self._request.arriving, {"sample": self._declared.url})
        pages.add(page.rows[:rows], None, columns=[] if page.rows else [self._layer.object_id, *self._layer.fields])
        total = self._query(returnCountOnly="true").get("count")
        changed = _later(page.newest, self._layer.last_edit)
        return Sampled(
            pages.files,
            ("changed" if self._edited else "added") if self._layer.pages else "first",
            total if isinstance(total, int) else None,
            None if changed is None else datetime.fromtimestamp(changed / 1000, UTC),
        )

    def _begun(self) -> Place:
        """The place before the first row: how many there are to come, and the server's moment (milliseconds)."""
        total = self._query(returnCountOnly="true").get("count")
        if not isinstance(total, int):
            raise SourceUnreadable("The ArcGIS server does not say how many rows there are.")
        begun = None if self._web.moment is None else _milliseconds(self._web.moment)
        by_ids = not self._layer.pages or self._size < 2
        return {"by_ids": by_ids, "total": total, "begun": begun, "newest": None, "offset": 0, "last": None}

    def _is_old(self, place: Place) -> bool:
        """Whether what a cut-off try left is of another day: rows may be gone since."""
        now, begun = self._web.moment, place["begun"]
        return now is not None and begun is not None and _milliseconds(now) - begun > _DAY

    def _by_pages(self, place: Place, pages: Pages) -> Place:
        """Pages in the order of object ids. Each begins with the last row of the one before: where it does not, rows
        came or went meanwhile. Then, and where rows are missing at the end, the rest is asked for by id."""
        while True:
            try:
                page = self._features(resultOffset=place["offset"], resultRecordCount=self._size)
            except HttpFailed as error:
                if error.status == _NOT_UNDERSTOOD and place["last"] is None:
                    return place | {"by_ids": True}
                raise
            last = place["last"]
            in_order = all(a < b for a, b in zip(page.ids, page.ids[1:], strict=False))
            if not in_order or (last is not None and page.ids[:1] != (last,)):
                return place | {"by_ids": True}
            fresh = page.rows if last is None else page.rows[1:]
            if fresh:
                onward = {"offset": place["offset"] + len(page.ids) - 1, "last": page.ids[-1]}
                place = place | onward | {"newest": _later(place["newest"], page.newest)}
                pages.add(fresh, place)
            if not fresh or (pages.rows >= place["total"] and not page.more):
                return place | {"by_ids": pages.rows < place["total"]}

    def _by_ids(self, place: Place, pages: Pages) -> Place:
        """Rows that are listed and not yet here, in ranges of ids; a server that gives fewer is asked for fewer."""
        size, listed = self._size, self._listed()
        missing = self._missing(listed, pages)
        while len(missing):
            for first, last in _ranges(listed, missing, size):
                bounds = (f"{self._layer.object_id} >= {first}", f"{self._layer.object_id} <= {last}")
                page = self._features(*bounds)
                wanted = set(missing[(missing >= first) & (missing <= last)].tolist())
                place = place | {"by_ids": True, "newest": _later(place["newest"], page.newest)}
                pages.add([row for each, row in zip(page.ids, page.rows, strict=True) if each in wanted], place)
            left = self._missing(listed, pages)
            if len(left) == len(missing) and size == 1:
                listed = self._listed()  # rows that were taken away meanwhile are no longer owed
                left = self._missing(listed, pages)
                if len(left):
                    what = f"The ArcGIS server lists {len(listed):,} rows and does not give {len(left):,} of them."
                    raise SourceUnreadable(what, "Ask the agency; the last release stays up.")
            size, missing = max(1, size // 2 if len(left) * 2 > len(missing) else size), left
        return place

    def _listed(self) -> Ids:
        ids = self._query(returnIdsOnly="true").get("objectIds") or []
        return np.unique(np.asarray(ids, dtype=np.int64))

    def _missing(self, listed: Ids, pages: Pages) -> Ids:
        if not pages.rows:
            return listed
        here = read_pages(pages.files).select(pl.col(self._layer.object_id).cast(pl.Int64)).collect()
        return np.setdiff1d(listed, here.to_series().to_numpy())

    def _features(self, *bounds: str, **params: str | int) -> Features:
        shape: dict[str, str | int] = {"returnGeometry": "false"}
        if self._layer.shape:
            shape = {"outSR": 4326, "returnGeometry": "true"}
        order = {"orderByFields": self._layer.object_id} if not bounds else {}
        asked: dict[str, str | int] = {**shape, **order, **params}
        said = self._query(*bounds, outFields=",".join(self._columns()) or "*", **asked)
        return features(
            said,
            self._layer,
            edited=self._edited,
            crs=self._declared.crs,
            representative=self._declared.shapes == "representative",
        )

    def _columns(self) -> list[str]:
        """The fields to ask for; none means all."""
        if not self._request.columns:
            return []
        wanted = [self._layer.object_id, *filter(None, [self._edited]), *self._request.columns]
        return self._layer.known([own for name in wanted for own in (name, name.removesuffix("_source"))])

    def _where(self) -> str:
        if self._since is None or self._edited is None:
            return self._declared.where or "1=1"
        changed = self._layer.edited_since(self._edited, self._since - self._request.overlap)
        return f"({self._declared.where}) AND {changed}" if self._declared.where else changed

    def _query(self, *bounds: str, **params: str | int) -> dict[str, Any]:
        where = " AND ".join([f"({self._where()})" if bounds else self._where(), *bounds])
        return self._asked(f"{self._declared.url.rstrip('/')}/query", where=where, **params)

    def _asked(self, url: str, **params: str | int) -> dict[str, Any]:
        return self._web.parsed(url, self._understood, params={"f": "json", **params})

    def _understood(self, answer: Answer) -> dict[str, Any]:
        """ArcGIS tells errors with status 200. Its words may repeat what was asked, and are not told."""
        said = from_json(answer)
        if not isinstance(said, dict):
            raise HttpFailed("The ArcGIS server sent something else than an object.", again=True)
        if "error" not in said:
            return said
        code = said["error"].get("code") if isinstance(said["error"], dict) else None
        if code in _WANTS_TOKEN:
            name = self._declared.secret
            what = f"did not accept the token {name}" if name else "wants a token, and none is declared as `secret`"
            raise HttpFailed(f"The ArcGIS server {what} (error {code}).", _TOKEN, status=code)
        told = f"The ArcGIS server answered with error {code if isinstance(code, int) else 'unknown'}."
        raise HttpFailed(told, status=code if isinstance(code, int) else None, again=code in _LATER)

    def _watermark(self, place: Place) -> str | None:
        """The newest edit seen, but no later than the server's clock when it began: what was edited while pages were
        read comes again the next time."""
        newest, begun = place["newest"], place["begun"]
        if newest is None:
            return self._request.since if self._edited else None
        moment = datetime.fromtimestamp((newest if begun is None else min(newest, begun)) / 1000, UTC)
        return max(moment, self._since or moment).isoformat(timespec="milliseconds")


_TOKEN = "Ask the agency for a new token and set the variable anew; the last release stays up."


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _later(one: int | None, other: int | None) -> int | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _ranges(listed: Ids, missing: Ids, size: int) -> Iterator[tuple[int, int]]:
    """Ranges of at most `size` listed ids each, only those in which something is missing."""
    for start in range(0, len(listed), size):
        first, last = int(listed[start]), int(listed[min(start + size, len(listed)) - 1])
        place = np.searchsorted(missing, first)
        if place < len(missing) and missing[place] <= last:
            yield first, last
