"""What one home may contribute: once per table and period, and in monthly tables only a few months of a year."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.protect.measurements import replace_private
from etl.protect.refusals import BookLost
from layers.ladder import Family, LadderTable
from layers.period import period_expr

BOOK_SCHEMA = {"home": pl.UInt64(), "period": pl.Date()}


def active_homes(claims: pl.DataFrame, family: Family, table: LadderTable, periods: Iterable[date]) -> pl.DataFrame:
    """One row per home and period: `home`, `period`, `district`, `unit`, `leaf`, of the home's primary event.

    `claims` holds `home`, `day`, `cell`, the table's geography and one column per dimension of `by`. Which event is
    primary follows from the events alone, never from their order.
    """
    leaves = family.leaves(table.by)
    leaf = pl.concat_str(*(pl.col(name) for name in table.by), separator="_") if table.by else pl.lit(leaves[0])
    order = ["rank", "day", "cell"] if family.primary == "declared" else ["day", "rank", "cell"]
    return (
        claims.select(
            "home",
            "day",
            "cell",
            "district",
            pl.col(table.geography).alias("unit"),
            leaf.cast(pl.Enum(leaves)).alias("leaf"),
            period_expr("day", table.grain).alias("period"),
        )
        .filter(pl.col("period").is_in(list(periods)))
        .with_columns(rank=pl.col("leaf").to_physical())
        .sort("home", "period", *order)
        .unique(["home", "period"], keep="first", maintain_order=True)
        .select("home", "period", "district", "unit", pl.col("leaf").cast(pl.String))
    )


def within_cap(active: pl.DataFrame, book: pl.DataFrame, cap: int) -> pl.DataFrame:
    """The rows of `active` (one year of one table) that may be counted, given what the book says was counted before.

    A home that the book names for this very period stays; otherwise its first months fill what the cap has left.
    The book never forgets, so a month that was withdrawn from the feed keeps its place in the cap.
    """
    before = book.unique()
    used = before.group_by("home").agg(used=pl.len())
    again = active.join(before, on=["home", "period"], how="semi")
    new = active.join(before, on=["home", "period"], how="anti").join(used, on="home", how="left")
    order = pl.col("period").rank("ordinal").over("home")
    fitting = new.filter(pl.col("used").fill_null(0) + order <= cap).drop("used")
    return pl.concat([again, fitting]).sort("period", "home")


def refuse_shorter_book(table: str, book: pl.DataFrame, counted: Mapping[date, int]) -> None:
    """Raises BookLost where the book names fewer homes of a month than were counted in it: it is an older copy.

    `counted` are the homes that went into each measured month. A run that was killed may have booked more of them.
    """
    named = dict(book.group_by("period").agg(pl.col("home").n_unique()).iter_rows())
    short = sorted(period for period, homes in counted.items() if named.get(period, 0) < homes)
    if short:
        raise BookLost(f"The contribution book of {table} does not hold the homes that were counted in {short[0]}.")


class ContributionBook:
    """Which home was counted in which months: private files `<table>/<year>.parquet` of keyed homes and periods."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def counted(self, table: str, year: int, *, expected: bool) -> pl.DataFrame:
        """`home`, `period` counted so far. Raises BookLost where there is no book although one is `expected`."""
        path = self._path(table, year)
        if not path.exists():
            if expected:
                raise BookLost(
                    f"The contribution book of {table}, {year} is missing although months of it were measured."
                )
            return pl.DataFrame(schema=BOOK_SCHEMA)
        try:
            return pl.read_parquet(path).cast(BOOK_SCHEMA)  # type: ignore[arg-type]  # cast takes a schema
        except (pl.exceptions.PolarsError, OSError) as error:
            raise StorageFailed(f"The contribution book of {table}, {year} cannot be read.") from error

    def record(self, table: str, year: int, counted: pl.DataFrame) -> None:
        """Add `home`, `period` rows for good. Durable when this returns."""
        before = self.counted(table, year, expected=False)
        both = pl.concat([before, counted.select("home", "period").cast(BOOK_SCHEMA)]).unique()  # type: ignore[arg-type]  # cast takes a schema
        replace_private(both.sort("period", "home"), self._path(table, year))

    def _path(self, table: str, year: int) -> Path:
        return self._folder / table / f"{year}.parquet"
