"""What an attack says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from layers.period import Grain, period_label


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an intruder learned, named by published words alone: release, measure, place, period."""

    attack: str
    tier: str
    topic: str
    release: str
    where: str
    """The published key, such as `homes_filed, zone1 8944ce00007ffff, 2025`."""
    learned: str
    """What it gives away, in a sentence."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attack on everything published: how many figures it tried, what it found, how far it got."""

    attack: str
    title: str
    tried: int
    findings: tuple[Finding, ...]
    best: str
    """The best that it achieved, in a sentence that a certificate can print."""


def findings(attack: str, rows: pl.DataFrame) -> tuple[Finding, ...]:
    """One finding for each row of a frame with `tier`, `topic`, `release`, the key of a figure, and `learned`.

    What the frame has no column for, or no value, is left out of `where`.
    """
    return tuple(
        Finding(attack, row["tier"], row["topic"], row["release"], where(row), row["learned"])
        for row in rows.iter_rows(named=True)
    )


def where(row: Mapping[str, object]) -> str:
    """A published key in words, such as `homes_filed, zone1 8944ce00007ffff, 2025`."""
    category, geography, unit = row.get("category"), row.get("geography"), row.get("unit")
    place = geography if unit in (None, geography) else f"{geography} {unit}"
    parts = [row.get("measure"), None if category == "all" else category, place, _when(row)]
    return ", ".join(str(part) for part in parts if part is not None)


def _when(row: Mapping[str, object]) -> str | None:
    period, grain = row.get("period"), row.get("grain")
    if not isinstance(period, date):
        return None if grain is None else str(grain)
    if grain not in set(Grain):
        return f"{grain} from {period}"
    return period_label(period, Grain(str(grain)))
