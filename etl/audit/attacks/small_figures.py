"""Direct small figures: whatever a release itself shows, in any of its files, that its own promises forbid.

A figure below the floor; a zero; a hidden value left in a column, in a narrower range, in a download or in a shape; a
zone with fewer homes than promised; an exact number among the side figures.
"""

from collections.abc import Iterable

import polars as pl

from etl.audit.files import ROW_KEY, SAID, downloaded, guarded, shapes_with_figures
from etl.audit.finding import Attempt, Finding, findings
from etl.audit.once import once_of_a_release
from etl.audit.published import KEY, Published, PublishedRelease
from layers.policy import ZONE0_HOMES

ATTACK = "small_figures"
TITLE = "Direct small figures"


def run(published: Published) -> Attempt:
    """Read every file of every release and look for what should not be there."""
    figures = published.figures
    files = [_in_files(release) for release in published.releases]
    found = [
        *findings(ATTACK, _shown(published.tables)),
        *findings(ATTACK, _narrow(published)),
        *(finding for _, of_release in files for finding in of_release),
        *(finding for release in published.protected for finding in _beside(release)),
    ]
    tried = figures.height + sum(rows for rows, _ in files)
    return Attempt(ATTACK, TITLE, tried, tuple(found), _best(figures, tried, len(found)))


def _best(figures: pl.DataFrame, tried: int, found: int) -> str:
    if found:
        return f"{found:,} of {tried:,} figures, files and zones show more than they may."
    hidden = figures.filter(status="hidden").height
    return (
        f"Of {tried:,} figures in tables and downloads none is below its floor, and the {hidden:,} that are too small "
        "to show are hidden in every file alike."
    )


def _shown(figures: pl.DataFrame) -> pl.DataFrame:
    value, floor = pl.col("value"), pl.col("floor")
    as_received = pl.col("answer") == "source"
    small = pl.col("status").is_in(["value", "zero"]) & (value < floor)
    silent = ~pl.col("status").is_in(["value", "zero", "hidden"])
    range_told = pl.col("low").is_not_null() | pl.col("high").is_not_null()
    learned = (
        pl.when(small & (value > 0)).then(pl.format("{} is shown, the floor is {}", value.cast(pl.Int64), floor))
        .when(small & (value <= 0) & ~as_received).then(pl.lit("none at all is shown, which is below the floor"))
        .when(value.is_not_null() & (pl.col("status") == "hidden")).then(pl.lit("hidden, yet the value is there"))
        .when(silent & (value.is_not_null() | range_told)).then(pl.lit("not told, yet a value or range is there"))
        .when((pl.col("status") == "hidden") & pl.col("flag").is_not_null())
        .then(pl.lit("hidden, yet its flag says how large it is"))
    )  # fmt: skip
    return figures.with_columns(learned=learned).filter(pl.col("learned").is_not_null())


def _narrow(published: Published) -> pl.DataFrame:
    """Hidden rows whose range says more than "0 to floor − 1 + margin".

    The margin of a place is the same in every period of a year, whatever happened there, unless a period was measured
    anew: so all its hidden rows must have one range, and it must be that of the shown ones.
    """
    hidden = pl.col("status") == "hidden"
    margin = pl.when(hidden).then(pl.col("high") - pl.col("floor") + 1).otherwise(pl.col("high") - pl.col("value"))
    place = ["tier", "topic", "release", "measure", "category", "geography", "unit", "grain", "year"]
    rows = published.figures.filter("told").with_columns(margin=margin)
    anew = pl.concat([_NO_EDITIONS, *(r.editions.select(_NO_EDITIONS.columns) for r in published.protected)]).unique()
    table = list(_NO_EDITIONS.columns)
    usual = rows.join(anew, on=table, how="anti").group_by(place).agg(
        usual=pl.col("margin").max()
    )  # fmt: skip
    seen = rows.filter(hidden).join(usual, on=place, how="left")
    seen = seen.join(anew.with_columns(anew=pl.lit(value=True)), on=table, how="left")
    measured = pl.col("answer") == "measured"
    narrow = (
        (pl.col("low") > 0)
        | (pl.col("margin") < 0)
        | (measured & pl.col("high").is_null())
        | (measured & (pl.col("margin") < pl.col("usual")) & pl.col("anew").is_null())
    )
    said = pl.format("hidden, but its range is {} to {}", pl.col("low"), pl.col("high"))
    return (
        seen.filter(narrow.fill_null(value=False))
        .unique(list(KEY), keep="first", maintain_order=True)
        .with_columns(learned=said.fill_null("hidden without a range"))
    )


@once_of_a_release
def _in_files(release: PublishedRelease) -> tuple[int, tuple[Finding, ...]]:
    """How many rows the downloads hold, and where they or the store's shapes say other than the table."""
    measures = guarded(release)
    if not measures:
        return 0, ()
    rows = downloaded(release)
    table = pl.scan_parquet(release.folder / "counts.parquet").filter(pl.col("measure").is_in(measures)).collect()
    both = rows.filter(pl.col("unit").is_not_null()).join(
        table.select(*ROW_KEY, *SAID, known=pl.lit(value=True)), on=list(ROW_KEY), how="left", suffix="_table"
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_table")) for name in SAID)
    named = release.named()
    differing = both.filter(~same | pl.col("known").is_null()).with_columns(
        learned=pl.format("{} says {}, the table says {}", "file", _words(""), _words("_table")), **named
    )
    unread = rows.filter(pl.col("unit").is_null()).select("file").with_columns(
        learned=pl.format("{} cannot be read as a table of figures, so nobody has looked at it", "file"), **named
    )  # fmt: skip
    shapes = (
        Finding(ATTACK, release.tier, release.topic, release.id, file, f"the shapes carry the property {name}")
        for file, name in shapes_with_figures(release)
    )
    return both.height, (*findings(ATTACK, differing), *findings(ATTACK, unread), *shapes)


def _words(suffix: str) -> pl.Expr:
    told = pl.concat_str(
        [f"status{suffix}", *(f"{name}{suffix}" for name in SAID[1:])], separator=" ", ignore_nulls=True
    )
    return pl.when(pl.col(f"status{suffix}").is_null()).then(pl.lit("nothing")).otherwise(told)


@once_of_a_release
def _beside(release: PublishedRelease) -> tuple[Finding, ...]:
    return (*_small_zones(release), *_side_figures(release))


def _small_zones(release: PublishedRelease) -> Iterable[Finding]:
    """Zones with fewer homes than the manifest promises. A large zone may be smaller where it is a whole piece."""
    zones, promised = release.partition, release.protection
    if zones is None or promised is None:
        return
    by = ["year"] if "year" in zones.columns else []
    least = {"zone0": ZONE0_HOMES, **{k.removesuffix("_homes"): v for k, v in promised.items()}}
    for level in (name for name in ("zone0", "zone1", "zone2") if name in zones.columns):
        sizes = zones.group_by(*by, level, "neighborhood", "district").agg(pl.col("homes").sum())
        if level == "zone2":
            piece = pl.len().over(*by, "neighborhood", "district") == 1
            sizes = sizes.filter(~piece | (pl.col("homes") < least["zone1"]))
        small = sizes.filter(pl.col("homes") < least[level]).with_columns(
            learned=pl.format("the zone has {} homes, promised are {}", "homes", pl.lit(least[level])),
            geography=pl.lit(level),
            unit=pl.col(level),
            **release.named(),
        )  # fmt: skip
        yield from findings(ATTACK, small)


def _side_figures(release: PublishedRelease) -> Iterable[Finding]:
    """Figures about a protected topic's records that are not whole percents."""
    if not release.manifest.get("protected"):
        return
    for figure in release.manifest.get("quality", ()):
        value = figure["value"]
        if value is not None and (figure["unit"] != "%" or value != int(value)):
            where = f"{figure['name']}, {figure['period']}"
            said = "a side figure of a protected topic that is not in whole percents"
            yield Finding(ATTACK, release.tier, release.topic, release.id, where, said)


_NO_EDITIONS = pl.DataFrame(
    schema={**dict.fromkeys(("tier", "topic", "measure", "grain"), pl.String()), "period": pl.Date()}
)
