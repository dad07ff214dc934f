"""What a change of the vault did: which months it touched, how many events came, changed and left."""

from dataclasses import dataclass

import polars as pl

from etl.vault.partition import KEY


@dataclass(frozen=True, slots=True)
class Touched:
    """The months whose events are not what they were, ascending, and how many events were added, changed, removed.

    An event that moved to another month is one that changed.
    """

    months: tuple[str, ...] = ()
    added: int = 0
    changed: int = 0
    removed: int = 0


class Difference:
    """Collects it month by month."""

    def __init__(self) -> None:
        self._months: set[str] = set()
        self._came: list[pl.Series] = []
        self._left: list[pl.Series] = []
        self._changed = 0

    def note(self, month: str, old: pl.DataFrame | None, new: pl.DataFrame) -> None:
        """A month that is not what it was: its events before (None where there were none) and now."""
        self._months.add(month)
        if old is None:
            self._came.append(new[KEY])
            return
        both = _marked(old, "was").join(_marked(new, "now"), on=KEY, how="full", coalesce=True)
        self._left.append(both.filter(pl.col("now").is_null())[KEY])
        self._came.append(both.filter(pl.col("was").is_null())[KEY])
        again = both.filter(pl.col("was").is_not_null() & pl.col("now").is_not_null())
        same_columns = old.schema == new.schema
        self._changed += again.filter(pl.col("was") != pl.col("now")).height if same_columns else again.height

    def touched(self) -> Touched:
        """All of it."""
        came, left = (sum(part.len() for part in parts) for parts in (self._came, self._left))
        moved = int(pl.concat(self._came).is_in(pl.concat(self._left).implode()).sum()) if came and left else 0
        return Touched(tuple(sorted(self._months)), came - moved, self._changed + moved, left - moved)


def _marked(events: pl.DataFrame, name: str) -> pl.DataFrame:
    return events.select(KEY).with_columns(events.hash_rows().alias(name))
