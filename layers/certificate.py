"""The certificate of a release: what was tried against it before it was published, and what protects it.

`certificate.json` beside the release's files, signed by `certificate.sig` (layers.signature). It never states anything
exact about a protected feed: every number follows from the published files, the policy and the calendar.
"""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError, model_validator

from layers.period import Grain
from layers.protection import Deviation, Edition, Exactness, Frozen, YearZones
from layers.signature import KeyProblem, is_signed_by, public_key

CERTIFICATE, SIGNATURE = "certificate.json", "certificate.sig"


class Tried(Frozen):
    """One attack and what came of it."""

    attack: str
    title: str
    figures: int
    """How many figures it tried."""
    findings: int
    best: str
    """The best that it achieved, in a sentence."""


class Attacked(Frozen):
    """Which releases were attacked together: everything ever published of these topics in a tier."""

    tier: str
    topics: tuple[str, ...]
    releases: int


class Audited(Frozen):
    """The audit that this release passed."""

    attacks: tuple[Tried, ...]
    together_with: tuple[Attacked, ...]
    figures: int
    """Tried by all attacks together."""
    findings: int
    seconds: float


class MeasuredTable(Frozen):
    """One table of the ladder as it was measured, from the ledger."""

    table: str
    sigma: float
    """Scale of the noise of each figure, in homes."""
    rho: float
    """What one measured period costs a home that is counted in it."""
    periods_of_a_home: int
    """In how many periods of a year a home is counted at most."""
    rho_per_year: float
    """What a calendar year of the table costs a home at most."""
    periods: int
    """How many periods were measured so far."""
    first: date
    last: date


class Loss(Frozen):
    """What a home's year has cost, or may cost at most, and what that means for a guess."""

    topic: str
    """A topic, or `all`."""
    tier: str
    """A tier, or `all`."""
    year: int | None
    """A calendar year. Null in `limits`, where it stands for any one year, and in sums over all years."""
    rho: float
    epsilon: float
    delta: float
    best_guess: float
    """How often someone who knows every other record can be right about one home, prior 50/50."""


class OverCap(Frozen):
    """How many of a year's homes had more active months than are counted."""

    year: int
    percent: float | None
    """Of the homes with any event, measured with noise; null for too few homes."""


class Margin(Frozen):
    """How sure the figures of one level are."""

    measure: str
    geography: str
    grain: Grain
    figures: int
    """Closed figures of all categories together: shown or too few to show."""
    shown: int
    margin: float | None
    """Median half-width of the 90 % ranges of the figures shown; null where none is."""


class Certificate(Frozen):
    """certificate.json. Only a release that passed has one."""

    format: int = 2
    verdict: Literal["PASS"] = "PASS"
    topic: str
    tier: str
    release: str
    made_at: datetime
    key: str
    """Id of the key that signed it: `keys/<key>.pem` of the store."""
    code_version: str
    protected: bool
    """Whether any figure concerns homes."""
    rows: int
    """Rows of counts.parquet."""
    files: Mapping[str, str]
    """Name and sha256 of every file of the release but the certificate, its signature and the manifest."""
    manifest_sha256: str
    """Of what the manifest says, apart from what publishing adds (`layers.store.publisher.said_digest`)."""
    audit: Audited
    mode: str | None = None
    """`measured` or `exact` (declared by the owner); null where nothing concerns homes."""
    floor: int | None = None
    month_cap: int | None = None
    smallest_zone_homes: int | None = None
    zones: tuple[YearZones, ...] = ()
    measured: tuple[MeasuredTable, ...] = ()
    spent: tuple[Loss, ...] = ()
    """Running totals of the city's ledger: by topic, tier and year, and over all topics and tiers."""
    limits: tuple[Loss, ...] = ()
    """The most that a calendar year may ever cost: of this topic, of all public topics, of all topics and tiers."""
    over_cap: tuple[OverCap, ...] = ()
    """What bounding dropped."""
    margins: tuple[Margin, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    editions: tuple[Edition, ...] = ()
    exactness: Exactness | None = None

    @model_validator(mode="after")
    def _passes(self) -> "Certificate":
        if self.audit.findings or any(tried.findings for tried in self.audit.attacks):
            raise ValueError("an audit with findings has no certificate")
        return self


def read_certificate(folder: Path) -> Certificate | None:
    """The certificate of a release folder; None where there is none, or none of this format."""
    try:
        return Certificate.model_validate_json((folder / CERTIFICATE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def signature_problem(store: Path, folder: Path) -> str | None:
    """What is wrong with the signature of a release folder, in a sentence; None where it holds."""
    certificate = read_certificate(folder)
    if certificate is None:
        return "there is no certificate"
    try:
        content, signature = (folder / CERTIFICATE).read_bytes(), (folder / SIGNATURE).read_bytes()
        key = public_key(store, certificate.key)
    except FileNotFoundError:
        return "the certificate is not signed"
    except KeyProblem as problem:
        return str(problem)
    if not is_signed_by(key, content, signature):
        return "the signature does not belong to the certificate"
    return None
