"""Geography against geography: places that overlap without nesting, one place under two names, two partitions.

Subtracting a ZIP code from the zones that it cuts through leaves a sliver, perhaps of one home. So figures about homes
exist for the levels of one partition only, and for each calendar year that partition is the same in every release.
"""

from collections.abc import Iterable, Iterator

import polars as pl

from etl.audit.finding import Attempt, Finding, findings
from etl.audit.once import once_of_a_release
from etl.audit.partition import CITY, levels, zones_of
from etl.audit.published import Published, PublishedRelease
from layers.ladder import ALL, GEOGRAPHIES

ATTACK = "geography_against_geography"
TITLE = "Geography against geography"

_RELEASE = ["tier", "topic", "release"]
_FIGURE = [*_RELEASE, "measure", "category", "grain", "period"]


def run(published: Published) -> Attempt:
    """Look for places outside the partition, for the same place twice, and for exact counts of the same homes."""
    standing = [r for r in published.protected if r.zones is not None]
    places = zones_of(published)
    named, tried = _same_place_twice(published, places)
    found = [
        *(finding for r in standing for finding in _in_itself(r)),
        *findings(ATTACK, named),
        *_two_partitions(places),
        *(finding for r in published.protected for finding in _told_exactly(r)),
    ]
    return Attempt(ATTACK, TITLE, tried, tuple(found), _best(tried, places, len(found)))


def _best(tried: int, places: pl.DataFrame, found: int) -> str:
    if found:
        return f"{found:,} times a place or a measure can be set against another that it should not be set against."
    count = places.select("geography", "unit").n_unique()
    return (
        f"All {tried:,} figures stand on {count:,} places made of the same zones: subtracting one place from another "
        "leaves whole zones, never a sliver."
    )


@once_of_a_release
def _in_itself(release: PublishedRelease) -> tuple[Finding, ...]:
    return (*_outside(release), *_not_nested(release), *_other_homes(release))


def _outside(release: PublishedRelease) -> Iterator[Finding]:
    """Figures about homes for a geography or a unit that the partition does not have; one finding per geography."""
    assert release.partition is not None
    zones = release.partition.with_columns(pl.lit(CITY).alias(CITY))
    about = list(release.about_homes)
    rows = pl.scan_parquet(release.folder / "counts.parquet").filter(pl.col("measure").is_in(about)).collect()
    units = pl.concat([zones.select(pl.lit(g).alias("geography"), unit=g).unique() for g in levels(zones)])
    strange = rows.join(units, on=["geography", "unit"], how="anti")
    told = strange.group_by("measure", "geography", maintain_order=True).agg(
        unit=pl.col("unit").first(), rows=pl.len(), units=pl.col("unit").n_unique()
    )
    learned = pl.format("{} figures for {} places that are no part of the partition", "rows", "units")
    yield from findings(ATTACK, told.with_columns(**release.named(), learned=learned))


def _not_nested(release: PublishedRelease) -> Iterator[Finding]:
    """Zones that lie in two larger zones, or in two neighborhoods or districts. Neighborhoods may cross districts."""
    assert release.partition is not None
    zones = release.partition
    by = ["year"] if "year" in zones.columns else []
    fine = [name for name in levels(zones) if name.startswith("zone")]
    for level, larger in ((a, b) for a in ["cell", *fine] for b in levels(zones) if b != CITY):
        if level != "cell" and GEOGRAPHIES.index(level) >= GEOGRAPHIES.index(larger):
            continue
        torn = zones.group_by(*by, level).agg(pl.col(larger).n_unique().alias("wholes")).filter(pl.col("wholes") > 1)
        for unit in torn[level].unique().sort():
            yield _finding(release, f"{level} {unit}", f"it lies in more than one {larger}")


def _same_place_twice(published: Published, places: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Two names for the same cells whose figures differ, and how many figures stand on the partitions."""
    units = places.group_by(*_RELEASE, "year", "geography", "unit").agg(
        cells=pl.col("cell").sort().str.join(" "), size=pl.len()
    )
    always, yearly = units.filter(pl.col("year").is_null()), units.filter(pl.col("year").is_not_null())
    place = [*_RELEASE, "geography", "unit"]
    rows = pl.concat(
        [
            published.tables.join(always.drop("year"), on=place),
            published.tables.join(yearly, on=[*place, "year"]),
        ],
        how="diagonal",
    )
    first = rows.sort("size", "geography").group_by(*_FIGURE, "cells", maintain_order=True).agg(
        pl.col("geography", "unit").first(),
        other=pl.format("{} {}", "geography", "unit").last(),
        names=pl.len(),
        answers=pl.struct("status", "value").n_unique(),
    )  # fmt: skip
    differing = first.filter(pl.col("answers") > 1).with_columns(
        learned=pl.format("the same cells as {}, but another figure", "other")
    )
    return differing, rows.height


def _two_partitions(places: pl.DataFrame) -> Iterator[Finding]:
    """Cells that two releases of a tier put into different places in the same year."""
    known = places.filter(pl.col("geography") != CITY)
    for tier in known["tier"].unique().sort():
        yield from _two_in_tier(known.filter(tier=tier))


def _two_in_tier(known: pl.DataFrame) -> Iterable[Finding]:
    by = ["year", "cell", "geography"]
    answers = known.group_by(by).agg(
        pl.col("tier", "topic", "release").last(),
        units=pl.col("unit").n_unique(),
        counts=pl.col("homes").n_unique(),
    )
    torn = answers.filter((pl.col("units") > 1) | (pl.col("counts") > 1))
    for row in torn.group_by("year", "geography").agg(pl.len(), pl.col(*_RELEASE).last()).iter_rows(named=True):
        year = "" if row["year"] is None else f" of {row['year']}"
        learned = f"{row['len']} cells{year} belong to another place or count other homes than in an earlier release"
        yield Finding(ATTACK, row["tier"], row["topic"], row["release"], row["geography"], learned)


def _other_homes(release: PublishedRelease) -> Iterator[Finding]:
    """Zones whose number of homes in the manifest is not that of the partition."""
    assert release.partition is not None
    zones = release.partition
    by = ["year"] if "year" in zones.columns else []
    for told in release.manifest["geographies"]:
        level = told["name"]
        if not level.startswith("zone") or level not in zones.columns:
            continue
        sizes = zones.group_by(*by, level).agg(pl.col("homes").sum()).select(unit=level, homes="homes")
        said = pl.DataFrame(
            [(u["id"], u["homes"]) for u in told["units"]],
            schema={"unit": pl.String, "said": pl.Int64},
            orient="row",
        )
        other = said.join(sizes, on="unit").group_by("unit").agg(
            agree=(pl.col("said") == pl.col("homes")).any(), said=pl.col("said").first()
        )  # fmt: skip
        for unit, _, homes in other.filter(~pl.col("agree")).sort("unit").iter_rows():
            yield _finding(release, f"{level} {unit}", f"{homes} homes on the page, another number in the partition")


def _told_exactly(release: PublishedRelease) -> Iterator[Finding]:
    """Exact figures, averages or percentiles beside protected ones that may be about the same homes."""
    measures = release.manifest["measures"]
    about = set(release.about_homes)
    categories = {c for m in measures if m["regime"] == "measured" for c in m["categories"]} - {ALL}
    for measure in measures:
        name, regime = measure["name"], measure["regime"]
        if regime == "measured" and measure["kind"] not in ("count", "rate"):
            yield _finding(release, name, f"a {measure['kind']} computed from the records of homes")
        if regime != "exact" or name in about:
            continue
        shared = sorted(categories & set(measure["categories"]))
        if release.manifest.get("protected"):
            yield _finding(release, name, "an exact figure of a protected topic")
        elif shared:
            yield _finding(release, name, f"exact figures of categories about homes: {', '.join(shared)}")
        elif zones := sorted(g for g in measure.get("geographies", ()) if g.startswith("zone")):
            yield _finding(release, name, f"exact figures for the zones of homes: {', '.join(zones)}")


def _finding(release: PublishedRelease, where: str, learned: str) -> Finding:
    return Finding(ATTACK, release.tier, release.topic, release.id, where, learned)
