"""Parent minus children: every total against the sum of its parts, between all levels of the partition.

All figures of a measured topic are sums of one protected table, so what subtraction leaves over is a protected figure
as well, and no finding. A total that is *not* the sum of its parts is: somewhere two answers to one question were
given. Exact counts must not leave over anything that narrows a hidden one.
"""

import polars as pl

from etl.audit.finding import Attempt, findings
from etl.audit.partition import containment
from etl.audit.published import Published, PublishedRelease
from etl.audit.sums import WHOLE, compared, contradictions, narrowed

ATTACK = "parent_minus_children"
TITLE = "Parent minus children"


def run(published: Published) -> Attempt:
    """Compare all totals of all releases with the sums of their parts."""
    frames = [_pairs(release, published.tables) for release in published.releases if release.zones is not None]
    pairs = pl.concat(frames) if frames else compared(*_nothing(published), by="fine")
    learned = pl.concat([contradictions(pairs), narrowed(pairs)]).unique(list(WHOLE), keep="first", maintain_order=True)
    told = pairs.filter("told")
    return Attempt(ATTACK, TITLE, told.height, findings(ATTACK, learned), _best(told, learned.height))


def _pairs(release: PublishedRelease, tables: pl.DataFrame) -> pl.DataFrame:
    rows = tables.filter(tier=release.tier, topic=release.topic, release=release.id)
    places = containment(release).rename({"fine": "geography", "part": "unit"})
    of_year = ["year"] if "year" in places.columns else []
    parts = rows.join(places, on=["geography", "unit", *of_year]).with_columns(
        fine="geography", geography="coarse", unit="whole"
    )
    return compared(rows, parts, by="fine")


def _nothing(published: Published) -> tuple[pl.DataFrame, pl.DataFrame]:
    none = published.tables.clear()
    return none, none.with_columns(fine=pl.lit("", pl.String), inside=pl.lit(value=True))


def _best(pairs: pl.DataFrame, found: int) -> str:
    if not pairs.height:
        return "There was no total with parts to subtract."
    whole = pairs.filter(pl.col("parts_hidden") + pl.col("parts_cut") == 0).height
    if found:
        return f"{found:,} of {pairs.height:,} totals do not fit the sum of their parts."
    return (
        f"Each of {pairs.height:,} totals fits the sum of its parts; {whole:,} have no hidden part and agree to the "
        "last home. What is left over elsewhere is a protected figure like every other."
    )
