"""The partition as an intruder reads it: which place lies in which, by release and year."""

from functools import lru_cache
from itertools import combinations

import polars as pl

from etl.audit.published import Published, PublishedRelease
from layers.ladder import GEOGRAPHIES

CITY = "city"


def levels(zones: pl.DataFrame) -> tuple[str, ...]:
    """The geographies of a partition, fine to coarse, the city last."""
    return tuple(g for g in GEOGRAPHIES if g in zones.columns or g == CITY)


def zones_of(published: Published) -> pl.DataFrame:
    """All partitions, long: `tier`, `topic`, `release`, `year` (null: every year), `cell`, `geography`, `unit`,
    `homes`."""
    frames = [_long(release) for release in published.releases if release.zones is not None]
    return pl.concat([_NO_ZONES, *frames])


def containment(release: PublishedRelease) -> pl.DataFrame:
    """`fine`, `part`, `coarse`, `whole`, `inside` for every pair of levels; `year` where the partition has one.

    `inside` is False where only some cells of the part lie in the whole: neighborhoods may cross district borders.
    """
    zones = release.partition
    if zones is None:
        return _NO_PLACES
    return _contained(_Zones(zones))


class _Zones:
    """A partition that equals another with the same content: most releases stand on the same one."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.content = (*frame.columns, frame.hash_rows().to_numpy().tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Zones) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)


@lru_cache(maxsize=8)
def _contained(standing: _Zones) -> pl.DataFrame:
    zones = standing.frame.with_columns(pl.lit(CITY).alias(CITY), pl.col("^year$").cast(pl.Int32))
    by = ["year"] if "year" in zones.columns else []
    pairs = [_pair(zones, fine, coarse, by) for fine, coarse in combinations(levels(zones), 2)]
    return pl.concat([_NO_PLACES, *pairs], how="diagonal_relaxed")


def _pair(zones: pl.DataFrame, fine: str, coarse: str, by: list[str]) -> pl.DataFrame:
    places = zones.select(*by, pl.col(fine).alias("part"), pl.col(coarse).alias("whole")).unique().sort("part", "whole")
    return places.with_columns(fine=pl.lit(fine), coarse=pl.lit(coarse), inside=pl.len().over(*by, "part") == 1)


def _long(release: PublishedRelease) -> pl.DataFrame:
    assert release.partition is not None
    zones = release.partition.with_columns(pl.lit(CITY).alias(CITY))
    if "year" not in zones.columns:
        zones = zones.with_columns(year=pl.lit(None, pl.Int32))
    found = zones.unpivot(
        on=list(levels(zones)), index=["year", "cell", "homes"], variable_name="geography", value_name="unit"
    )
    return found.with_columns(
        pl.col("year").cast(pl.Int32),
        tier=pl.lit(release.tier),
        topic=pl.lit(release.topic),
        release=pl.lit(release.id),
    ).select(_NO_ZONES.columns)


_NO_PLACES = pl.DataFrame(
    schema={**dict.fromkeys(("fine", "part", "coarse", "whole"), pl.String()), "inside": pl.Boolean()}
)
_NO_ZONES = pl.DataFrame(
    schema={
        **dict.fromkeys(("tier", "topic", "release"), pl.String()),
        "year": pl.Int32(),
        **dict.fromkeys(("cell", "geography", "unit"), pl.String()),
        "homes": pl.Int64(),
    }
)
