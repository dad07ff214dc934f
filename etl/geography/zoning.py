"""The zones of a city, year by year: what is frozen, what its homes would give today, what a release says of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import polars as pl

from etl.errors import TooManyRejects
from etl.protect.frozen import FOLDER, freeze_zones, frozen_zones, measured_years
from etl.protect.partitions import Partitions
from etl.steps.protect import MEASUREMENTS
from layers.protection import YearZones
from layers.release import GeoFile, UnitInfo
from layers.zones import (
    Assigned,
    Level,
    build_zones,
    exactly_assigned,
    with_zone0,
    zone_features,
    zone_units,
    zones_sha256,
    zones_table,
    zones_version,
)

_KEPT_HOMES = 0.5
_PUBLIC: tuple[Level, ...] = ("zone1", "zone2")
LEVELS: tuple[Level, ...] = ("zone0", "zone1", "zone2")


@dataclass(frozen=True)
class Zoning:
    """The partitions of a city: those under its private folder, and the one that `atoms` would give.

    `atoms` has the columns of `build_zones`; `homes` are the least homes of a zone0, a zone1 and a zone2.
    """

    private: Path
    atoms: pl.DataFrame
    homes: tuple[int, int, int]

    @property
    def partitions(self) -> Partitions:
        """As they are frozen now; a year that is measured for the first time freezes its own."""
        folder = self.private / FOLDER
        frozen = {
            year: zones if "zone0" in zones.columns else with_zone0(zones, zone0_homes=self.homes[0])
            for year, zones in frozen_zones(folder, measured_years(self.private / MEASUREMENTS)).items()
        }
        return Partitions(
            frozen, drawn=lambda: self.drawn, keep=lambda year, zones: freeze_zones(folder, year, zones)
        )  # fmt: skip

    @cached_property
    def drawn(self) -> pl.DataFrame:
        """What the homes of today give. Raises TooManyRejects where there are too few for a single zone."""
        zone0, zone1, zone2 = self.homes
        zones = build_zones(self.atoms, zone0_homes=zone0, zone1_homes=zone1, zone2_homes=zone2)
        if not zones.height:
            raise TooManyRejects(
                f"The address file has no place with {zone1} homes: there is no zone to protect homes with.",
                "Check the column of units; nothing was frozen and nothing measured.",
            )
        return zones

    def in_release(self, by_year: Mapping[int, pl.DataFrame], geographies: Collection[str]) -> "ReleaseZones":
        """What a release with rows for these geographies says of the partitions that its years stand on."""
        levels = tuple(level for level in LEVELS if level in geographies)
        return ReleaseZones(by_year, exactly_assigned(self.atoms, by_year[max(by_year)]), levels or _PUBLIC)


@dataclass(frozen=True)
class ReleaseZones:
    """The partitions of a release by year, and how well the whole atoms of the latest fit the areas."""

    by_year: Mapping[int, pl.DataFrame]
    assigned: Assigned
    levels: tuple[Level, ...]

    @property
    def latest(self) -> pl.DataFrame:
        """The partition of the release's last year."""
        return self.by_year[max(self.by_year)]

    @cached_property
    def _versions(self) -> dict[int, str]:
        return {year: zones_version(zones) for year, zones in self.by_year.items()}

    @property
    def version(self) -> str:
        """Names the latest partition."""
        return self._versions[max(self.by_year)]

    @property
    def sha256(self) -> str:
        """Names the latest partition by its whole content."""
        return zones_sha256(self.latest)

    @property
    def vintage(self) -> str:
        """Names the shapes, which hold the zones of all years."""
        versions = [version for version, _, _ in self._different()]
        return versions[0] if len(versions) == 1 else sha256("|".join(versions).encode()).hexdigest()[:12]

    def table(self) -> pl.DataFrame:
        """The latest partition in its published form."""
        return self._table(self.latest)

    def tables(self) -> dict[int, pl.DataFrame]:
        """Every year's partition in its published form."""
        made = {version: self._table(zones) for version, zones, _ in self._different()}
        return {year: made[version] for year, version in self._versions.items()}

    def years(self) -> tuple[YearZones, ...]:
        """What the manifest says of each year."""
        told = {version: _told(zones, self.levels[0]) for version, zones, _ in self._different()}
        return tuple(
            told[version].model_copy(update={"year": year}) for year, version in sorted(self._versions.items())
        )

    def shapes(self) -> tuple[GeoFile, ...]:
        """The zones of all years drawn as their hexagons; one of several years once, with its latest homes."""
        return tuple(GeoFile(level, self.vintage, self._features(level)) for level in self.levels)

    def units(self, names: dict[str, str]) -> dict[str, tuple[UnitInfo, ...]]:
        """By level: each zone of any year with a name a reader can place (`names` maps a neighborhood id to its name).

        A zone that the latest partition has no more is named with its last year.
        """
        newest = self._different()[0][0]
        found: dict[str, tuple[UnitInfo, ...]] = {}
        for level in self.levels:
            units: dict[str, UnitInfo] = {}
            for version, zones, years in self._different():
                until = "" if version == newest else f" (until {max(years)})"
                for unit in _unit_infos(zones, level, names, until):
                    units.setdefault(unit.id, unit)
            found[level] = tuple(units.values())
        return found

    def _table(self, zones: pl.DataFrame) -> pl.DataFrame:
        return zones_table(zones, zone0="zone0" in self.levels)

    def _features(self, level: Level) -> dict[str, object]:
        features: dict[str, dict[str, object]] = {}
        for _, zones, _ in self._different():
            for feature in zone_features(zones, level)["features"]:
                features.setdefault(feature["id"], feature)
        return {"type": "FeatureCollection", "features": [features[unit] for unit in sorted(features)]}

    def _different(self) -> list[tuple[str, pl.DataFrame, Sequence[int]]]:
        """Each different partition once, the latest first: its version, itself, its years."""
        years: dict[str, list[int]] = {}
        for year in sorted(self.by_year, reverse=True):
            years.setdefault(self._versions[year], []).append(year)
        return [(version, self.by_year[found[0]], found) for version, found in years.items()]


def zoning_of(private: Path, addresses: pl.DataFrame, *, homes: tuple[int, int, int]) -> Zoning:
    """The city's zones, from what is frozen under `private` and from the homes of `addresses`.

    `addresses` has `atom` (UInt64), `area_neighborhood`, `area_district` and `units`; `homes` are the least homes of a
    zone0, a zone1 and a zone2. Raises TooManyRejects where there are not as many homes anywhere (measuring without
    zones would cost privacy for nothing), or far fewer homes than when the last zones were drawn.
    """
    zoning = Zoning(private, _atoms(addresses), homes)
    frozen = zoning.partitions.frozen
    if not frozen:
        _ = zoning.drawn  # refuses what cannot be zoned before anything is read
    elif int(zoning.atoms["homes"].sum()) < int(frozen[max(frozen)]["homes"].sum()) * _KEPT_HOMES:
        raise TooManyRejects(
            "The address file has lost more than half of the homes that the zones were drawn from.",
            "Check the column of units and whether the file is whole; the last release stays up.",
        )
    return zoning


def _atoms(addresses: pl.DataFrame) -> pl.DataFrame:
    return addresses.group_by("atom", "area_neighborhood", "area_district").agg(homes=pl.col("units").sum()).select(
        pl.col("atom").alias("cell"),
        pl.col("area_neighborhood").alias("neighborhood"),
        pl.col("area_district").alias("district"),
        pl.col("homes").cast(pl.Int64),
    )  # fmt: skip


def _told(zones: pl.DataFrame, level: Level) -> YearZones:
    finest = zone_units(zones, level)
    return YearZones(
        year=0,
        version=zones_version(zones),
        sha256=zones_sha256(zones),
        zones=finest.height,
        smallest_homes=int(finest["homes"].min() or 0),  # type: ignore[arg-type]  # the least of whole numbers
    )


def _unit_infos(zones: pl.DataFrame, level: Level, names: dict[str, str], until: str) -> list[UnitInfo]:
    units = zone_units(zones, level).with_columns(place=pl.col("unit").rank("ordinal").over("neighborhood"))
    return [
        UnitInfo(
            id=row["unit"],
            name=f"{names.get(row['neighborhood'], row['neighborhood'])}, {_word(level)} {row['place']}{until}",
            lat=round(row["lat"], 5),
            lng=round(row["lng"], 5),
            homes=row["homes"],
            within=(row["district"],),
        )
        for row in units.iter_rows(named=True)
    ]


def _word(level: Level) -> str:
    return {"zone0": "small zone", "zone1": "zone", "zone2": "large zone"}[level]
