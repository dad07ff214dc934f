"""A release: what one topic publishes at one time, and everything a page needs to show it.

Manifests are read from files by other programs, so they are frozen pydantic models that refuse unknown keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NewType

import polars as pl

from layers.measures import Kind, Regime
from layers.period import Grain
from layers.protection import Access, Exactness, Frozen, Protection
from layers.tables import AGENCY_PREFIX

ReleaseId = NewType("ReleaseId", str)
"""`<as-of date>-<first 12 hex digits of the sha256 of the content>`: sorts by date, names its content."""


class City(Frozen):
    """What pages say about the city."""

    id: str
    name: str
    time_zone: str
    languages: tuple[str, ...] = ("en",)
    lat: float
    lng: float
    zoom: float
    bounds: tuple[float, float, float, float] | None = None
    """South, west, north, east, degrees."""
    contacts: tuple["Contact", ...] = ()
    events: tuple["Event", ...] = ()
    targets: tuple["Target", ...] = ()
    translations: tuple["Translation", ...] = ()
    """What the city wrote itself, in other languages."""
    frozen_clock: date | None = None
    """The day at which this city's clock stands still (a demonstration or an archive)."""


class Contact(Frozen):
    """Someone to call."""

    title: str
    text: str = ""
    phone: str | None = None
    url: str | None = None
    email: str | None = None


class Event(Frozen):
    """A dated event that explains a trend."""

    title: str
    start: date
    end: date | None = None
    text: str = ""
    topics: tuple[str, ...] = ()


NUMBER = "{number}"
"""In a translation: any whole number, so that one line says `District 1` to `District 9`."""


class Translation(Frozen):
    """A text that the city wrote itself, as the city says it in another language."""

    language: str
    text: str
    said: str


class Target(Frozen):
    """What the city set out to reach: figures of the measure are held against it.

    `value` is written as releases write the measure: a share is a part of 1. `geography` and `grain` limit the places
    and periods it is for; None means every one. Of several that fit, the one with the latest `since` holds.
    """

    topic: str
    measure: str
    category: str = "all"
    value: float
    at: Literal["most", "least"]
    since: date | None = None
    source: str = ""
    geography: str | None = None
    grain: Grain | None = None

    def holds_for(self, geography: str, grain: Grain, period: date) -> bool:
        """Whether figures of these places and this period are held against it."""
        return (
            self.geography in (None, geography)
            and self.grain in (None, grain)
            and (self.since is None or self.since <= period)
        )


class SourceInfo(Frozen):
    """Where the records came from."""

    id: str
    title: str
    publisher: str
    license: str
    url: str | None = None
    cadence: str
    covers_from: date
    covers_to: date
    snapshot: str
    """Keyed hash: proves to the holder of the key what was used, tells others nothing. Of a feed about homes it names
    the inputs of what was measured, and follows the calendar alone; empty where nothing was."""


class FigureSource(Frozen):
    """Where a published figure about areas is from."""

    year: int
    source: str


class UnitInfo(Frozen):
    """One area or zone: its name and where it is."""

    id: str
    name: str
    lat: float
    lng: float
    bbox: tuple[float, float, float, float] | None = None
    """West, south, east, north (GeoJSON order)."""
    homes: int | None = None
    """Public residential units; null where the city has no address file."""
    income: float | None = None
    """Median household income in dollars, as a census published it for the area; null without one."""
    within: tuple[str, ...] = ()
    """For a neighborhood: districts with at least 1 % of its homes (of its ground without an address file). For an
    area of other lines: those of the lines in force."""


class GeographyInfo(Frozen):
    """A geography of this release."""

    name: str
    title: str
    plural: str
    vintage: str
    """Names the shapes: `geo/<name>.<vintage>.geojson`."""
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    units: tuple[UnitInfo, ...] = ()
    """Empty for cells, which need no name."""
    shapes: bool = True
    """False where nothing is drawn (the city as a whole)."""
    grains: tuple[Grain, ...] = ()
    """Grains in which this release has rows for the geography."""
    lines_of: str | None = None
    """Set for other lines (of before, or to come) of that kind of area. Only exact figures are told in both."""
    why_not: str | None = None
    """Set, with no grains, where a geography of the city is not offered for this topic: the sentence that says why."""
    income: FigureSource | None = None
    """Where its units' incomes are from; null where the city declares none. Told with the topic `households`."""


class MeasureInfo(Frozen):
    """How one measure of this release was made."""

    name: str
    title: str
    unit: str
    kind: Kind
    regime: Regime
    help: str
    decimals: int
    extensive: bool
    denominator: str | None = None
    over: str | None = None
    """The measure of the same release that this share or average divides by."""
    floor: int | None = None
    geographies: tuple[str, ...]
    grains: tuple[Grain, ...]
    categories: tuple[str, ...]
    """`all` first. Of a protected measure: categories exist for district and city only."""
    tables: tuple["TableInfo", ...] = ()


class TableInfo(Frozen):
    """One measured table of the ladder behind a protected measure."""

    family: str
    grain: Grain
    geography: str
    share: float
    sigma: float
    rho: float
    by: tuple[str, ...] | None = None
    """The dimensions by which it tells homes apart; null in releases made before they were told."""


class GroupInfo(Frozen):
    """A category and its words."""

    key: str
    title: str
    kind: str
    help: str = ""
    agency: str | None = None
    """Id of the agency that answers for it."""
    agency_share: float | None = None
    """Where the city does not declare the agency: the share of the group's records that name it."""


class AgencyInfo(Frozen):
    """A department of the city and the groups of this release that it answers for."""

    id: str
    title: str
    groups: tuple[str, ...] = ()
    """Groups that are counted exactly; together they are the agency's own category."""
    text: str = ""
    phone: str | None = None
    url: str | None = None
    email: str | None = None

    @property
    def category(self) -> str:
        """The `category` of rows about everything it answers for."""
        return f"{AGENCY_PREFIX}{self.id}"


class Closing(Frozen):
    """Up to where a grain is closed, and when the next period will be."""

    grain: Grain
    last_closed: date | None
    """First day of the last closed period; null if none is closed yet."""
    next_period: date
    next_on: date


class FileInfo(Frozen):
    """A file of the release. `name` is relative to the release folder."""

    name: str
    title: str
    format: str
    rows: int | None
    bytes: int
    sha256: str


class QualityFigure(Frozen):
    """A figure about the records themselves. Of a protected topic: measured, yearly, whole percents."""

    name: str
    title: str
    value: float | None
    unit: str
    period: str = ""


class Manifest(Frozen):
    """Everything a page says about a release apart from its numbers."""

    format: int = 1
    topic: str
    release: str
    title: str
    summary: str
    is_not: str
    caveats: tuple[str, ...]
    protected: bool
    city: City
    as_of: date
    """The day up to which the sources speak. Periods that were not closed on it are `not_reported`."""
    built_at: datetime
    covers_from: date
    covers_to: date
    sources: tuple[SourceInfo, ...]
    license: str
    geographies: tuple[GeographyInfo, ...]
    measures: tuple[MeasureInfo, ...]
    groups: tuple[GroupInfo, ...]
    agencies: tuple[AgencyInfo, ...] = ()
    closings: tuple[Closing, ...] = ()
    quality: tuple[QualityFigure, ...] = ()
    protection: Protection | None = None
    tier: str = "public"
    access: Access | None = None
    """Set in the partner tier."""
    exactness: Exactness | None = None
    denominators: tuple[str, ...] = ()
    """Sentences that name the denominator of each rate and its vintage."""
    notes: tuple[str, ...] = ()
    """Known problems of this release, in sentences."""
    rows: int
    files: tuple[FileInfo, ...]
    code_version: str
    previous: str | None = None

    def geography(self, name: str) -> GeographyInfo | None:
        return next((g for g in self.geographies if g.name == name), None)

    def measure(self, name: str) -> MeasureInfo | None:
        return next((m for m in self.measures if m.name == name), None)

    def group_title(self, key: str) -> str:
        """The words for a category; `all` is every category together, `agency_…` all that an agency answers for."""
        if key == "all":
            return "All categories"
        agencies = (a.title for a in self.agencies if a.category == key)
        return next((g.title for g in self.groups if g.key == key), next(agencies, key))

    def agency(self, name: str) -> AgencyInfo | None:
        """The agency of that id."""
        return next((a for a in self.agencies if a.id == name), None)

    def agency_of(self, category: str) -> AgencyInfo | None:
        """The agency that answers for a category, or whose own category it is."""
        group = next((g for g in self.groups if g.key == category), None)
        return next((a for a in self.agencies if category == a.category or (group and group.agency == a.id)), None)


class TopicStatus(Frozen):
    """Freshness of one topic: computed from runs, never typed."""

    topic: str
    title: str
    release: str | None
    as_of: date | None
    last_run: datetime | None
    last_success: datetime | None
    next_due: datetime | None
    late: bool
    held: bool
    """True where the newest data is held back; the last good release stays up."""
    reason: str = ""
    """A sentence without values: why it is late or held."""


class StoreStatus(Frozen):
    """status.json, written by every run."""

    written_at: datetime
    clock: date | None = None
    """Set where the city's clock stands still."""
    topics: tuple[TopicStatus, ...]


@dataclass(frozen=True, slots=True)
class GeoFile:
    """Shapes to be written to `geo/<geography>.<vintage>.geojson`."""

    geography: str
    vintage: str
    collection: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.geography}.{self.vintage}.geojson"


@dataclass(frozen=True, slots=True)
class Written:
    """A release whose files lie in its draft folder, about to be certified."""

    release: str
    files: Mapping[str, str]
    """Name and sha256 of every file."""
    manifest_sha256: str
    """Of what the manifest will say, apart from what publishing adds to it."""


Certify = Callable[[Written], Mapping[str, bytes]]
"""Gives the certificate's files (name and content) of a release that was just written."""


def uncertified(written: Written) -> Mapping[str, bytes]:
    """No certificate: for stores that are private, and for tests."""
    return {}


def nothing() -> None:
    """There is nothing to keep."""


@dataclass(frozen=True, slots=True)
class ReleaseDraft:
    """All that the publisher needs; files, hashes, id and `built_at` are added by it.

    `manifest` holds every field of Manifest except release, rows, files, built_at and previous.
    `counts` has the columns of layers.store.schema. `zones` is the partition of the last year, `zones_by_year` that of
    every year. `crosswalk` says which share of one area lies in another: see `etl.exact.crosswalk`. `extra` holds
    further download files by name, as bytes.
    `certify` is asked once per release that is written; the release's id does not depend on what it answers.
    `keep` puts on disk, for good, what later releases are held to; it is called when the audit has passed, before
    anything is published.
    """

    topic: str
    manifest: dict[str, Any]
    counts: pl.DataFrame
    zones: pl.DataFrame | None = None
    zones_by_year: Mapping[int, pl.DataFrame] = field(default_factory=dict)
    crosswalk: pl.DataFrame | None = None
    geo: tuple[GeoFile, ...] = ()
    certify: Certify = uncertified
    extra: dict[str, bytes] = field(default_factory=dict)
    keep: Callable[[], None] = nothing
