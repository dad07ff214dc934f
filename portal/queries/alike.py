"""Public attributes of areas: who rents, how close homes stand and, where a city declares it, what households earn."""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from layers.period import Grain
from layers.release import FigureSource
from layers.store.reader import Release
from portal.queries.offer import last_told, spans
from portal.releases import Releases
from portal.statistics.expectation import Floats
from portal.statistics.similar import Alike, most_alike

HOUSEHOLDS = "households"
_KM_PER_DEGREE = 111.32


@dataclass(frozen=True, slots=True)
class Attributes:
    """`values`: for each unit the share of homes rented (percent), homes per square kilometer and, where `income` says
    where it is from, median household income (dollars); nan where unknown."""

    units: tuple[str, ...]
    values: Floats
    income: FigureSource | None = None

    def alike(self, unit: str) -> list[tuple[str, Alike]]:
        """The units most like this one, nearest first. An income that is not known of this unit does not count."""
        if unit not in self.units:
            return []
        counted = self.values if self.counts_income(unit) else self.values[:, :2]
        return [(self.units[each.place], each) for each in most_alike(counted, self.units.index(unit))]

    def of(self, unit: str) -> list[float]:
        """What is known of a unit, in the order of the columns."""
        found: list[float] = self.values[self.units.index(unit)].tolist()
        return found

    def counts_income(self, unit: str) -> bool:
        """Whether the income of this unit is known."""
        return self.income is not None and unit in self.units and math.isfinite(self.of(unit)[2])


def attributes_of(releases: Releases, geography: str) -> Attributes | None:
    """The attributes of all areas of a kind; None where the city publishes no households for it."""
    release = releases.release(HOUSEHOLDS)
    return _attributes(release, geography) if release else None


@lru_cache(maxsize=32)
def _attributes(release: Release, geography: str) -> Attributes | None:
    told = last_told(spans(release, "homes", "all", geography, Grain.YEAR))
    info = release.manifest.geography(geography)
    if told is None or info is None or not info.units:
        return None
    rows = release.counts(
        measure=["homes", "renter_households"], category="all", geography=geography, grain=Grain.YEAR.value,
        period=told.start, columns=("measure", "unit", "value"),
    )  # fmt: skip
    known = {(measure, unit): value for measure, unit, value in rows.iter_rows()}
    sizes = _areas(release, f"{geography}.{info.vintage}.geojson")
    units = tuple(unit.id for unit in info.units)
    incomes = {unit.id: math.nan if unit.income is None else unit.income for unit in info.units}
    values = [
        [
            _ratio(known.get(("renter_households", unit)), known.get(("homes", unit)), 100),
            _ratio(known.get(("homes", unit)), sizes.get(unit), 1),
            *([incomes[unit]] if info.income else []),
        ]
        for unit in units
    ]
    return Attributes(units, np.array(values, dtype=np.float64), info.income)


def _ratio(above: float | None, below: float | None, scale: float) -> float:
    return math.nan if above is None or not below else above / below * scale


def _areas(release: Release, name: str) -> dict[str, float]:
    """Square kilometers of each shape, on a plane that touches the globe there: good to a percent for a city."""
    path = release.folder.parents[2] / "geo" / name
    if not path.is_file():
        return {}
    return {str(each["id"]): _size(each["geometry"]) for each in json.loads(path.read_bytes())["features"]}


def _size(shape: dict[str, Any]) -> float:
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return sum(_ring(rings[0]) - sum(map(_ring, rings[1:])) for rings in polygons)


def _ring(ring: list[list[float]]) -> float:
    points = np.array(ring)[:, :2]
    wide = _KM_PER_DEGREE * math.cos(math.radians(points[:, 1].mean()))
    x, y = points[:, 0] * wide, points[:, 1] * _KM_PER_DEGREE
    return float(abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2)
