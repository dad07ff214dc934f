"""A collection of an OGC API Features service (parts 1 and 2): page by page, as the service links them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import polars as pl

from etl.city.geoconnectors import OgcFeaturesConnector
from etl.errors import SchemaDrift, SourceUnreadable
from etl.fetch.connector import Fetched, Request, Sampled
from etl.fetch.http import Answer, HttpFailed, Web, from_json, open_web
from etl.fetch.pages import Pages, once_each, read_pages
from etl.fetch.shapepoint import geojson_position, to_wgs84

ID = "feature_id"
"""The column with the id of a feature, which is none of its properties."""

Place = dict[str, Any]

_POINT = ("lng", "lat")
_ACCEPT = {"Accept": "application/geo+json, application/json;q=0.9"}
_CRS84 = re.compile(r"CRS84h?>?$")
_DAY = timedelta(days=1)


class OgcFeatures:
    """`kind = "ogcfeatures"`."""

    kind = "ogcfeatures"

    def fetch(self, declared: OgcFeaturesConnector, request: Request) -> Fetched:
        """The features, or those changed since. Fewer than the service counts are an error."""
        with open_web(declared, request, secret_headers=_secret(declared, request)) as web:
            return _Reading(declared, request, web).fetched()

    def sample(self, declared: OgcFeaturesConnector, request: Request, rows: int) -> Sampled:
        """The first page, and how many features the service counts."""
        with open_web(declared, request, secret_headers=_secret(declared, request)) as web:
            return _Reading(declared, request, web).sampled(rows)

    def read(self, declared: OgcFeaturesConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """The properties as text, `feature_id`, and the place as `lng` and `lat`; each feature once."""
        return once_each(read_pages(files), ID)


def _secret(declared: OgcFeaturesConnector, request: Request) -> dict[str, str]:
    return {} if declared.secret is None else {declared.secret_as: _header(declared, request)}


def _header(declared: OgcFeaturesConnector, request: Request) -> str:
    secret = request.secret(declared.secret or "")
    return f"Bearer {secret}" if declared.secret_as.lower() == "authorization" and " " not in secret else secret


class _Reading:
    """One fetch of one collection."""

    def __init__(self, declared: OgcFeaturesConnector, request: Request, web: Web) -> None:
        self._declared, self._request, self._web = declared, request, web
        self._changed = declared.changed_property
        self._since = None if request.since is None or not self._changed else datetime.fromisoformat(request.since)
        self._items = f"{declared.url.rstrip('/')}/collections/{quote(declared.collection, safe='')}/items"

    def fetched(self) -> Fetched:
        """All pages; read once more from the first if there are fewer features than the service counts."""
        said = {"url": self._items, "params": self._params(), "columns": self._request.columns}
        asked = said | {"changed": self._changed, "shapes": self._declared.shapes}
        pages = Pages(self._request.arriving, asked, told=self._request.told)
        if pages.place and pages.place["next"] is None:
            pages.restart()  # it came to its end, and was not taken: the service may have more by now
        place = self._to_the_end(pages)
        if (missing := _missing(pages, place)) > 0:
            pages.restart()
            place = self._to_the_end(pages)
            missing = _missing(pages, place)
        if missing > 0:
            what = f"The service counts {place['matched']:,} features and does not give {missing:,} of them."
            raise SourceUnreadable(what, "Ask the agency; the last release stays up.")
        watermark = self._watermark(place)
        if self._since and not pages.rows:
            pages.restart()
            return Fetched((), complete=False, watermark=watermark, unchanged=True)
        return Fetched(pages.files, complete=self._since is None, watermark=watermark, own=True)

    def sampled(self, rows: int) -> Sampled:
        """One page, in the service's own order."""
        params = self._params() | {"limit": min(rows, self._declared.page_size)}
        answer, said = self._web.parsed(self._items, _features, params=params, headers=_ACCEPT)
        pages = Pages(self._request.arriving, {"sample": self._items})
        pages.add(self._rows(answer, said)[:rows], None, columns=[ID, *_POINT])
        self._newest(said["features"])  # whether they have the property that is declared
        total = said.get("numberMatched")
        return Sampled(pages.files, "first", total if isinstance(total, int) else None)

    def _to_the_end(self, pages: Pages) -> Place:
        place: Place = pages.place or {"next": self._items, "matched": None, "newest": None, "begun": None}
        visited: set[str] = set()
        while place["next"] is not None:
            if place["next"] in visited:
                raise SourceUnreadable("The service links its pages in a circle.", "Ask the agency.")
            visited.add(place["next"])
            first = place["next"] == self._items
            answer, said = self._web.parsed(
                place["next"], _features, params=self._params() if first else {}, headers=_ACCEPT
            )
            begun = self._web.moment.timestamp() if self._web.moment else None
            if self._is_old(place, begun):
                pages.restart()
                return self._to_the_end(pages)
            newest = max(filter(None, [place["newest"], self._newest(said["features"])]), default=None)
            onward = {"next": self._next(said, place["next"]), "matched": said.get("numberMatched", place["matched"])}
            place = place | onward | {"newest": newest, "begun": place["begun"] or begun}
            pages.add(self._rows(answer, said), place, columns=[ID, *_POINT])
        return place

    def _is_old(self, place: Place, now: float | None) -> bool:
        """Whether what a cut-off try left is of another day: features may be gone since."""
        return now is not None and place["begun"] is not None and now - place["begun"] > _DAY.total_seconds()

    def _params(self) -> dict[str, str | int]:
        """Of the first page: every further one is linked. What is declared goes before what is made up here."""
        declared = self._declared.parameters
        params: dict[str, str | int] = {"limit": self._declared.page_size}
        if self._since is not None:
            start = f"{(self._since - self._request.overlap).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            changed = f"{self._changed} >= TIMESTAMP('{start}')"
            also = {"filter": f"({declared['filter']}) AND {changed}"} if "filter" in declared else {"filter": changed}
            by_filter = {"filter-lang": "cql2-text", **declared, **also}
            return params | (
                by_filter if self._declared.changes_by == "filter" else {"datetime": f"{start}/.."} | declared
            )
        return params | declared

    def _next(self, said: dict[str, Any], here: str) -> str | None:
        """The next page, at the declared address even where a service behind a proxy calls itself otherwise.

        Raises SourceUnreadable for one on another host.
        """
        links = [link for link in said.get("links") or () if isinstance(link, dict) and link.get("rel") == "next"]
        links.sort(key=lambda link: "json" not in str(link.get("type", "json")))
        if not links or not links[0].get("href"):
            return None
        target, own = urlsplit(urljoin(here, str(links[0]["href"]))), urlsplit(self._declared.url)
        if target.hostname != own.hostname:
            raise SourceUnreadable("The service links its next page on another host, which is not followed.")
        return urlunsplit((own.scheme, own.netloc, target.path, target.query, ""))

    def _rows(self, answer: Answer, said: dict[str, Any]) -> list[dict[str, Any]]:
        """One row a feature. Properties with a name of ours get `_source` behind it."""
        found = said["features"]
        representative = self._declared.shapes == "representative"
        positions = [geojson_position(feature.get("geometry"), representative=representative) for feature in found]
        kept = {name.partition(".")[0] for name in self._request.columns}  # what is inside one has dots in its name
        rows = []
        for feature, position in zip(found, _degrees(answer, said, positions), strict=True):
            properties = feature.get("properties") or {}
            named = {f"{k}_source" if k in (ID, *_POINT) else k: v for k, v in properties.items()}
            lng, lat = position or (None, None)
            chosen = {k: v for k, v in named.items() if not kept or k.partition(".")[0] in kept}
            rows.append({ID: _told(feature.get("id")), **chosen, "lng": lng, "lat": lat})
        return rows

    def _newest(self, found: list[dict[str, Any]]) -> float | None:
        """The newest change, in seconds since 1970. Raises SchemaDrift where no feature has the property."""
        if self._changed is None or not found:
            return None
        properties = [feature.get("properties") or {} for feature in found]
        if not any(self._changed in each for each in properties):
            what = f"The features have no property {self._changed!r}."
            raise SchemaDrift(what, "Correct `changed_property` in [connector].")
        return max((m for each in properties if (m := _seconds(each.get(self._changed))) is not None), default=None)

    def _watermark(self, place: Place) -> str | None:
        """The newest change seen, but no later than the service's clock when it began; never earlier than before."""
        if place["newest"] is None:
            return self._request.since if self._changed else None
        moment = datetime.fromtimestamp(min(filter(None, (place["newest"], place["begun"]))), UTC)
        return max(moment, self._since or moment).isoformat(timespec="seconds")


def _features(answer: Answer) -> tuple[Answer, dict[str, Any]]:
    """A collection of features, whole. Raises HttpFailed."""
    said = from_json(answer)
    features = said.get("features") if isinstance(said, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise HttpFailed(f"{answer.host} sent no collection of features.", "Check `url` and `collection`.")
    if said.get("numberReturned", len(features)) != len(features):
        raise HttpFailed(f"{answer.host} sent fewer features than it says.", again=True)
    return answer, said


def _degrees(answer: Answer, said: dict[str, Any], positions: Sequence[tuple[float, float] | None]) -> list[Any]:
    """Part 2 names the coordinate system in a header; older GeoJSON in a member `crs`; else it is WGS 84."""
    if named := answer.headers.get("content-crs", "").strip().strip("<>"):
        return to_wgs84(positions, None if _CRS84.search(named) else named, axes_as_named=True)
    old = said.get("crs")
    name = (old.get("properties") or {}).get("name") if isinstance(old, dict) else None
    return to_wgs84(positions, None if name is None or _CRS84.search(name) else name)


def _missing(pages: Pages, place: Place) -> int:
    """How many features the service counts and did not give; one without an id is taken for one of its own."""
    if not isinstance(place["matched"], int) or not pages.files:
        return 0
    ids = read_pages(pages.files).select(pl.col(ID).drop_nulls().n_unique() + pl.col(ID).null_count())
    return place["matched"] - int(ids.collect().item())


def _told(value: Any) -> str | None:
    return None if value is None else str(value)


def _seconds(value: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC) - timedelta(hours=14)).timestamp()
