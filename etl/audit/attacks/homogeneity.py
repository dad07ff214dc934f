"""Homogeneity and high share: figures that say of everybody in a place that it happened to them.

To learn that nearly all homes of a small zone had a filing is to learn it about each, without singling anyone out.
Noise does not prevent that, and the protection does not promise it: a complex of 300 homes shows, as privacy for homes
is not privacy for buildings. But a zone of little more than the least number of homes is nobody's complex, it is a few
houses. So the rule: a finding where the *lower* end of a figure's 90 % range is at least 90 % of the public homes of a
place with fewer than twice the least number of homes of a `zone1`; where in such a place one category alone holds that
share of the total; and, in a place of any size, where every category but one is certainly empty. The lower end, since
only it is near certain; 90 %, since then the guess "it happened to this home" is right nine times in ten, more often
than the certificate allows anyone to be for a single topic; twice the least, since beyond it the groups are as large
as the complexes that are accepted.

A city that decides to show such places declares another `high_share`, with a reason and the name of who answers for it:
then its figures are measured against that (1 refuses none), and the certificate says how high they get.
"""

import polars as pl

from etl.audit.answers import answers, built, homes_of, leaves
from etl.audit.finding import Attempt, Finding, where
from etl.audit.published import Published, PublishedRelease
from layers.ladder import ALL
from layers.policy import HIGH_SHARE

ATTACK, TITLE = "homogeneity", "Places where it happened to everybody"

SMALL = 2
"""Places with fewer than this many times the least homes of a zone1 are small."""


def run(published: Published) -> Attempt:
    """Tries every figure that was ever shown."""
    told, findings, highest, tried = answers(published, exact=True), [], 0.0, 0
    for release in built(published):
        mine = told.filter(
            (pl.col("release") == release.id) & (pl.col("tier") == release.tier) & (pl.col("topic") == release.topic)
        )
        small = _in_small_places(release, mine)
        tried += mine.filter(pl.col("value").is_not_null()).height
        highest = max(highest, float(small["share"].max() or 0.0))  # type: ignore[arg-type]  # a Float64 column
        findings += [*_high(release, small), *_one_category(release, mine, small)]
    best = f"In the smallest places a figure proves at most that it happened to {min(highest, 1):.0%} of the homes."
    return Attempt(ATTACK, TITLE, tried, tuple(findings), best)


def _in_small_places(release: PublishedRelease, told: pl.DataFrame) -> pl.DataFrame:
    """Shown figures of places with few homes, with `homes` and `share`, the least share of them it happened to."""
    least = int((release.protection or {})["zone1_homes"])
    years = told["period"].dt.year().unique().to_list()
    homes = homes_of(release, told["geography"].unique().to_list(), years)
    shown = told.filter(pl.col("value").is_not_null()).with_columns(year=pl.col("period").dt.year())
    return (
        shown.join(homes, on=["geography", "unit", "year"])
        .filter((pl.col("homes") < SMALL * least) & (pl.col("homes") > 0))
        .with_columns(pl.col("low").fill_null(pl.col("value")))  # an exact figure has no range
        .with_columns(share=pl.col("low") / pl.col("homes"))
    )


def _high(release: PublishedRelease, small: pl.DataFrame) -> list[Finding]:
    return [
        _finding(release, where(row), f"It happened to at least {row['low']:g} of the {row['homes']} homes there.")
        for row in _over(small, pl.col("share"), release).iter_rows(named=True)
    ]


def _over(rows: pl.DataFrame, share: pl.Expr, release: PublishedRelease) -> pl.DataFrame:
    """Rows with a share that is too high by what the release declares, if a person answers for the declaration."""
    deviations = (release.protection or {}).get("deviations", ())
    declared = next((d for d in deviations if d["what"] == "high_share"), None)
    bar = HIGH_SHARE if declared is None else float(declared["declared"])
    if declared is not None and not declared.get("approved_by"):
        bar = min(bar, HIGH_SHARE)
    return rows.filter(share >= bar) if bar < 1 else rows.clear()


def _one_category(release: PublishedRelease, told: pl.DataFrame, small: pl.DataFrame) -> list[Finding]:
    """Whose category is as good as known to whoever knows that it happened to them."""
    place = ["measure", "geography", "unit", "grain", "period"]
    totals = told.filter(pl.col("category") == ALL).select(*place, of=pl.col("high").fill_null(pl.col("value")))
    shares = small.filter(pl.col("category") != ALL).join(totals, on=place).filter(pl.col("of") > 0)
    most = _over(shares, pl.col("low") / pl.col("of"), release)
    found = [
        _finding(release, where(row), f"At least {row['low']:g} of at most {row['of']:g} homes are in this category.")
        for row in most.iter_rows(named=True)
    ]
    for (measure, *_), rows in told.group_by("measure", "geography", "grain", maintain_order=True):
        kinds = leaves(rows["category"].unique().to_list())
        if len(kinds) > 1:
            found += _all_others_empty(release, str(measure), rows.filter(pl.col("category").is_in(kinds)), len(kinds))
    return found


def _all_others_empty(release: PublishedRelease, measure: str, rows: pl.DataFrame, kinds: int) -> list[Finding]:
    empty = pl.col("high").fill_null(pl.col("value")).fill_null(1.0) <= 0
    alone = (
        rows.with_columns(empty=empty)
        .group_by("unit", "geography", "grain", "period", maintain_order=True)
        .agg(empty=pl.col("empty").sum(), told=pl.len(), category=pl.col("category").filter(~pl.col("empty")).first())
        .filter((pl.col("empty") == kinds - 1) & (pl.col("told") == kinds))
        .with_columns(measure=pl.lit(measure))
    )
    return [
        _finding(release, where(row), "Every other category is certainly empty: all homes there are in this one.")
        for row in alone.iter_rows(named=True)
    ]


def _finding(release: PublishedRelease, place: str, learned: str) -> Finding:
    return Finding(ATTACK, release.tier, release.topic, release.id, place, learned)
