"""What `sources/<name>.toml` may say: one feed, the fields kept of it and what they mean."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from etl.city.connectors import Connector
from etl.city.cron import checked_cron
from etl.city.models import Crs, Declaration, Latitude, Longitude, Slug, Text, TimeZone

Cadence = Literal["daily", "weekly", "monthly", "quarterly", "yearly", "once"]
GroupKind = Literal["place", "home", "sensitive"]
Way = Literal[
    "coordinates", "address", "address_normalized", "interpolated", "intersection", "block", "geocoded", "area"
]
Codes = tuple[str, ...]
Share = Annotated[float, Field(ge=0, le=1)]


class Span(Declaration):
    """The days a feed speaks for."""

    from_: date = Field(alias="from", description="First day.")
    to: date | None = Field(default=None, description="Last day; without it, up to the day of the run.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError("`to` lies before `from`")
        return self


class FieldDeclaration(Declaration):
    """One field that is kept. What no field names is never kept."""

    column: Text = Field(description="The source's column.")
    and_columns: tuple[Text, ...] = Field(
        default=(), description="Further columns, added to it with a space between (an id or address in parts)."
    )
    meaning: Text = Field(description="What it means, for the data dictionary.")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that make up the field, without blanks around their names."""
        return tuple(name.strip() for name in (self.column, *self.and_columns))


class RowFilter(Declaration):
    """Which rows are records of the topic, told by the codes of one column. All filters must let a row pass."""

    column: Text = Field(description="The source's column.")
    keep: Codes = Field(default=(), description="Only rows with one of these codes are taken.")
    drop: Codes = Field(default=(), description="Rows with one of these codes are left out.")
    meaning: Text = Field(description="Why, for the methods page.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.keep) == bool(self.drop):
            raise ValueError("give either `keep` or `drop`")
        return self


class Dates(Declaration):
    """How the source writes dates."""

    formats: tuple[Text, ...] = Field(
        default=("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"),
        min_length=1,
        description="Formats (strftime), tried in this order, strictly.",
    )


class DefaultPoint(Declaration):
    """A point the agency writes where it knows none; never taken for a location."""

    lat: Latitude = Field(description="Latitude, degrees north.")
    lng: Longitude = Field(description="Longitude, degrees east.")
    meaning: Text = Field(description="What stands there, such as City Hall.")


class Location(Declaration):
    """How the source writes places."""

    crs: Crs = Field(default="EPSG:4326", description="Coordinate system of lat and lng, or of x and y.")
    thousands: str = Field(default="", max_length=1, description="Separator of thousands in coordinates.")
    lat_lng_scale: float = Field(
        default=1.0, gt=0, description="Coordinates are multiplied by it (0.000001 for micro-degrees)."
    )
    default_points: tuple[DefaultPoint, ...] = Field(default=(), description="Points that are no location.")
    default_share: Share = Field(
        default=0.005,
        description="One exact point with a larger share of the feed than this, and unlike addresses, is taken for a "
        "default point; 1 never looks for any.",
    )
    default_records: int = Field(default=30, ge=2, description="And with more records than this.")
    repair: tuple[Literal["swapped", "projected"], ...] = Field(
        default=(),
        description="Faults of coordinates that are put right: `swapped` ones turned around, `projected` ones (feet or "
        "meters among degrees) converted from `projected_crs`. Without it they are no location.",
    )
    projected_crs: Crs | None = Field(
        default=None, description="The system of feet or meters that some coordinates may be in; without it, `crs`."
    )
    accept: tuple[Way, ...] = Field(
        default=get_args(Way), description="Ways in which a record of this source may be placed."
    )
    hundred_blocks: bool = Field(
        default=False, description="Whether a house number that ends in 00 stands for the whole block."
    )

    @model_validator(mode="after")
    def _repairable(self) -> Self:
        if "projected" in self.repair and (self.projected_crs or self.crs).upper() == "EPSG:4326":
            raise ValueError("`repair` of `projected` coordinates needs `projected_crs`")
        return self


class GroupDeclaration(Declaration):
    """A plain-language group of categories."""

    title: Text = Field(description="What people call it.")
    kind: GroupKind = Field(description="`place` (exact), `home` (protected) or `sensitive` (never published).")


class Limits(Declaration):
    """Quality gates: beyond them the run is held and the last release stays up."""

    max_reject_share: Share = Field(default=0.05, description="Largest share of rows that may be rejected.")
    min_located_share: Share = Field(default=0.80, description="Smallest share of records that must be located.")
    min_rows: int = Field(default=1, ge=0, description="Fewest rows a feed may have.")
    max_shrink_share: Share = Field(
        default=0.3, description="Largest share by which a feed may shrink since the last run."
    )
    max_history_share: Share = Field(
        default=0.1, description="Largest share of the records of months long past that may come or go between runs."
    )
    max_volume_factor: float = Field(
        default=2.0,
        ge=1,
        description="Four weeks may have so many times the busiest of the year before, or the quietest divided by it.",
    )
    max_mix_shift: Share = Field(
        default=0.15, description="Largest shift of the mix of groups beyond what the year before knew."
    )
    max_new_code_share: Share = Field(
        default=0.01, description="Largest share of the newest four weeks that one new code in no list may have."
    )
    max_blank_rise: Share = Field(
        default=0.25, description="Largest rise of the share of recent records in which a field has no value."
    )
    max_located_drop: Share = Field(
        default=0.1, description="Largest drop of the share of recent records that could be located."
    )
    max_duplicate_rise: Share = Field(
        default=0.02, description="Largest rise of the share of rows that tell of a record again."
    )


class Refresh(Declaration):
    """How a feed is kept up to date."""

    mode: Literal["whole", "changes"] = Field(
        default="whole",
        description="`whole`: the whole feed each time. `changes`: what changed since, where the connector can.",
    )
    overlap_days: float = Field(
        default=3, ge=0, description="Changes are asked for from so many days before the last that were taken."
    )
    whole_every_days: int = Field(
        default=30, ge=0, description="With `changes`: the whole feed is read at least so often; 0 never does."
    )
    missing: Literal["dropped", "kept", "withdrawn"] = Field(
        default="dropped",
        description="A record that a whole feed no longer lists: `dropped` leaves exact counts, `kept` stays (a feed "
        "that lists only its last weeks), `withdrawn` is taken back like a sealed one.",
    )

    @property
    def overlap(self) -> timedelta:
        """`overlap_days` as a length of time."""
        return timedelta(days=self.overlap_days)


class Withdrawals(Declaration):
    """A list of records that are sealed, expunged or otherwise taken back; read in every run before the feed."""

    connector: Connector = Field(description="How it is read: any connector.")
    column: Text = Field(default="id", description="Its column with the ids, written as in the feed.")
    most_characters: int = Field(default=200, ge=1, description="What is longer is no id: then the run is held.")


class CountedPeriod(Declaration):
    """The period of counts: a column, or one fixed day."""

    column: str | None = Field(default=None, description="Column with the period.")
    fixed: date | None = Field(default=None, description="First day of the one period the file speaks of.")
    grain: Literal["month", "quarter", "year"] = Field(description="Length of the period.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.column is None) == (self.fixed is None):
            raise ValueError("give either `column` or `fixed`")
        return self


class Counted(Declaration):
    """Counts by area as the agency made them (regime `source`). An empty value stays `not_reported`."""

    geography: Slug = Field(description="Kind of area of the city.")
    unit: Text = Field(description="Column with the area's id.")
    period: CountedPeriod = Field(description="Where the period stands.")
    threshold: int = Field(
        default=0,
        ge=0,
        description="Counts below it are `hidden`, others too where they would give one away; 0 publishes as given.",
    )
    values: dict[Slug, Text] = Field(description="Category to column; `all` is required.")
    apportion: tuple[Slug, ...] = Field(
        default=(), description="Kinds of area to estimate as well, by the homes that they share with those counted."
    )
    measure: Slug | None = Field(default=None, description="Measure counted; without it, the topic's main one.")
    title: Text | None = Field(default=None, description="What the source counts, where it is not quite the measure.")
    noun: Text | None = Field(default=None, description="What it counts, in the plural: filings, evictions.")
    meaning: Text | None = Field(default=None, description="What exactly it counts, in a sentence.")
    is_not: Text | None = Field(default=None, description="What it must not be taken for, in a sentence.")


class Totals(Declaration):
    """Rows that are totals of a day, week or month (regime `source`), of topics whose feeds are totals."""

    grain: Literal["day", "week", "month"] = Field(description="What a row is the total of.")
    channel: Slug | None = Field(default=None, description="The channel that the whole feed is about, such as `phone`.")
    times_in: Literal["seconds", "minutes", "hours"] = Field(
        default="seconds", description="What its times are told in."
    )
    closed_on: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=(), description="Days of the week on which there is nothing to report; all others are due."
    )
    closed: tuple[date, ...] = Field(default=(), description="Single days, such as holidays, with nothing to report.")
    threshold: int = Field(
        default=11,
        ge=5,
        description="Contacts of a language and survey answers below it are `hidden`, others too where they would "
        "give one away.",
    )


class SourceFile(Declaration):
    """The whole of one `sources/<name>.toml`; the file's name is the source's id."""

    topic: Slug = Field(description="A topic of Hearthmap.")
    title: Text = Field(description="What the feed is called.")
    publisher: Text = Field(description="Who publishes it.")
    license: Text = Field(description="License, as an SPDX name where there is one.")
    url: str | None = Field(default=None, description="Where the agency describes it.")
    regime: Literal["events", "source"] = Field(
        default="events", description="`events`: records. `source`: already counted by area."
    )
    publish: bool = Field(default=True, description="False: counted privately only, never part of a release.")
    public_addresses: bool = Field(
        default=False,
        description="True, of an address file (`households`) that is public: the map's search finds its addresses. "
        "Their streets and house numbers are published with the place each lies in, under the file's license.",
    )
    cadence: Cadence = Field(description="How often the agency promises new data.")
    cron: Annotated[str, AfterValidator(checked_cron)] | None = Field(
        default=None, description="When `etl schedule` runs it: minute, hour, day of month, month, day of week."
    )
    time_zone: TimeZone | None = Field(default=None, description="Time zone of its dates; without it, the city's.")
    covers: Span = Field(description="The days it speaks for.")
    connector: Connector = Field(description="How it is read.")
    refresh: Refresh = Field(default=Refresh(), description="How it is kept up to date.")
    withdrawals: Withdrawals | None = Field(default=None, description="A list of records that are taken back.")
    keep_snapshots_days: int | None = Field(
        default=None, ge=0, description="Days for which what was received is kept; without it, the city's."
    )
    rows: tuple[RowFilter, ...] = Field(default=(), description="Which rows are records; without it, all.")
    fields: dict[str, FieldDeclaration] = Field(default={}, description="The allow-list: field of the topic to column.")
    dates: Dates = Field(default=Dates(), description="How dates are written.")
    location: Location = Field(default=Location(), description="How places are written.")
    categories: dict[Slug, Codes] = Field(default={}, description="Plain-language group to the source's codes.")
    groups: dict[Slug, GroupDeclaration] = Field(
        default={}, description="Groups instead of the topic's own, at most 20."
    )
    values: dict[Slug, dict[Text, Codes]] = Field(
        default={}, description="Field to canonical value to the source's codes."
    )
    limits: Limits = Field(default=Limits(), description="Quality gates.")
    counted: Counted | None = Field(default=None, description="Counts by area, for regime `source`.")
    totals: Totals | None = Field(default=None, description="Totals of days, weeks or months, for regime `source`.")
