"""Rates that reveal a hidden count: work back from everything that is computed from counts.

A rate per 1,000 homes must say what the published count says and nothing more: shown where it is shown, hidden where
it is hidden, the same figure and range divided by the zone's public homes. A hidden range and a margin must not depend
on what is hidden: of one place and table they are the same all year. Shares, averages, percentiles and durations of
homes are not sums of the protected table at all, so none may be there; nor a flag on a hidden row, nor a side figure
with decimals, which would be a share of exact records.
"""

from collections.abc import Iterator

import polars as pl

from etl.audit.answers import figures, homes_of
from etl.audit.finding import Attempt, Finding, where
from etl.audit.once import once_of_a_release
from etl.audit.published import Published, PublishedRelease
from layers.measures import RATE_SUFFIX

ATTACK, TITLE = "rates", "Rates and flags that reveal a hidden count"

_HALF = 0.005 + 1e-6
"""Rates are rounded to two decimals."""
_NEW_NOISE = 0.5
"""From this share of a table's places on, a changed margin means that the table was measured with another noise."""
_PLACE = ("measure", "category", "geography", "unit", "grain")
_TABLE = ("measure", "category", "geography", "grain")
_COUNT = ("category", "geography", "unit", "grain", "period")


def run(published: Published) -> Attempt:
    """Tries every rate, range and flag about homes in every release."""
    tried, findings = 0, []
    for release in published.protected:
        rows, learned = _of_release(release)
        tried += rows
        for place, said in learned:
            findings.append(Finding(ATTACK, release.tier, release.topic, release.id, place, said))
    worked = f"{len(findings):,} figures say more than the published counts" if findings else (
        "Every rate gives back the published count or nothing, and every hidden range is the same whatever it hides"
    )  # fmt: skip
    return Attempt(ATTACK, TITLE, tried, tuple(findings), f"{worked} ({tried:,} rows tried).")


@once_of_a_release
def _of_release(release: PublishedRelease) -> tuple[int, tuple[tuple[str, str], ...]]:
    """How many rows of counts and rates it has, and what they give away."""
    rows = figures(release, rates=True)
    is_rate = pl.col("measure").str.ends_with(RATE_SUFFIX)
    return rows.height, tuple(_learned(release, rows.filter(~is_rate), rows.filter(is_rate)))


def _learned(release: PublishedRelease, counts: pl.DataFrame, rates: pl.DataFrame) -> Iterator[tuple[str, str]]:
    yield from _against_counts(release, counts, rates)
    yield from _ranges(counts)
    yield from _margins(counts)
    yield from _other_kinds(release)
    yield from _side_figures(release)


# ---------------------------------------------------------------- rates


def _against_counts(release: PublishedRelease, counts: pl.DataFrame, rates: pl.DataFrame) -> Iterator[tuple[str, str]]:
    homes = homes_of(release, counts["geography"].unique().to_list(), counts["period"].dt.year().unique().to_list())
    both = (
        rates.with_columns(count=pl.col("measure").str.strip_suffix(RATE_SUFFIX), year=pl.col("period").dt.year())
        .join(counts, left_on=["count", *_COUNT], right_on=["measure", *_COUNT], suffix="_count", how="left")
        .join(homes, on=["geography", "unit", "year"], how="left")
    )
    differs = pl.lit(value=False)
    for name in ("value", "low", "high"):
        back = pl.col(f"{name}_count") * 1000 / pl.col("homes")
        one_sided = pl.col(name).is_null() != pl.col(f"{name}_count").is_null()
        differs |= one_sided | ((pl.col(name) - back).abs() > _HALF).fill_null(value=False)
    other_flag = ~pl.col("flag").eq_missing(pl.col("flag_count"))
    learned = (
        pl.when(pl.col("value").is_not_null() & pl.col("value_count").is_null())
        .then(pl.format("The count is not shown, but its rate of {} is.", "value"))
        .when(pl.col("status") != pl.col("status_count"))
        .then(pl.format("The rate is {}, its count {}.", "status", "status_count"))
        .when(differs)
        .then(pl.lit("Times the homes of the place it does not give back the published count and its range."))
        .when(other_flag)
        .then(pl.lit("It is flagged otherwise than its count."))
    )
    for row in both.with_columns(learned=learned).drop_nulls("learned").iter_rows(named=True):
        yield where(row), row["learned"]


# ---------------------------------------------------------------- hidden ranges, margins, flags


def _ranges(counts: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """What stands beside a hidden figure is the same for every figure that could be hidden there."""
    hidden, told = pl.col("status") == "hidden", pl.col("status").is_in(["value", "zero", "hidden"])
    learned = (
        pl.when(hidden & pl.col("flag").is_not_null())
        .then(pl.lit("The figure is hidden, but a flag tells of its size."))
        .when(hidden & (pl.col("low").fill_null(-1.0) != 0))
        .then(pl.lit("The figure is hidden, but its range does not begin at 0."))
        .when(~told & pl.any_horizontal(pl.col("low", "high", "flag").is_not_null()))
        .then(pl.lit("There is no figure, but a range or a flag tells of one."))
    )  # fmt: skip
    for row in counts.with_columns(learned=learned).drop_nulls("learned").iter_rows(named=True):
        yield where(row), row["learned"]


def _margins(counts: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """A margin follows from the zones and the noise alone: of one place and table it is the same all year.

    If half of a table's places change together, its noise was declared anew; a single one that changes tells of its
    figure.
    """
    year = pl.col("period").dt.year().alias("year")
    margin = pl.when(pl.col("status") == "value").then(pl.col("high") - pl.col("value")).otherwise("high").round(6)
    told = counts.filter(pl.col("status").is_in(["value", "hidden"])).with_columns(year, margin=margin)
    kinds = pl.col("margin").drop_nulls().unique(maintain_order=True)
    usual = told.group_by(*_PLACE, "year", "status", maintain_order=True).agg(
        usual=pl.col("margin").mode(maintain_order=True).first(), kinds=kinds.len()
    )
    marked = told.join(usual, on=[*_PLACE, "year", "status"]).with_columns(
        odd=~pl.col("margin").eq_missing(pl.col("usual"))
    )
    alone = marked.with_columns(share=pl.col("odd").mean().over(*_TABLE, "period"), of=pl.len().over(*_TABLE, "period"))
    found = alone.filter(pl.col("odd") & ((pl.col("share") < _NEW_NOISE) | (pl.col("of") == 1)))
    for row in found.iter_rows(named=True):
        yield where(row), "Its range is another than in the other periods of the year: it depends on the figure."
    yield from _hidden_and_shown(told)


def _hidden_and_shown(told: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """The hidden range of a table lies the same distance above the margin of shown figures, wherever there are both."""
    ends = told.group_by(*_PLACE, "year").agg(
        shown=pl.col("margin").filter(pl.col("status") == "value").min(),
        hidden=pl.col("margin").filter(pl.col("status") == "hidden").max(),
        period=pl.col("period").filter(pl.col("status") == "hidden").first(),
    )
    above = ends.drop_nulls().with_columns(above=pl.col("hidden") - pl.col("shown"))
    usual = above.group_by("measure").agg(usual=pl.col("above").mode().min())
    found = above.join(usual, on="measure").filter((pl.col("above") - pl.col("usual")).abs() > 1e-6)
    for row in found.sort(_PLACE).iter_rows(named=True):
        yield where(row), "Its hidden range is not the floor and the margin of its place: it depends on the figure."


# ---------------------------------------------------------------- what is no sum of counts


def _other_kinds(release: PublishedRelease) -> Iterator[tuple[str, str]]:
    """Measures of homes that are neither counts nor rates of counts, by the manifest and by the table itself."""
    said = {m["name"]: m for m in release.manifest["measures"]}
    exact = [name for name, m in said.items() if m["regime"] != "measured" and name not in release.about_homes]
    homes = [g["key"] for g in release.manifest.get("groups", ()) if g.get("kind") == "home"]
    about_homes = ~pl.col("measure").is_in(exact) | pl.col("category").is_in(homes)
    kinds = (
        pl.scan_parquet(release.folder / "counts.parquet")
        .filter(about_homes)
        .select("measure", "kind")
        .unique()
        .collect()
        .sort("measure", "kind")
    )
    for measure, kind in kinds.iter_rows():
        if measure not in said:
            yield measure, "The manifest does not know this measure."
        elif kind not in ("count", "rate") or said[measure]["kind"] not in ("count", "rate"):
            yield measure, f"A {kind} of homes is no sum of protected counts: it was made from records."
        elif kind == "rate" and measure.removesuffix(RATE_SUFFIX) not in release.of_homes:
            yield measure, "It is a rate of something that is not counted here."


def _side_figures(release: PublishedRelease) -> Iterator[tuple[str, str]]:
    for figure in release.manifest.get("quality", ()):
        value = figure.get("value")
        of_records = release.manifest.get("protected") or not str(figure["name"]).startswith("located_")
        if of_records and value is not None and value != round(value):
            yield f"{figure['name']}, {figure.get('period', '')}", "A side figure with decimals is a share of records."
