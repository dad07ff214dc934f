"""What protects a topic, what is published of it and what that costs: pure declarations, checked when they are made.

Everything published is a sum of tables that the ladder measures.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from statistics import NormalDist
from typing import Any

from layers.ladder import ALL, GEOGRAPHIES, Dimension, Family, LadderTable, PolicyError, PublishedTable
from layers.period import Grain, closes_on

__all__ = [
    "ALL",
    "GEOGRAPHIES",
    "DisclosurePolicy",
    "Family",
    "LadderTable",
    "PolicyError",
    "PublishedTable",
    "policy_for",
]

DELTA = 1e-6
"""The delta at which epsilon is stated."""

HIGH_SHARE = 0.90
"""Of the homes of a small place: what a figure may at most prove to have happened to them."""

_TOLERANCE = 1e-9


class Tier(StrEnum):
    """Who reads it: everybody, or signed-in housing agencies."""

    PUBLIC = "public"
    PARTNER = "partner"


CATEGORY_GEOGRAPHIES: dict[Tier, tuple[str, ...]] = {
    Tier.PUBLIC: ("district", "city"),
    Tier.PARTNER: ("zone2", "neighborhood", "district", "city"),
}
"""Where the categories of a protected topic are published, if the ladder tells them apart there; nowhere else."""


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """The whole protection of one topic for one tier. Making one that does not add up raises PolicyError."""

    topic: str
    tier: Tier
    rho: float
    reserve: float
    floor: int
    month_cap: int
    zone0_homes: int
    zone1_homes: int
    zone2_homes: int
    closing_days: tuple[tuple[Grain, int], ...]
    families: tuple[Family, ...]
    ladder: tuple[LadderTable, ...]
    published: tuple[PublishedTable, ...]
    high_share: float = HIGH_SHARE
    """From this share on, a figure says of everybody in a small place that it happened to them; 1 never refuses one."""

    def __post_init__(self) -> None:
        _refuse_odd_numbers(self)
        _refuse_overspending(self)
        _refuse_underestimated_sensitivity(self)
        _refuse_undeclared_words(self)
        _refuse_unmeasured(self)

    def family(self, name: str) -> Family:
        return next(family for family in self.families if family.name == name)

    def tables(self, family: str, grain: Grain) -> tuple[LadderTable, ...]:
        """The measured tables that are reconciled with each other."""
        return tuple(table for table in self.ladder if (table.family, table.grain) == (family, grain))

    def days_to_close(self, grain: Grain) -> int:
        return dict(self.closing_days)[grain]

    def closes(self, start: date, grain: Grain) -> date:
        """The day from which the period may be measured."""
        return closes_on(start, grain, self.days_to_close(grain))

    def periods_of_a_home(self, grain: Grain) -> int:
        """In how many periods of a year one home may be counted: also the squared sensitivity of a year of tables."""
        return {Grain.MONTH: self.month_cap, Grain.QUARTER: 4, Grain.YEAR: 1}[grain]

    def geographies(self, measure: str, grain: Grain) -> tuple[str, ...]:
        """Where the measure is published in this grain, fine to coarse."""
        found = {p.geography for p in self.published if (p.measure, p.grain) == (measure, grain)}
        return tuple(g for g in GEOGRAPHIES if g in found)


def day_fields(topic: str) -> tuple[str, ...]:
    """The fields whose day puts a home of this topic into a period; none where nothing is measured."""
    families = _families(topic, HOME_GROUPS) if topic in _DEFAULTS else ()
    return tuple(dict.fromkeys(family.day for family in families if family.day))


def best_guess(rho: float) -> float:
    """How often someone who knows every other record can be right about one home-year, prior 50/50, at total `rho`."""
    return NormalDist().cdf(math.sqrt(rho / 2))


# ---------------------------------------------------------------- the defaults

MONTH, QUARTER, YEAR = Grain.MONTH, Grain.QUARTER, Grain.YEAR

PUBLIC_GEOGRAPHIES: dict[Grain, tuple[str, ...]] = {
    MONTH: ("neighborhood", "district", "city"),
    QUARTER: ("zone2", "neighborhood", "district", "city"),
    YEAR: ("zone1", "zone2", "neighborhood", "district", "city"),
}
"""Fine space or fine time, never both."""

PARTNER_GEOGRAPHIES: dict[Grain, tuple[str, ...]] = {
    MONTH: GEOGRAPHIES[2:],
    QUARTER: GEOGRAPHIES[1:],
    YEAR: GEOGRAPHIES,
}
OTHER = "other"
PLACED, OVER_CAP, NOT_PLACED = "placed", "over_cap", "not_placed"
QUALITY = Family("quality", "", "", (Dimension("placed", (PLACED, OVER_CAP, NOT_PLACED)),), "declared")
"""The side figures: homes that could be placed in a zone, and of those the ones active in more months than are counted,
out of all. A home is in exactly one of them a year. Published once a year, in whole percents."""

_OUTCOME = Dimension("outcome", ("default", "appeared_dismissed", "settled", "judgment", OTHER), "outcome")
_LAWYER = Dimension("represented", ("with_lawyer", "without_lawyer"), "represented")
_FOLLOWED = Dimension("outcome", ("disconnected", "restored", "arranged", "paid", OTHER), "outcome")
HOME_GROUPS: tuple[str, ...] = ("heat_and_hot_water", "housing_code", "noise_at_home", "bulky_items")


@dataclass(frozen=True, slots=True)
class _Default:
    rho: float
    floor: int
    month_cap: int


_DEFAULTS: dict[str, _Default] = {
    "evictions": _Default(rho=1.0, floor=5, month_cap=4),
    "shutoffs": _Default(rho=0.5, floor=11, month_cap=4),
    "service_requests": _Default(rho=0.5, floor=5, month_cap=6),
}
PROTECTED_TOPICS: tuple[str, ...] = tuple(_DEFAULTS)
PARTNER_RHO = 1.0
"""What partners' figures may cost a home's year, on top of what the public's cost it."""
RESERVE = 0.10
ZONE0_HOMES, ZONE1_HOMES, ZONE2_HOMES = 30, 100, 500
"""The fewest homes of a zone; a city may ask for more. `zone0` is the finest zone of the partner tier."""
_CLOSING: dict[Tier, dict[Grain, int]] = {
    Tier.PUBLIC: {MONTH: 30, QUARTER: 45, YEAR: 90},
    Tier.PARTNER: {MONTH: 5, QUARTER: 15, YEAR: 30},
}
"""Whatever reaches the city later is in no figure of that period, so the longer a period, the longer it stays open."""
OVERRIDES: tuple[str, ...] = (
    "floor", "rho", "month_cap", "zone0_homes", "zone1_homes", "zone2_homes", "closing_days", "high_share",
)  # fmt: skip
"""What a city may declare otherwise."""


def policy_for(
    topic: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    tier: Tier | str = Tier.PUBLIC,
    home_groups: Iterable[str] | None = None,
) -> DisclosurePolicy:
    """The policy of a protected topic: the defaults, and what the city declares otherwise.

    `overrides` may hold the keys of OVERRIDES (`closing_days` by grain); None values mean the default.
    `home_groups` are the home-type categories of service requests, where a city redefines them.
    Raises PolicyError for a topic that is not protected, an unknown key, or a policy that does not add up.
    """
    if topic not in _DEFAULTS:
        raise PolicyError(f"topic {topic} has no protection policy; protected are {', '.join(PROTECTED_TOPICS)}")
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    unknown = sorted(set(given) - set(OVERRIDES))
    if unknown:
        raise PolicyError(f"unknown key {', '.join(unknown)}; a policy may set {', '.join(OVERRIDES)}")
    tier, default = Tier(tier), _DEFAULTS[topic]
    cap = int(given.get("month_cap", default.month_cap))
    families = _families(topic, tuple(home_groups or HOME_GROUPS))
    ladder = _ladder(topic, tier, cap)
    return DisclosurePolicy(
        topic=topic,
        tier=tier,
        rho=float(given.get("rho", default.rho if tier is Tier.PUBLIC else PARTNER_RHO)),
        reserve=RESERVE,
        floor=int(given.get("floor", default.floor)),
        month_cap=cap,
        high_share=float(given.get("high_share", HIGH_SHARE)),
        zone0_homes=int(given.get("zone0_homes", ZONE0_HOMES)),
        zone1_homes=int(given.get("zone1_homes", ZONE1_HOMES)),
        zone2_homes=int(given.get("zone2_homes", ZONE2_HOMES)),
        closing_days=_closing_days(tier, given.get("closing_days", {})),
        families=families,
        ladder=ladder,
        published=_published(families, ladder, tier),
    )


def collected(policy: DisclosurePolicy, fields: Collection[str]) -> DisclosurePolicy:
    """The policy for a city whose sources fill only these canonical fields.

    A family without its day is not measured, a table does not tell homes apart by a field that nobody fills, and
    nothing is published that would rest on either: what is not collected never looks like "none".
    """
    ladder = tuple(
        replace(table, by=tuple(name for name in table.by if _is_filled(policy.family(table.family), name, fields)))
        for table in policy.ladder
        if not policy.family(table.family).day or policy.family(table.family).day in fields
    )
    published = tuple(p for p in policy.published if _is_measured(p, policy.families, ladder))
    return replace(policy, ladder=ladder, published=published)


def _is_filled(family: Family, dimension: str, fields: Collection[str]) -> bool:
    field = next(d.field for d in family.dimensions if d.name == dimension)
    return not field or field in fields


def _closing_days(tier: Tier, given: Mapping[Any, int]) -> tuple[tuple[Grain, int], ...]:
    days = _CLOSING[tier] | {Grain(grain): int(value) for grain, value in given.items()}
    return tuple((grain, days[grain]) for grain in (MONTH, QUARTER, YEAR))


def _families(topic: str, home_groups: tuple[str, ...]) -> tuple[Family, ...]:
    match topic:
        case "evictions":
            return (
                Family("filings", "homes_filed", "filed"),
                Family("dispositions", "homes_disposed", "disposition", (_OUTCOME, _LAWYER)),
                QUALITY,
            )
        case "shutoffs":
            return (Family("scheduled", "homes_scheduled", "scheduled", (_FOLLOWED,), "declared"), QUALITY)
        case _:
            return (Family("homes", "homes", "created", (Dimension("group", home_groups, "category"),)), QUALITY)


def _ladder(topic: str, tier: Tier, cap: int) -> tuple[LadderTable, ...]:
    if tier is Tier.PARTNER:
        return _partner_ladder(topic, cap)
    if topic == "evictions":
        return (
            LadderTable("filings", MONTH, "neighborhood", (), 0.26, cap),
            LadderTable("filings", MONTH, "district", (), 0.06, cap),
            LadderTable("filings", QUARTER, "zone2", (), 0.19, 4),
            LadderTable("filings", QUARTER, "district", (), 0.02, 4),
            LadderTable("filings", YEAR, "zone1", (), 0.20, 1),
            LadderTable("filings", YEAR, "district", (), 0.02, 1),
            LadderTable("dispositions", QUARTER, "district", ("outcome",), 0.06, 4),
            LadderTable("dispositions", YEAR, "district", ("outcome", "represented"), 0.07, 1),
            LadderTable("quality", YEAR, "city", ("placed",), 0.02, 1),
        )
    family, category = ("scheduled", "outcome") if topic == "shutoffs" else ("homes", "group")
    return (
        LadderTable(family, MONTH, "neighborhood", (), 0.30, cap),
        LadderTable(family, MONTH, "district", (category,), 0.14, cap),
        LadderTable(family, QUARTER, "zone2", (), 0.20, 4),
        LadderTable(family, QUARTER, "district", (), 0.03, 4),
        LadderTable(family, YEAR, "zone1", (), 0.18, 1),
        LadderTable(family, YEAR, "district", (), 0.03, 1),
        LadderTable("quality", YEAR, "city", ("placed",), 0.02, 1),
    )


def _partner_ladder(topic: str, cap: int) -> tuple[LadderTable, ...]:
    family, by = {
        "evictions": ("filings", ()),
        "shutoffs": ("scheduled", ("outcome",)),
        "service_requests": ("homes", ("group",)),
    }[topic]
    return (
        LadderTable(family, MONTH, "zone2", by, 0.31, cap),
        LadderTable(family, MONTH, "district", (), 0.03, cap),
        LadderTable(family, QUARTER, "zone1", (), 0.27, 4),
        LadderTable(family, QUARTER, "district", (), 0.03, 4),
        LadderTable(family, YEAR, "zone0", (), 0.24, 1),
        LadderTable(family, YEAR, "district", (), 0.02, 1),
    )


def _published(families: tuple[Family, ...], ladder: tuple[LadderTable, ...], tier: Tier) -> tuple[PublishedTable, ...]:
    geographies = PUBLIC_GEOGRAPHIES if tier is Tier.PUBLIC else PARTNER_GEOGRAPHIES
    wanted = (
        PublishedTable(family.measure, grain, geography, categories)
        for family in families
        if family.measure
        for grain, places in geographies.items()
        for geography in places
        for categories in (False, True)
        if not categories or geography in CATEGORY_GEOGRAPHIES[tier]
    )
    return tuple(table for table in wanted if _is_measured(table, families, ladder))


def _is_measured(table: PublishedTable, families: tuple[Family, ...], ladder: tuple[LadderTable, ...]) -> bool:
    """Whether a measured table of its family and grain is at least as fine, and tells categories apart if need be."""
    names = {family.name for family in families if family.measure == table.measure}
    return any(
        measured.family in names
        and measured.grain is table.grain
        and GEOGRAPHIES.index(measured.geography) <= GEOGRAPHIES.index(table.geography)
        and (bool(measured.by) or not table.categories)
        for measured in ladder
    )


# ---------------------------------------------------------------- what a policy must keep


def _refuse_odd_numbers(policy: DisclosurePolicy) -> None:
    if not policy.rho > 0 or not math.isfinite(policy.rho):
        raise PolicyError("rho must be a number greater than 0")
    if policy.floor < 1:
        raise PolicyError("floor must be at least 1: protected topics never show a zero")
    if not 1 <= policy.month_cap <= 12:
        raise PolicyError("month_cap must lie between 1 and 12 months of a year")
    if not 0 < policy.high_share <= 1:
        raise PolicyError("high_share must be greater than 0 and at most 1")
    fewest = {"zone0_homes": ZONE0_HOMES, "zone1_homes": ZONE1_HOMES, "zone2_homes": ZONE2_HOMES}
    for name, least in fewest.items():
        if getattr(policy, name) < least:
            raise PolicyError(f"{name} must be at least {least}")
    if not policy.zone0_homes <= policy.zone1_homes <= policy.zone2_homes:
        raise PolicyError("zone1_homes must not be less than zone0_homes, nor zone2_homes less than zone1_homes")
    days = [days for _, days in policy.closing_days]
    if min(days) < 0:
        raise PolicyError("closing_days must not be negative: a period closes after it has ended")
    if days != sorted(days):
        raise PolicyError("closing_days must not fall from month to quarter to year: a year waits for its months")


def _refuse_overspending(policy: DisclosurePolicy) -> None:
    if not 0 <= policy.reserve < 1:
        raise PolicyError("reserve must lie between 0 and 1")
    if len({table.name for table in policy.ladder}) != len(policy.ladder):
        raise PolicyError("the ladder declares a table twice")
    total = math.fsum(table.share for table in policy.ladder) + policy.reserve
    if total > 1 + _TOLERANCE:
        raise PolicyError(f"the shares of the ladder and the reserve add up to {total:.4g}; they must not exceed 1")


def _refuse_underestimated_sensitivity(policy: DisclosurePolicy) -> None:
    for table in policy.ladder:
        needed = policy.periods_of_a_home(table.grain)
        if table.squared_sensitivity < needed:
            raise PolicyError(
                f"table {table.name}: one home can change it by {needed}; squared_sensitivity is too small"
            )


def _refuse_undeclared_words(policy: DisclosurePolicy) -> None:
    known = {family.name: {d.name for d in family.dimensions} for family in policy.families}
    for table in policy.ladder:
        if table.family not in known or not set(table.by) <= known[table.family]:
            raise PolicyError(f"table {table.name}: its family or one of its dimensions is not declared")


def _refuse_unmeasured(policy: DisclosurePolicy) -> None:
    for table in policy.published:
        places = CATEGORY_GEOGRAPHIES[policy.tier]
        if table.categories and table.geography not in places:
            raise PolicyError(f"{table.measure}: categories are published for {' and '.join(places)} only")
        if not _is_measured(table, policy.families, policy.ladder):
            place = f"{table.measure} by {table.grain.value} and {table.geography}"
            raise PolicyError(f"{place} is published but no table of the ladder measures it")
