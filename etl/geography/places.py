"""Where things are in a city: its areas, the cells that cover it, its public homes and the zones built on them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

import polars as pl

from etl.city import City
from etl.errors import DeclarationError
from etl.exact.plan import CELL_GEOGRAPHIES, CITY
from etl.exact.register import homes_by_unit
from etl.geography.income import declared_incomes
from etl.location.declared import declared_streets, no_streets
from etl.location.streets import Streets
from layers.areas import AreaError, AreaSet, Box, load_area_set
from layers.grid import RESOLUTIONS, cell_features, cell_text, cells_touching, lat_expr, lng_expr, parent_expr
from layers.release import GeoFile, UnitInfo

SIMPLIFY_M = 8.0
"""Published shapes are simplified by this much; points are always assigned to the full shapes."""
_WITHIN = 0.01
"""A district holds part of a neighborhood from this share of its homes on."""


@dataclass(frozen=True)
class Places:
    """The city's geography. Addresses come later: they are a feed, read by the first run step."""

    area_sets: tuple[AreaSet, ...]
    read_streets: Callable[[], Streets | None] = no_streets
    incomes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Kind → area → median household income in dollars, where the city declares a table."""

    @cached_property
    def streets(self) -> Streets | None:
        """The city's street centerlines, read when first asked for. Raises DeclarationError."""
        return self.read_streets()

    @property
    def reference(self) -> AreaSet:
        """The areas that together are the city: districts where there are any, else the first kind declared."""
        return next((s for s in self.area_sets if s.kind == "district"), self.area_sets[0])

    @cached_property
    def cells(self) -> dict[str, tuple[int, ...]]:
        """By geography `h3_7` to `h3_9`: every cell that touches the city, ascending."""
        shapes = [feature["geometry"] for feature in self.reference.geojson(precision=7)["features"]]
        return {
            f"h3_{resolution}": tuple(sorted(set().union(*(cells_touching(shape, resolution) for shape in shapes))))
            for resolution in RESOLUTIONS
        }

    @cached_property
    def units(self) -> dict[str, tuple[str, ...]]:
        """Unit ids of every geography of exact topics."""
        cells = {name: tuple(map(cell_text, cells)) for name, cells in self.cells.items()}
        areas = {s.kind: tuple(a.id for a in s.areas) for s in self.area_sets}
        return {**cells, **areas, CITY: (CITY,)}

    @cached_property
    def cell_shapes(self) -> dict[str, GeoFile]:
        """Shapes of the cells, by geography."""
        return {name: _cell_file(name, cells) for name, cells in self.cells.items()}

    @cached_property
    def area_shapes(self) -> dict[str, GeoFile]:
        """Shapes of the areas, by kind."""
        return {s.kind: GeoFile(s.kind, s.vintage, s.geojson(simplify_m=SIMPLIFY_M)) for s in self.area_sets}

    @cached_property
    def ground(self) -> pl.DataFrame:
        """Small cells instead of homes, for a city or area without any: each counts as one, and lies where its middle
        does."""
        cells = pl.DataFrame({"cell": list(self.cells["h3_9"])}, schema={"cell": pl.UInt64})
        middle = cells.with_columns(lat=lat_expr("cell"), lng=lng_expr("cell"), units=pl.lit(1))
        lat, lng = middle["lat"].to_numpy(), middle["lng"].to_numpy()
        cells_above = [parent_expr("cell", r).alias(f"h3_{r}") for r in RESOLUTIONS]
        return middle.with_columns(*(s.assign(lat, lng) for s in self.area_sets), *cells_above)

    def area_set(self, kind: str) -> AreaSet | None:
        """The areas of a kind."""
        return next((s for s in self.area_sets if s.kind == kind), None)

    def homes(self, addresses: pl.DataFrame | None) -> pl.DataFrame:
        """Public homes by `geography` and `unit`; no rows where the city has no address file."""
        if addresses is None:
            schema = {"geography": pl.String, "unit": pl.String, "homes": pl.Int64, "renter_households": pl.Int64}
            return pl.DataFrame(schema=schema)
        return homes_by_unit(addresses, [*CELL_GEOGRAPHIES, *(s.kind for s in self.area_sets), CITY])

    def unit_infos(
        self, kind: str, homes: pl.DataFrame, addresses: pl.DataFrame | None, *, lines_of: str | None = None
    ) -> tuple[UnitInfo, ...]:
        """Names and places of the areas of a kind, with their homes and, for neighborhoods, their districts; of other
        lines (`lines_of` a kind) the areas of that kind."""
        areas = self.area_set(kind)
        if areas is None:
            return ()
        counted = dict(homes.filter(pl.col("geography") == kind).select("unit", "homes").iter_rows())
        spread = self.ground if addresses is None else addresses
        whole = lines_of or ("district" if kind == "neighborhood" else None)
        within = shared_by(spread, kind, whole) if whole else {}
        return tuple(
            UnitInfo(
                id=area.id,
                name=area.name,
                lat=round(area.lat, 5),
                lng=round(area.lng, 5),
                bbox=_rounded(area.bbox),
                homes=counted.get(area.id, 0) if counted else None,
                within=within.get(area.id, ()),
            )
            for area in areas.areas
        )


def load_places(city: City) -> Places:
    """Read the city's boundary files. Raises DeclarationError that names the file."""
    sets = []
    for declared in city.areas:
        try:
            sets.append(
                load_area_set(
                    city.resolve(declared.path),
                    kind=declared.kind,
                    title=declared.title,
                    plural=declared.plural,
                    id_field=declared.id_field,
                    name_field=declared.name_field,
                    name_format=declared.name_format,
                    crs=declared.crs,
                    layer=declared.layer,
                    valid_from=declared.valid_from,
                    valid_to=declared.valid_to,
                    source=declared.source,
                )
            )
        except AreaError as error:
            raise DeclarationError.of(
                "city.toml", f"areas.{declared.kind}", str(error), "Correct the boundary file or its declaration."
            ) from error
    return Places(tuple(sets), partial(declared_streets, city), declared_incomes(city, tuple(sets)))


def shared_by(addresses: pl.DataFrame, kind: str, other: str) -> dict[str, tuple[str, ...]]:
    """Area of a kind → areas of the other with at least 1 % of its homes (or small cells), most first."""
    part, whole = f"area_{kind}", f"area_{other}"
    if not {part, whole} <= set(addresses.columns):
        return {}
    shared = (
        addresses.filter(pl.col(part).is_not_null() & pl.col(whole).is_not_null())
        .group_by(part, whole)
        .agg(pl.col("units").sum())
        .filter(pl.col("units") >= _WITHIN * pl.col("units").sum().over(part))
        .sort([part, "units", whole], descending=[False, True, False])
        .group_by(part, maintain_order=True)
        .agg(whole)
    )
    return {name: tuple(areas) for name, areas in shared.iter_rows()}


def _rounded(box: Box) -> Box:
    """To about a meter, like every published coordinate."""
    west, south, east, north = (round(side, 5) for side in box)
    return west, south, east, north


def _cell_file(name: str, cells: tuple[int, ...]) -> GeoFile:
    features = cell_features(cells)
    digest = hashlib.sha256(json.dumps([f["id"] for f in features]).encode()).hexdigest()[:8]
    return GeoFile(name, f"v2-{digest}", {"type": "FeatureCollection", "features": features})
