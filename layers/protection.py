"""What a release says of its protection: noise, zones, readers, deviations and who answers for them."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """The base of everything in a manifest or certificate: immutable, and unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Deviation(Frozen):
    """Where a city decided otherwise than the default protection, and who answers for it."""

    what: str
    default: str
    declared: str
    reason: str = ""
    approved_by: str = ""


class YearZones(Frozen):
    """The partition of one calendar year."""

    year: int
    version: str
    sha256: str
    zones: int
    smallest_homes: int
    """Homes of the smallest finest zone."""


class Edition(Frozen):
    """A second measurement of the same table, booked by a person for a genuine error."""

    table: str
    period: date
    edition: int
    reason: str
    booked_by: str
    booked_on: date


class Protection(Frozen):
    """What protected a topic: printed on its pages."""

    tier: str
    rho: float | None
    """Null in exact mode, like epsilon: there nothing bounds what can be learned."""
    epsilon: float | None
    delta: float
    floor: int
    month_cap: int
    zone0_homes: int | None = None
    """Of the partner tier's finest zones; null in public, which has none."""
    zone1_homes: int
    zone2_homes: int
    zones_version: str
    zones_sha256: str
    homes_exactly_assigned: float
    """Share of homes whose own neighborhood and district are those of their atom."""
    publishable: bool = True
    """False where a seed was used: such a release exists in tests only."""
    mode: str = "measured"
    """`measured` (noise, once) or `exact` (declared by the owner: roll-up and threshold, audited)."""
    zones_by_year: tuple[YearZones, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    editions: tuple[Edition, ...] = ()


class Access(Frozen):
    """Who may read a release of the partner tier, on which terms, and until when."""

    audience: tuple[str, ...]
    agreement: str
    terms: str
    expires: date


class Exactness(Frozen):
    """Why figures of a topic are exact: a reviewed declaration."""

    reason: str
    reviewed_by: str
    reviewed_on: date
    categories: tuple[str, ...] = ()
    """The categories that are exact; empty where the topic has none."""


class Withdrawal(Frozen):
    """A release that was taken back: its id stays, its figures are gone from the pages."""

    topic: str
    release: str
    withdrawn_on: date
    reason: str
    content: str = ""
    """Hash of its rows and words, so that they are not published again under another name."""
