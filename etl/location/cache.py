"""What was found out about addresses with effort, kept so that it is found out once. Private.

An address stands in it as a keyed hash, never as a text, and so do the street names that were read from it. What is
matched with the city's own files is not kept: matching again is as quick as reading, so it can never be out of date.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from etl.errors import StorageFailed
from etl.protect.measurements import replace_private

LOCATE = "locate"
"""Under the private folder: what is remembered of addresses, and points that were found. Taking records back empties
it."""
KEPT_DAYS = 60
"""What no run has used for so long is forgotten."""
ADDRESS, USED, MADE_BY = "address_hash", "used", "made_by"


@dataclass(frozen=True)
class AddressCache:
    """One private Parquet file: `address_hash` (UInt64), the `facts`' columns, `used` (Date), `made_by`.

    Facts made by another program or version than `made_by` count for nothing. Without a `path` nothing is kept.
    """

    path: Path | None
    facts: dict[str, pl.DataType]
    made_by: str
    today: date

    def known(self, hashes: pl.Series) -> pl.DataFrame:
        """`address_hash` and the facts of those that are known. Raises StorageFailed where the file is damaged."""
        asked = pl.DataFrame({ADDRESS: hashes.unique()}, schema={ADDRESS: pl.UInt64})
        return self._kept().join(asked, on=ADDRESS, how="semi").select(ADDRESS, *self.facts)

    def keep(self, used: pl.Series, found: pl.DataFrame) -> None:
        """Add what was `found` (`address_hash` and facts), note that `used` were used, forget what is long unused."""
        if self.path is None:
            return
        marks = {USED: pl.lit(self.today), MADE_BY: pl.lit(self.made_by)}
        before = self._kept()
        again = before.filter(pl.col(ADDRESS).is_in(used.implode())).with_columns(**marks)
        others = before.join(again, on=ADDRESS, how="anti").join(found, on=ADDRESS, how="anti")
        fresh = others.filter(pl.col(USED) >= self.today - timedelta(days=KEPT_DAYS))
        new = found.unique(ADDRESS).select(ADDRESS, *self.facts).with_columns(**marks)
        again = again.join(new, on=ADDRESS, how="anti")
        replace_private(pl.concat([fresh, again, new.select(fresh.columns)]), self.path)

    def _kept(self) -> pl.DataFrame:
        schema = {ADDRESS: pl.UInt64(), **self.facts, USED: pl.Date(), MADE_BY: pl.String()}
        if self.path is None or not self.path.exists():
            return pl.DataFrame(schema=schema)
        try:
            kept = pl.read_parquet(self.path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise StorageFailed(
                f"The private file {self.path.name} cannot be read.", "Remove it: it is made again."
            ) from error
        ours = kept.filter(pl.col(MADE_BY) == self.made_by) if MADE_BY in kept.columns else kept.clear()
        return ours.select(list(schema)) if set(schema) <= set(ours.columns) else pl.DataFrame(schema=schema)


@dataclass(frozen=True)
class Aside(AddressCache):
    """The same for one of several processes: it knows what is kept, and writes what it learns to a file of its own."""

    aside: Path

    @classmethod
    def of(cls, cache: AddressCache, aside: Path) -> "Aside":
        """Beside a cache."""
        return cls(cache.path, cache.facts, cache.made_by, cache.today, aside)

    def keep(self, used: pl.Series, found: pl.DataFrame) -> None:
        """Write it down for `taken`."""
        known = pl.DataFrame({ADDRESS: used}, schema={ADDRESS: pl.UInt64}).unique()
        told = pl.concat([known.with_columns(new=False), found.with_columns(new=True)], how="diagonal")
        replace_private(told, self.aside)

    @staticmethod
    def taken(aside: Path, cache: AddressCache) -> None:
        """Keep what a process learned, and remove its file; nothing where there is none."""
        if aside.exists():
            told = pl.read_parquet(aside)
            found = told.filter("new").select(ADDRESS, *(name for name in cache.facts if name in told.columns))
            cache.keep(told.filter(~pl.col("new"))[ADDRESS], found)
            aside.unlink()
