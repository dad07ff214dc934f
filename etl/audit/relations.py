"""What any reader knows about how published figures depend on each other, from their keys and the zones file alone.

A place is the sum of its parts, a category of its crossings, everything of its categories. A home that counted in a
month counts in its quarter and year: a longer period holds at least each of its parts, and at most their sum.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from etl.audit.intervals import MANY, Floats, Knowledge
from layers.ladder import ALL, GEOGRAPHIES
from layers.period import Grain, next_period, period_range

CITY = "city"
_PIECE = "piece"
_LONGER = (Grain.YEAR, Grain.QUARTER, Grain.MONTH)
_Nest = tuple[str, str, tuple[tuple[str, str], ...]]


Adding = Literal["equal", "at_most", "free"]
"""How categories add up to their whole: exactly, to no more (some are not told apart), or in no way (they overlap)."""
ADDING: tuple[Adding, ...] = ("equal", "at_most", "free")
"""From the most that a reader may conclude to the least."""


class Figure(NamedTuple):
    """The key of one figure of a measure."""

    grain: str
    period: date
    geography: str
    unit: str
    category: str


class Sum(NamedTuple):
    """A figure and those that it is the sum of."""

    whole: Figure
    parts: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Web:
    """The figures of one measure and calendar year, and the rows of `Knowledge` that hold between them.

    The first `published` figures are those given; those behind them are never published (a neighborhood's piece).
    """

    figures: tuple[Figure, ...]
    published: int
    sums: sparse.csr_array
    order: sparse.csr_array

    @property
    def same(self) -> npt.NDArray[np.int32]:
        """A label for each figure: figures with one label are the same place, or category, by another name."""
        from scipy.sparse import csgraph  # slow to load, as in etl.audit.intervals

        alone = self.sums[np.flatnonzero(np.diff(self.sums.indptr) == 2)]
        labels: npt.NDArray[np.int32] = csgraph.connected_components(alone.T @ alone, directed=False)[1]
        return labels

    def known(self, low: Floats, high: Floats) -> Knowledge:
        """What is known with these bounds of the published figures; of the others only that they are not negative."""
        behind = len(self.figures) - self.published
        return Knowledge(
            np.append(low, np.zeros(behind)), np.append(high, np.full(behind, MANY)), self.sums, self.order
        )


def web_of(figures: Sequence[Figure], zones: pl.DataFrame | None, *, adding: Adding = "equal") -> Web:
    """The web between the figures of one measure and calendar year. `zones` names the levels that nest, if any do;
    `adding` says how categories add up."""
    keys: dict[Figure, int] = {figure: place for place, figure in enumerate(figures)}
    of_categories = list(_sums_of_categories(figures)) if adding != "free" else []
    sums = [*_sums_of_places(figures, zones), *(of_categories if adding == "equal" else ())]
    order = list(_order_of_periods(figures))
    if adding == "at_most":
        order += [[(s.whole, -1.0), *((p, 1.0) for p in s.parts if p in keys)] for s in of_categories]
    for each in sums:
        for figure in (each.whole, *each.parts):
            keys.setdefault(figure, len(keys))
    return Web(
        tuple(keys),
        len(figures),
        _matrix([[(keys[s.whole], 1.0), *((keys[p], -1.0) for p in s.parts)] for s in sums], len(keys)),
        _matrix([[(keys[figure], sign) for figure, sign in row] for row in order], len(keys)),
    )


# ---------------------------------------------------------------- places


def _sums_of_places(figures: Sequence[Figure], zones: pl.DataFrame | None) -> Iterable[Sum]:
    units: dict[tuple[str, date, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for f in figures:
        units[f.grain, f.period, f.category][f.geography].append(f.unit)
    nests: dict[tuple[tuple[str, tuple[str, ...]], ...], list[_Nest]] = {}
    for (grain, period, category), places in units.items():
        shape = tuple(sorted((geography, tuple(sorted(here))) for geography, here in places.items()))
        if shape not in nests:
            nests[shape] = list(nesting(dict(shape), zones))
        for coarse, unit, parts in nests[shape]:
            whole = Figure(grain, period, coarse, unit, category)
            yield Sum(whole, tuple(Figure(grain, period, fine, part, category) for fine, part in parts))


def nesting(units: Mapping[str, Sequence[str]], zones: pl.DataFrame | None) -> Iterable[_Nest]:
    """Geography and unit, and those that it is the sum of: the largest units that nest in it."""
    names = _with_pieces(zones) if zones is not None else pl.DataFrame()
    zoned = [g for g in (*GEOGRAPHIES[:3], _PIECE, *GEOGRAPHIES[3:5]) if g in units or g == _PIECE]
    if _PIECE in zoned and not {"neighborhood", "district"} <= set(units):
        zoned.remove(_PIECE)
    levels = [g for g in zoned if g in names.columns]
    others = [g for g in units if g not in levels and g != CITY]
    whole = _whole_neighborhoods(names) if _PIECE in levels else {}
    for place, coarse in enumerate(levels):
        for fine in reversed(levels[:place]):
            if names.group_by(fine).agg(pl.col(coarse).n_unique())[coarse].max() == 1:
                yield from _parts_of(names, coarse, fine, whole)
                break
    if CITY in units:
        tops = [*levels[-1:], *others]
        for top in tops:
            parts = names[top].unique().sort().to_list() if top in levels else units[top]
            yield CITY, CITY, tuple((top, part) for part in parts)


def _with_pieces(zones: pl.DataFrame) -> pl.DataFrame:
    levels = [g for g in GEOGRAPHIES if g in zones.columns]
    names = zones.select(pl.col(levels).cast(pl.String)).unique()
    if {"neighborhood", "district"} <= set(levels):
        names = names.with_columns(pl.concat_str("neighborhood", "district", separator="|").alias(_PIECE))
    return names


def _whole_neighborhoods(names: pl.DataFrame) -> dict[str, str]:
    """Pieces that are a whole neighborhood, so that its published figure is theirs."""
    pieces = names.select("neighborhood", _PIECE).unique().group_by("neighborhood").agg(_PIECE)
    return {here[0]: neighborhood for neighborhood, here in pieces.rows() if len(here) == 1}


def _parts_of(names: pl.DataFrame, coarse: str, fine: str, whole: Mapping[str, str]) -> Iterable[_Nest]:
    parts = names.select(coarse, fine).unique().sort(coarse, fine).group_by(coarse, maintain_order=True).agg(fine)
    for unit, here in parts.rows():
        if coarse == _PIECE and unit in whole:
            yield "neighborhood", whole[unit], tuple((fine, part) for part in here)
        elif fine == _PIECE:
            named = tuple(("neighborhood", whole[part]) if part in whole else (fine, part) for part in here)
            if named != ((coarse, unit),):
                yield coarse, unit, named
        else:
            yield coarse, unit, tuple((fine, part) for part in here)


# ---------------------------------------------------------------- categories


def category_sums(categories: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    """What their names say: `a_b` where `a` and `b` are categories too is their crossing; all is the sum of either."""
    names = sorted(set(categories) - {ALL})
    crossed = {(a, b): f"{a}_{b}" for a in names for b in names if f"{a}_{b}" in names}
    rows = sorted({a for a, _ in crossed})
    columns = sorted({b for _, b in crossed})
    sums = [(a, tuple(crossed[a, b] for b in columns if (a, b) in crossed)) for a in rows]
    sums += [(b, tuple(crossed[a, b] for a in rows if (a, b) in crossed)) for b in columns]
    singles = [name for name in names if name not in set(crossed.values())]
    if ALL not in set(categories):
        return sums
    return [*sums, (ALL, tuple(rows)), (ALL, tuple(columns))] if crossed else [*sums, (ALL, tuple(singles))]


def _sums_of_categories(figures: Sequence[Figure]) -> Iterable[Sum]:
    """A category that the period tells of another place, and not of this one, is a part here too: nobody knows it."""
    found: dict[tuple[str, date, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for f in figures:
        found[f.grain, f.period, f.geography][f.unit].add(f.category)
    known: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
    everywhere: dict[tuple[str, date], set[str]] = defaultdict(set)
    for f in figures:
        everywhere[f.grain, f.period].add(f.category)
    for (grain, period, geography), units in found.items():
        if len(set().union(*units.values())) < 2:
            continue
        shape = tuple(sorted(everywhere[grain, period]))
        if shape not in known:
            known[shape] = category_sums(shape)
        for unit, told in units.items():
            key = (grain, period, geography, unit)
            for whole, parts in known[shape]:
                if whole in told:
                    yield Sum(Figure(*key, whole), tuple(Figure(*key, part) for part in parts))


def adding_up(figures: Sequence[Figure], counts: Sequence[float | None]) -> Adding:
    """The most that the counts allow to be concluded of how categories add up; None where a count is not known."""
    told = {figure: count for figure, count in zip(figures, counts, strict=True) if count is not None}
    answer: Adding = "equal"
    for whole, parts in _sums_of_categories(figures):
        if whole not in told:
            continue
        known = [told[part] for part in parts if part in told]
        if sum(known) > told[whole]:
            return "free"
        if len(known) == len(parts) and sum(known) < told[whole]:
            answer = "at_most"
    return answer


# ---------------------------------------------------------------- periods


def _order_of_periods(figures: Sequence[Figure]) -> Iterable[list[tuple[Figure, float]]]:
    """Rows that are at most 0: a part less its whole (all homes only: a home's category may change), and a whole less
    the sum of all its parts."""
    there = set(figures)
    for whole in figures:
        inside = [f for f in _inside(whole, _LONGER) if any(p in there for p in f)]
        for position, parts in enumerate(inside):
            present = [p for p in parts if p in there]
            if position == 0 or len([p for p in inside[0] if p in there]) < len(inside[0]):
                if whole.category == ALL:
                    yield from ([(part, 1.0), (whole, -1.0)] for part in present)
                if len(present) == len(parts):
                    yield [(whole, 1.0), *((part, -1.0) for part in parts)]


def _inside(whole: Figure, grains: Sequence[Grain]) -> list[list[Figure]]:
    """The same figure in each shorter grain, longest first."""
    if whole.grain not in grains:
        return []
    grain = Grain(whole.grain)
    last = next_period(whole.period, grain)
    shorter = grains[grains.index(grain) + 1 :]
    return [
        [whole._replace(grain=g.value, period=start) for start in period_range(whole.period, last, g) if start < last]
        for g in shorter
    ]


def _matrix(rows: Sequence[Sequence[tuple[int, float]]], width: int) -> sparse.csr_array:
    at = [place for place, row in enumerate(rows) for _ in row]
    columns = [column for row in rows for column, _ in row]
    values = [value for row in rows for _, value in row]
    return sparse.csr_array((values, (at, columns)), shape=(len(rows), width))
