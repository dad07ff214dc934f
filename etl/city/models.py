"""What `city.toml` may say. Every field's description is its documentation."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from layers.policy import ZONE0_HOMES, ZONE1_HOMES, ZONE2_HOMES

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MAIL_ADDRESS = r"^[^@\s]+@[^@\s]+$"
SECRET_NAME = r"^[A-Z][A-Z0-9_]*$"
SLUG = r"^[a-z][a-z0-9_]*$"
AREA_ROLES = ("district", "neighborhood")
PARTNER_TERMS = (
    "For planning, outreach and help. No onward release, neither of the files nor of figures from them. "
    "Not for tenant screening, enforcement, lending or solicitation."
)


class Declaration(BaseModel):
    """The base of everything that a city folder declares: immutable, and unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not a time zone of the IANA list, such as America/New_York")
    return name


def _known_crs(text: str) -> str:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        CRS.from_user_input(text)
    except CRSError:
        raise ValueError("not a coordinate system that PROJ knows, such as EPSG:4326") from None
    return text


Slug = Annotated[str, Field(pattern=SLUG)]
Text = Annotated[str, Field(min_length=1)]
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
Crs = Annotated[str, AfterValidator(_known_crs)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Point(Declaration):
    """A place on the map, in degrees (WGS 84)."""

    lat: Latitude = Field(description="Latitude, degrees north.")
    lng: Longitude = Field(description="Longitude, degrees east; negative in the Americas.")


class Bounds(Declaration):
    """A frame around the city, in degrees (WGS 84)."""

    south: Latitude = Field(description="Southern edge.")
    west: Longitude = Field(description="Western edge.")
    north: Latitude = Field(description="Northern edge.")
    east: Longitude = Field(description="Eastern edge.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.south >= self.north or self.west >= self.east:
            raise ValueError("south must be less than north, and west less than east")
        return self


class CitySettings(Declaration):
    """The city itself."""

    id: Slug = Field(description="Short name for folders, for good: lower case letters, digits, underscore.")
    name: Text = Field(description="The name that pages show.")
    time_zone: TimeZone = Field(description="IANA time zone; every day, month and year is the city's.")
    languages: tuple[Text, ...] = Field(
        default=("en",), min_length=1, description="Languages of the pages, first one first."
    )
    center: Point = Field(description="Where maps open.")
    zoom: float = Field(default=10.5, ge=0, le=20, description="The zoom at which maps open.")
    bounds: Bounds | None = Field(default=None, description="The frame of the map; without it, that of the areas.")
    as_of: date | None = Field(
        default=None, description="A clock that stands still, for a demonstration or archive city."
    )
    atom_resolution: int = Field(
        default=9, ge=9, le=10, description="H3 resolution of the atoms of protected topics: 9, or 10 in a dense city."
    )
    keep_snapshots_days: int = Field(
        default=30, ge=0, description="So many days after it was last received, what an agency sent is removed."
    )


class Contact(Declaration):
    """Who to call; the portal shows it beside what it helps with."""

    title: Text = Field(description="Whom one reaches.")
    phone: str | None = Field(default=None, description="Telephone number as people dial it.")
    url: str | None = Field(default=None, description="Web address.")
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = Field(
        default=None, description="E-mail address; the catalog for machines names the first one."
    )
    text: str = Field(default="", description="What help there is, in a few words.")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not self.phone and not self.url and not self.email:
            raise ValueError("a contact needs a phone, a url or an email")
        return self


class Event(Declaration):
    """Something that happened in the city and explains a bend in a trend."""

    title: Text = Field(description="Its name, short enough for a marker on a chart.")
    from_: date = Field(alias="from", description="First day.")
    to: date | None = Field(default=None, description="Last day; without it the event is one day.")
    text: str = Field(default="", description="One sentence about it.")
    topics: tuple[Slug, ...] = Field(default=(), description="Topics whose trends it marks; without it, all.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to is not None and self.to < self.from_:
            raise ValueError("`to` lies before `from`")
        return self


class Income(Declaration):
    """Median household income of each area, from a published census table: what finds similar places beside tenure and
    density. A figure about areas, never one made of household records."""

    path: Text = Field(description="CSV file with a head, one row an area, relative to the city folder.")
    id_field: Text = Field(default="GEOID", description="Column with the area's id, as in the boundary file.")
    value_field: Text = Field(
        default="B19013_001E",
        description="Column with the amount in dollars. Blank, or what is no plain amount (`250,000+`): no figure.",
    )
    year: int = Field(ge=1990, le=2100, description="Year of the figures; of a survey of five years the last.")
    source: Text = Field(
        description="Where they are from, such as `American Community Survey 2020–2024, table B19013`."
    )


class AreaDeclaration(Declaration):
    """A kind of area and the file with its boundaries."""

    kind: Slug = Field(
        description="`district` and `neighborhood` hold the zones; also `zip`, `tract` or any other word."
    )
    title: Text = Field(description="What one of them is called.")
    plural: Text = Field(description="What several are called.")
    path: Text = Field(
        description="Boundary file, relative to the city folder; any format GDAL reads, also .gz and .zip."
    )
    layer: str | None = Field(default=None, description="Layer, where the file has several.")
    crs: Crs | None = Field(default=None, description="Coordinate system, where the file states none or a wrong one.")
    id_field: Text = Field(description="Column with the id.")
    name_field: str | None = Field(default=None, description="Column with the name.")
    name_format: str | None = Field(default=None, description="Name made from the id, such as `District {id}`.")
    valid_from: date = Field(description="First day on which these boundaries hold; their vintage.")
    valid_to: date | None = Field(default=None, description="Last day on which they hold; without it, still.")
    source: str = Field(default="", description="Who drew them.")
    lines_of: Slug | None = Field(
        default=None,
        description="Kind of which these are other lines, of before or to come, such as `district`: what concerns no "
        "home is counted in both, what concerns homes never is.",
    )

    income: Income | None = Field(
        default=None, description="Median household income of these areas: `[areas.income]` below the entry."
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("`valid_to` lies before `valid_from`")
        if self.name_format is not None and "{id}" not in self.name_format:
            raise ValueError("`name_format` must hold {id}")
        return self


class Streets(Declaration):
    """The city's street centerlines with the house numbers of either side, as the Census Bureau's TIGER files have."""

    path: Text = Field(description="File with the lines, relative to the city folder; any format GDAL reads.")
    layer: str | None = Field(default=None, description="Layer, where the file has several.")
    crs: Crs | None = Field(default=None, description="Coordinate system, where the file states none or a wrong one.")
    name_fields: tuple[Text, ...] = Field(
        default=("FULLNAME",), min_length=1, description="Columns that make up the street's name, in their order."
    )
    left_from: Text = Field(default="LFROMADD", description="Column with the first house number on the left.")
    left_to: Text = Field(default="LTOADD", description="Column with the last house number on the left.")
    right_from: Text = Field(default="RFROMADD", description="Column with the first house number on the right.")
    right_to: Text = Field(default="RTOADD", description="Column with the last house number on the right.")
    left_zip: str | None = Field(default="ZIPL", description="Column with the ZIP code on the left, if any.")
    right_zip: str | None = Field(default="ZIPR", description="Column with the ZIP code on the right, if any.")


class Geocoder(Declaration):
    """An outside service that is asked for addresses which nothing of the city's own places. Without it there is none.

    The addresses leave the house: the service learns that something is recorded there, though not what.
    """

    url: Text = Field(
        default="https://geocoding.geo.census.gov/geocoder/locations/addressbatch",
        description="Address of the batch service of the Census Bureau, or of one that speaks like it.",
    )
    benchmark: Text = Field(default="Public_AR_Current", description="Which of the service's address files is used.")
    city: Text = Field(description="City that is written behind every street.")
    state: Text = Field(description="State that is written behind every street.")
    topics: tuple[Slug, ...] = Field(min_length=1, description="Topics whose addresses may be sent.")
    approved_by: str = Field(default="", description="Who answers for it; needed for protected topics.")
    reason: str = Field(default="", description="Why; needed for protected topics.")


class ZoneSizes(Declaration):
    """The fewest homes of a zone. Zones are one partition for all protected topics and both tiers."""

    zone0_homes: int = Field(default=ZONE0_HOMES, ge=ZONE0_HOMES, description="Of a small zone, which partners get.")
    zone1_homes: int = Field(default=ZONE1_HOMES, ge=ZONE1_HOMES, description="Of a zone.")
    zone2_homes: int = Field(
        default=ZONE2_HOMES, ge=ZONE2_HOMES, le=2000, description="Of a large zone; a large city may ask for 2,000."
    )

    @model_validator(mode="after")
    def _nested(self) -> Self:
        if not self.zone0_homes <= self.zone1_homes <= self.zone2_homes:
            raise ValueError("zone0_homes must not exceed zone1_homes, nor zone1_homes exceed zone2_homes")
        return self


class ClosingDays(Declaration):
    """How many days after its end a period is measured, once and for ever. What comes later is not in it."""

    month: int | None = Field(default=None, ge=0, description="Of a month.")
    quarter: int | None = Field(default=None, ge=0, description="Of a quarter; no fewer than of a month.")
    year: int | None = Field(default=None, ge=0, description="Of a year; no fewer than of a quarter.")


class PolicyOverride(Declaration):
    """What a city decides otherwise than the default policy of a protected topic, for the public or for partners."""

    floor: int | None = Field(default=None, ge=1, description="Protected figures below it are shown as `hidden`.")
    rho: float | None = Field(
        default=None, gt=0, le=10, description="Privacy budget of one home and calendar year (zCDP)."
    )
    month_cap: int | None = Field(
        default=None, ge=1, le=12, description="In how many months of a year one home may be counted."
    )
    high_share: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="From this share of a small place's homes on, a figure says too much of each; 1 refuses none.",
    )
    closing_days: ClosingDays | None = Field(default=None, description="When a period is measured.")
    mode: Literal["measured", "exact"] = Field(
        default="measured",
        description="`exact` publishes true counts above a threshold instead of measured ones; see docs/exact-mode.md.",
    )
    threshold: int | None = Field(
        default=None, ge=5, description="In mode `exact`: counts below it are hidden, zero too; 11 unless declared."
    )
    reason: str = Field(default="", description="Why; needed where homes are protected less than by default.")
    approved_by: str = Field(default="", description="Who answers for it; needed with `reason`. Published.")

    @property
    def exact(self) -> bool:
        """Whether the owner chose exact mode."""
        return self.mode == "exact"

    def numbers(self) -> dict[str, Any]:
        """What is declared, as `layers.policy.policy_for` takes it."""
        return self.model_dump(exclude_none=True, exclude={"mode", "threshold", "reason", "approved_by"})


class ExactReview(Declaration):
    """Who found that the exact figures of a topic concern no home. Needed by every topic that has any; published."""

    reviewed_by: Text = Field(description="The person or office that answers for it.")
    reviewed_on: date = Field(description="The day of the review.")
    reason: str = Field(default="", description="Why the figures may be exact; without it, the topic's own reason.")
    categories: tuple[Slug, ...] = Field(
        default=(),
        description="Of service_requests: every group that was reviewed as a place type. Another one is refused.",
    )


class Partner(Declaration):
    """The housing agencies that get the partner tier, under a signed agreement. Without it there is no such tier."""

    audience: tuple[Text, ...] = Field(
        min_length=1, description="The agencies that signed; every partner release names them."
    )
    agreement: Text = Field(description="Title and reference of the signed agreement.")
    expires: date = Field(description="Last day of the agreement; after it nothing is measured for partners.")
    terms: Text = Field(default=PARTNER_TERMS, description="What the agencies agreed to, in sentences.")
    policy: dict[Slug, PolicyOverride] = Field(
        default={}, description="Overrides of the partner tier by protected topic: `[partner.policy.TOPIC]`."
    )


class MailAlerts(Declaration):
    """Alerts by e-mail. They hold no number about records: mail is not private."""

    to: tuple[Annotated[str, Field(pattern=MAIL_ADDRESS)], ...] = Field(min_length=1, description="Who gets them.")
    sender: Annotated[str, Field(pattern=MAIL_ADDRESS)] = Field(description="Address they come from.")
    host: Text = Field(description="Mail server (SMTP).")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="`starttls` or `tls`, with a certificate that this machine trusts; `none` only for a server on "
        "this machine.",
    )
    user: str | None = Field(default=None, description="Whom to sign in as; without it nobody signs in.")
    secret: Annotated[str, Field(pattern=SECRET_NAME)] | None = Field(
        default=None,
        description="Environment variable that holds the password; `<name>_FILE` may name a file instead.",
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.user is None) != (self.secret is None):
            raise ValueError("`user` and `secret` go together")
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError('security = "none" is for a mail server on this machine only')
        return self


class WebhookAlerts(Declaration):
    """Alerts as a signed JSON POST."""

    url: Annotated[str, Field(pattern=r"^https?://")] = Field(
        description="Address; https, unless it is on this machine."
    )
    secret: Annotated[str, Field(pattern=SECRET_NAME)] = Field(
        description="Environment variable that holds the key of the signature; `<name>_FILE` may name a file instead."
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.url.startswith("http://") and urlsplit(self.url).hostname not in LOOPBACK:
            raise ValueError("`url` must be https, unless it is on this machine")
        return self


class Alerts(Declaration):
    """Whom the schedule tells that a topic is late, failed or held, and when that is over."""

    mail: MailAlerts | None = Field(default=None, description="By e-mail: `[alerts.mail]`.")
    webhook: WebhookAlerts | None = Field(default=None, description="As a web hook: `[alerts.webhook]`.")
