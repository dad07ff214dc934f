"""The sum of published places: those whose middle lies in a drawn shape, and those that were chosen one by one.

Nothing new is asked of anybody's records: every figure here is a sum of rows of one release.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from layers.grid import cell_number, lat_expr, lng_expr
from layers.measures import Status
from layers.release import MeasureInfo
from layers.store.reader import Release
from layers.tables import MIN_DENOMINATOR
from portal.map.shape import Shape
from portal.queries.change import Z90
from portal.queries.choice import Choice
from portal.queries.figure import Figure
from portal.queries.heat import place_rows
from portal.queries.offer import CELLS, base_of, is_protected, measure_of
from portal.view import View

Floats = npt.NDArray[np.float64]
_CAUTION, _UNRANKABLE = 0.3, 0.5
"""Coefficients of variation from which a figure is to be used with caution, and not to be compared (docs)."""


@dataclass(frozen=True, slots=True)
class Added:
    """A sum over places. `rows`: `unit, name, status, value, low, high, flag` of each.

    `figure` is the sum of those that show; its `low` and `high` are the range of all of these places together, hidden
    ones counted in. `margin` stands beside the sum. Where `least` is true, others may add to it. `homes`: public homes
    of all these places, None where unknown.
    `why_not` is `median` for measures that cannot be added up.
    """

    rows: pl.DataFrame
    measure: MeasureInfo
    figure: Figure
    margin: float
    rate: Figure | None
    homes: int | None
    tally: dict[str, int]
    why_not: str = ""

    @property
    def places(self) -> int:
        return self.rows.height

    @property
    def rate_margin(self) -> float:
        return self.margin * 1000 / self.homes if self.homes else 0.0

    @property
    def least(self) -> bool:
        return self.figure.value is not None and any(
            self.tally.get(status.value, 0) for status in (Status.HIDDEN, Status.NOT_REPORTED, Status.NOT_COLLECTED)
        )


def added(choice: Choice, view: View) -> Added:
    """The sum of the places that the address names, in the figures of the map. Raises BadQuestion for a bad shape."""
    measure = measure_of(choice.manifest, base_of(choice.measure.name)) or choice.measure
    rows = place_rows(
        choice.release, measure.name, choice.category, choice.geography.name, choice.grain, choice.period
    )  # fmt: skip
    inside = rows.filter(_asked(choice.release, choice.geography.name, rows["unit"], view))
    tally = dict(inside.group_by("status").len().iter_rows())
    if not measure.extensive:
        return Added(inside, measure, Figure(Status.NOT_COLLECTED), 0.0, None, None, tally, "median")
    floor = (measure.floor or 1) if is_protected(measure) else None
    figure = total(inside, floor)
    homes = _homes(choice, inside["unit"])
    return Added(inside, measure, figure, margin_of(inside, floor), _rate(figure, homes, measure), homes, tally)


def total(rows: pl.DataFrame, floor: int | None) -> Figure:
    """The sum of those of `status, value, low, high` that show, and the range of all of them together.

    floor: of a measured count, the first figure that shows; None of an exact one. A hidden figure is 0 to floor - 1 as
    protected, so the sum of all protected figures is known up to that, and the true one up to its margin.
    """
    shown = rows.filter(pl.col("value").is_not_null())
    if shown.is_empty():
        return _nothing(rows)
    value, hidden = float(shown["value"].sum()), rows.filter(pl.col("status") == Status.HIDDEN.value)
    if floor is None:
        most = value + float(hidden["high"].fill_null(0.0).sum())
        status = Status.VALUE if value else Status.ZERO
        return Figure(status, value, *((value, most) if hidden.height else (None, None)))
    margin = margin_of(rows, floor)
    most = value + hidden.height * (floor - 1) + margin
    return Figure(Status.VALUE, value, max(0.0, value - margin), most, _flag(value, margin))


def margin_of(rows: pl.DataFrame, floor: int | None) -> float:
    """The 90 % margin of the sum of all measured figures, shown and hidden; 0 of exact ones.

    Margins add as the square root of the sum of their squares: their noise is drawn apart, and fitting them to a
    district's figure only makes errors cancel, so the range is never too narrow for that. The hidden ones belong to
    it: without them, places that noise lifted over the floor would make the sum too high for its range.
    """
    if floor is None:
        return 0.0
    shown = pl.max_horizontal(pl.col("high") - pl.col("value"), pl.col("value") - pl.col("low"))
    hidden = (pl.col("high") - (floor - 1)).clip(lower_bound=0.0)
    each = pl.when(pl.col("status") == Status.HIDDEN.value).then(hidden).otherwise(shown)
    return math.sqrt(float(rows.select(each.fill_null(0.0).pow(2).sum()).item()))


def _flag(value: float, margin: float) -> str | None:
    variation = margin / Z90 / value if value else math.inf
    return "unrankable" if variation > _UNRANKABLE else "caution" if variation > _CAUTION else None


def _nothing(rows: pl.DataFrame) -> Figure:
    """No place shows: hidden where one is, else what they all are."""
    statuses = set(rows["status"])
    found = (each for each in (Status.HIDDEN, Status.NOT_REPORTED) if each.value in statuses)
    return Figure(next(found, Status.NOT_COLLECTED))


def _rate(figure: Figure, homes: int | None, measure: MeasureInfo) -> Figure | None:
    """Per 1,000 public homes of all these places; None without that number, or where too few homes are there."""
    if homes is None or homes < MIN_DENOMINATOR or figure.value is None or measure.denominator != "homes":
        return None

    def per(number: float | None) -> float | None:
        return None if number is None else number * 1000 / homes

    return Figure(figure.status, per(figure.value), per(figure.low), per(figure.high), figure.flag)


def _homes(choice: Choice, units: pl.Series) -> int | None:
    """Public homes of all these places; None where the release does not say it of each (cells)."""
    known = {unit.id: unit.homes for unit in choice.geography.units}
    found = [known.get(unit) for unit in units]
    return None if not found or None in found else sum(each or 0 for each in found)


def _asked(release: Release, geography: str, units: pl.Series, view: View) -> pl.Series:
    chosen = units.is_in((view.chosen or "").split(","))
    if view.shape is None:
        return chosen
    lats, lngs = _middles(release, geography, tuple(units))
    return chosen | pl.Series(Shape.read(view.shape).holds(lats, lngs))


@lru_cache(maxsize=16)
def _middles(release: Release, geography: str, units: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Latitudes and longitudes of the places' middles; nowhere (NaN) for one that the release does not know."""
    if geography in CELLS:
        cells = pl.DataFrame({"cell": pl.Series([cell_number(unit) for unit in units], dtype=pl.UInt64)})
        points = cells.select(lat=lat_expr("cell"), lng=lng_expr("cell"))
        return points["lat"].to_numpy(), points["lng"].to_numpy()
    info = release.manifest.geography(geography)
    known = {unit.id: (unit.lat, unit.lng) for unit in info.units} if info else {}
    pairs = np.array([known.get(unit, (math.nan, math.nan)) for unit in units], dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
