"""The city of the made-up store: a square of `size` × `size` neighborhoods, its days, its floors and its shapes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from layers import grid
from layers.period import Grain
from layers.release import GeoFile

AS_OF = date(2026, 11, 15)
FIRST = date(2023, 11, 1)
BUILT = datetime(2026, 11, 15, 6, 10, tzinfo=UTC)
LAT, LNG, STEP = 35.90, -84.00, 0.03
HOMES = 400
FLOOR = {"evictions": 5, "shutoffs": 11, "service_requests": 5}
CLOSING_DAYS = {Grain.MONTH: 30, Grain.QUARTER: 45, Grain.YEAR: 90}


EXACT = ("city", "district", "neighborhood", "zip", "tract", "h3_7", "h3_8", "h3_9")


class Places:
    """Units of every geography with their order, names and shapes."""

    def __init__(self, size: int) -> None:
        self.size = size
        side = STEP * size
        ring = [[LNG, LAT], [LNG + side, LAT], [LNG + side, LAT + side], [LNG, LAT + side], [LNG, LAT]]
        square = {"type": "Polygon", "coordinates": [ring]}
        self.cells = {f"h3_{r}": sorted(map(grid.cell_text, grid.cells_touching(square, r))) for r in (7, 8, 9)}
        self.neighborhoods = [f"n{row}{column}" for row in range(size) for column in range(size)]
        self.districts = [str(column + 1) for column in range(size)]
        self.zones = [f"z{cell}" for cell in self.cells["h3_8"]]

    def units(self, geography: str) -> Sequence[str]:
        named = {
            "district": self.districts,
            "neighborhood": self.neighborhoods,
            "zip": ["37901", "37902"],
            "tract": ["47093000100", "47093000200"],
            "zone1": self.zones,
            "zone2": self.zones[::2],
            "city": ["city"],
        }
        return named.get(geography) or self.cells[geography]

    def partition(self) -> pl.DataFrame:
        """Every zone is one cell; two of them make a large zone; they fill the neighborhoods in turn."""
        count = len(self.zones)
        hoods = [self.neighborhoods[at % len(self.neighborhoods)] for at in range(count)]
        return pl.DataFrame(
            {
                "cell": [zone.removeprefix("z") for zone in self.zones],
                "zone1": self.zones,
                "zone2": [self.zones[at - at % 2] for at in range(count)],
                "neighborhood": hoods,
                "district": [str(int(hood[2]) + 1) for hood in hoods],
                "homes": [150] * count,
            }
        )

    def homes(self, geography: str) -> int:
        return {"district": HOMES * self.size, "neighborhood": HOMES, "city": HOMES * self.size**2}.get(geography, 150)

    def box(self, geography: str, unit: str) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        if geography == "neighborhood":
            row, column = int(unit[1]), int(unit[2])
            west, south = LNG + column * STEP, LAT + row * STEP
            return west, south, west + STEP, south + STEP
        whole = STEP * self.size
        count = {"district": self.size, "zip": 2, "tract": 2}.get(geography, 1)
        west = LNG + list(self.units(geography)).index(unit) * whole / count
        return west, LAT, west + whole / count, LAT + whole

    def info(self, geography: str, grains: Iterable[Grain], why_not: str | None = None) -> dict[str, Any]:
        title, plural = TITLES.get(geography, (geography, geography))
        units = () if geography.startswith("h3") or why_not else self.units(geography)
        return {
            "name": geography,
            "title": title,
            "plural": plural,
            "vintage": "2023-made00",
            "valid_from": date(2023, 1, 1),
            "source": "City GIS",
            "grains": tuple(grains),
            "shapes": geography != "city",
            "units": [self._unit(geography, unit) for unit in units],
            "why_not": why_not,
        }  # fmt: skip

    def _unit(self, geography: str, unit: str) -> dict[str, Any]:
        if geography.startswith("zone"):
            lat, lng = grid.center(grid.cell_number(unit[1:]))
            return {
                "id": unit,
                "name": f"Madeville, zone {self.zones.index(unit) + 1}",
                "lat": lat,
                "lng": lng,
                "homes": 150,
            }
        west, south, east, north = self.box(geography, unit)
        within = [str(int(unit[2]) + 1)] if geography == "neighborhood" else []
        names = {"district": f"District {unit}", "neighborhood": f"Neighborhood {unit[1:]}", "city": "Madeville"}
        return {
            "id": unit, "name": names.get(geography, unit), "lat": (south + north) / 2, "lng": (west + east) / 2,
            "bbox": (west, south, east, north), "homes": self.homes(geography), "within": within,
        }  # fmt: skip

    def shapes(self, geographies: Iterable[str]) -> tuple[GeoFile, ...]:
        return tuple(GeoFile(g, "2023-made00", self._collection(g)) for g in geographies)

    def _collection(self, geography: str) -> dict[str, Any]:
        features = [self._feature(geography, unit) for unit in self.units(geography)]
        return {"type": "FeatureCollection", "features": features}

    def _feature(self, geography: str, unit: str) -> dict[str, Any]:
        if geography.startswith(("h3", "zone")):
            cells = [unit.removeprefix("z")]
            if geography == "zone2":
                at = self.zones.index(unit)
                cells = [z.removeprefix("z") for z in self.zones[at : at + 2]]
            shape = grid.outline([grid.cell_number(cell) for cell in cells])
        else:
            west, south, east, north = self.box(geography, unit)
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            shape = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "id": unit, "properties": {"id": unit, "name": unit}, "geometry": shape}


TITLES = {
    "district": ("Council district", "Council districts"),
    "neighborhood": ("Neighborhood", "Neighborhoods"),
    "zip": ("ZIP code", "ZIP codes"),
    "tract": ("Census tract", "Census tracts"),
    "zone1": ("Zone", "Zones of at least 100 homes"),
    "zone2": ("Large zone", "Large zones of at least 500 homes"),
    "h3_7": ("Large hexagon", "Large hexagons (about 5 km²)"),
    "h3_8": ("Hexagon", "Hexagons (about 0.7 km²)"),
    "h3_9": ("Small hexagon", "Small hexagons (about 0.1 km²)"),
    "city": ("City", "City"),
}
