"""What an intruder files away: every different answer about homes that was ever given, and how it was made."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import polars as pl

from etl.audit.published import KEY, Published, PublishedRelease
from layers.ladder import ALL
from layers.measures import RATE_SUFFIX
from layers.store.schema import COUNTS_SCHEMA

ANSWERED: tuple[str, ...] = ("value", "hidden", "zero")


def figures(release: PublishedRelease, *, rates: bool = False) -> pl.DataFrame:
    """The counts of homes of a release, with their rates if asked: the rest of the table is never loaded."""
    names = [*release.of_homes, *(name + RATE_SUFFIX for name in release.of_homes if rates)]
    counts = pl.scan_parquet(release.folder / "counts.parquet")
    return counts.filter(pl.col("measure").is_in(names)).collect()


def built(published: Published) -> tuple[PublishedRelease, ...]:
    """The releases with figures about homes, oldest first."""
    return tuple(sorted(published.protected, key=lambda r: (r.built_at, r.id)))


def noisy(published: Published) -> tuple[PublishedRelease, ...]:
    """The releases whose figures about homes were measured with noise, oldest first."""
    return tuple(r for r in built(published) if (r.protection or {}).get("mode", "measured") == "measured")


def answers(published: Published, *, exact: bool = False) -> pl.DataFrame:
    """One row per different answer to a question: KEY, `status`, `value` and `floor`; the `low` and `high` beside it
    and the `release` are those of its first time; `first` and `last` order the releases that gave it.

    Two hidden figures are the same answer, whatever range stands beside them. Of measured releases alone, unless the
    `exact` ones are asked for too.
    """
    if exact not in published.told:
        releases = built(published) if exact else noisy(published)
        published.told[exact] = _distinct([_told(release, place) for place, release in enumerate(releases)])
    return published.told[exact]


def latest(told: pl.DataFrame) -> pl.DataFrame:
    """Of each question the newest answer."""
    return told.sort("last").unique(list(KEY), keep="last", maintain_order=True)


def leaves(categories: Iterable[str]) -> tuple[str, ...]:
    """The categories that tell homes apart without overlap: of crossed dimensions (`paid`, `heard`, `paid_heard`) the
    crossings, else all but `all`."""
    names = sorted(set(categories) - {ALL})
    crossed = [name for name in names if any(name == f"{a}_{b}" for a in names for b in names)]
    rest = set(names) - set(crossed)
    if all(any(c.startswith(f"{name}_") or c.endswith(f"_{name}") for c in crossed) for name in rest):
        return tuple(crossed or names)
    return tuple(names)


def declared_tables(published: Published) -> pl.DataFrame:
    """Each measured table that manifests declare, once per way it was ever declared: `tier`, `topic`, `release` (the
    first that says so), `measure`, `family`, `grain`, `geography`, `share`, `sigma`, `rho`, `periods` of a home's year,
    `topic_rho`, and `by` (null where a manifest does not say it)."""
    rows = [row for release in noisy(published) for row in _tables(release)]
    frame = pl.DataFrame(rows, schema=_TABLES, orient="row")
    return frame.unique([name for name in _TABLES if name != "release"], keep="first", maintain_order=True)


def editions(published: Published) -> pl.DataFrame:
    """The second measurements that manifests declare: `tier`, `topic`, `table`, `period`, `edition`, and `since`, the
    place in the order of releases of the first one that says so."""
    rows = [
        (release.tier, release.topic, str(e["table"]), _day(e["period"]), int(e["edition"]), place)
        for place, release in enumerate(noisy(published))
        for e in (release.protection or {}).get("editions", ())
    ]
    names = {"tier": pl.String, "topic": pl.String, "table": pl.String, "period": pl.Date, "edition": pl.Int64}
    frame = pl.DataFrame(rows, schema={**names, "since": pl.Int64}, orient="row")
    return frame.unique(list(names), keep="first", maintain_order=True)


def partition(release: PublishedRelease, year: int) -> pl.DataFrame | None:
    """The zones on which the release's figures of a calendar year stand."""
    path = release.folder / f"zones-{year}.parquet"
    return pl.read_parquet(path) if path.exists() else release.zones


def units_of(zones: pl.DataFrame, geography: str) -> pl.DataFrame:
    """`unit` and public `homes` of a geography; no rows for one that the partition does not know."""
    if geography != "city" and geography not in zones.columns:
        return pl.DataFrame(schema={"unit": pl.String, "homes": pl.Int64})
    unit = pl.lit("city") if geography == "city" else pl.col(geography)
    return zones.group_by(unit.alias("unit")).agg(pl.col("homes").sum()).sort("unit")


def homes_of(release: PublishedRelease, geographies: Collection[str], years: Iterable[int]) -> pl.DataFrame:
    """`geography`, `unit`, `year`, `homes` of every unit of the release."""
    frames = [_NO_HOMES]
    for year in sorted(set(years)):
        zones = partition(release, year)
        if zones is not None:
            frames += [
                units_of(zones, name).select(
                    pl.lit(name).alias("geography"), "unit", pl.lit(year, pl.Int32).alias("year"), "homes"
                )
                for name in sorted(geographies)
            ]
    return pl.concat(frames)


_NO_HOMES = pl.DataFrame(schema={"geography": pl.String, "unit": pl.String, "year": pl.Int32, "homes": pl.Int64})
_TABLES: dict[str, Any] = {
    "tier": pl.String,
    "topic": pl.String,
    "release": pl.String,
    "measure": pl.String,
    "family": pl.String,
    "grain": pl.String,
    "geography": pl.String,
    "share": pl.Float64,
    "sigma": pl.Float64,
    "rho": pl.Float64,
    "periods": pl.Int64,
    "topic_rho": pl.Float64,
    "by": pl.String,
}


def _told(release: PublishedRelease, place: int) -> pl.DataFrame:
    floors = {m["name"]: m["floor"] for m in release.manifest["measures"] if m["name"] in release.of_homes}
    floor = (release.protection or {})["floor"]
    return (
        figures(release)
        .filter(pl.col("status").is_in(ANSWERED))
        .with_columns(
            tier=pl.lit(release.tier),
            topic=pl.lit(release.topic),
            release=pl.lit(release.id),
            floor=pl.col("measure").replace_strict(floors, default=floor, return_dtype=pl.Float64).fill_null(floor),
            first=pl.lit(place, pl.Int64),
            last=pl.lit(place, pl.Int64),
        )
        .select(*KEY, "status", "value", "floor", "low", "high", "release", "first", "last")
    )


def _distinct(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Folded one release at a time, so that a long history takes no more memory than what it really says."""
    words = {name: COUNTS_SCHEMA.get(name, pl.String()) for name in KEY}
    numbers = {"value": pl.Float64(), "floor": pl.Float64(), "low": pl.Float64(), "high": pl.Float64()}
    schema = {
        **words,
        "status": pl.String(),
        **numbers,
        "release": pl.String(),
        "first": pl.Int64(),
        "last": pl.Int64(),
    }
    told = pl.DataFrame(schema=schema)
    for frame in frames:
        same = [*KEY, "status", "value"]
        told = (
            pl.concat([told, frame.select(told.columns)])
            .group_by(same, maintain_order=True)
            .agg(pl.col("floor", "low", "high", "release", "first").first(), pl.col("last").max())
            .select(told.columns)
        )
    return told


def _tables(release: PublishedRelease) -> list[tuple[Any, ...]]:
    protection = release.protection or {}
    periods = {"month": int(protection.get("month_cap", 12)), "quarter": 4, "year": 1}
    rows = []
    for measure in release.manifest["measures"]:
        if measure["name"] in release.measured:
            rows += [
                (
                    release.tier,
                    release.topic,
                    release.id,
                    measure["name"],
                    table["family"],
                    table["grain"],
                    table["geography"],
                    table["share"],
                    table["sigma"],
                    table["rho"],
                    periods.get(table["grain"], 12),
                    protection["rho"],
                    None if table.get("by") is None else "-".join(table["by"]),
                )
                for table in measure.get("tables", ())
            ]
    return rows


def _day(told: str | date) -> date:
    return date.fromisoformat(told) if isinstance(told, str) else told
