"""The zones of a city: made once from public homes, then read back, whatever the homes data says later."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.errors import TooManyRejects
from etl.protect.frozen import freeze_zones, frozen_zones
from layers.release import GeoFile, UnitInfo
from layers.zones import (
    Assigned,
    Level,
    build_zones,
    exactly_assigned,
    zone_features,
    zone_units,
    zones_sha256,
    zones_table,
    zones_version,
)

_KEPT_HOMES = 0.5
LEVELS: tuple[Level, ...] = ("zone1", "zone2")


@dataclass(frozen=True)
class Zoning:
    """The partition that protected topics stand on, and how well whole atoms fit the areas."""

    zones: pl.DataFrame
    assigned: Assigned

    @property
    def version(self) -> str:
        """Names the partition in files and pages."""
        return zones_version(self.zones)

    @property
    def sha256(self) -> str:
        """Names the partition by its content."""
        return zones_sha256(self.zones)

    def table(self) -> pl.DataFrame:
        """The published form."""
        return zones_table(self.zones)

    def shapes(self) -> tuple[GeoFile, ...]:
        """The zones drawn as their hexagons."""
        return tuple(GeoFile(level, self.version, zone_features(self.zones, level)) for level in LEVELS)

    def units(self, names: dict[str, str]) -> dict[str, tuple[UnitInfo, ...]]:
        """By level: each zone with a name a reader can place (`names` maps a neighborhood id to its name)."""
        return {level: _unit_infos(self.zones, level, names) for level in LEVELS}


def zoning_of(private: Path, addresses: pl.DataFrame, *, homes: tuple[int, int]) -> Zoning:
    """The zones in force: read back if they were made, else made now from `addresses` and kept.

    `addresses` has `atom` (UInt64), `area_neighborhood`, `area_district` and `units`; `homes` are the least homes of a
    zone1 and a zone2. Raises TooManyRejects where there are not as many homes anywhere (zones hold for ever, and
    measuring without them would cost privacy for nothing), or far fewer homes than when the zones were drawn.
    """
    atoms = _atoms(addresses)
    folder = private / "zones"
    zones = frozen_zones(folder)
    if zones is None:
        drawn = build_zones(atoms, zone1_homes=homes[0], zone2_homes=homes[1])
        if not drawn.height:
            raise TooManyRejects(
                f"The address file has no place with {homes[0]} homes: there is no zone to protect homes with.",
                "Check the column of units; nothing was frozen and nothing measured.",
            )
        zones = freeze_zones(folder, drawn)
    elif int(atoms["homes"].sum()) < int(zones["homes"].sum()) * _KEPT_HOMES:
        raise TooManyRejects(
            "The address file has lost more than half of the homes that the zones were drawn from.",
            "Check the column of units and whether the file is whole; the last release stays up.",
        )
    return Zoning(zones, exactly_assigned(atoms, zones))


def _atoms(addresses: pl.DataFrame) -> pl.DataFrame:
    return addresses.group_by("atom", "area_neighborhood", "area_district").agg(homes=pl.col("units").sum()).select(
        pl.col("atom").alias("cell"),
        pl.col("area_neighborhood").alias("neighborhood"),
        pl.col("area_district").alias("district"),
        pl.col("homes").cast(pl.Int64),
    )  # fmt: skip


def _unit_infos(zones: pl.DataFrame, level: Level, names: dict[str, str]) -> tuple[UnitInfo, ...]:
    units = zone_units(zones, level).with_columns(place=pl.col("unit").rank("ordinal").over("neighborhood"))
    return tuple(
        UnitInfo(
            id=row["unit"],
            name=f"{names.get(row['neighborhood'], row['neighborhood'])}, {_word(level)} {row['place']}",
            lat=round(row["lat"], 5),
            lng=round(row["lng"], 5),
            homes=row["homes"],
            within=(row["district"],),
        )
        for row in units.iter_rows(named=True)
    )


def _word(level: Level) -> str:
    return "zone" if level == "zone1" else "large zone"
