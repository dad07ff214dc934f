"""Hide every small count, and further ones until nobody who solves everything learns more than the word "hidden" says.

Two readers are kept out. One is even told which hidden counts are below the threshold and which were hidden to protect
them; the other knows what is printed alone, and asks about every hidden count. Both know all that adds up and all that
was published before. Hiding a figure only ever takes knowledge away, so what was cleared once stays cleared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.audit.intervals import MANY, Ints, Knowledge, Narrowed, narrowed
from etl.audit.relations import Figure, Web, web_of
from etl.errors import WouldDisclose
from etl.exactmode.onerow import loosen_each_row
from etl.exactmode.tabulate import FIGURE
from etl.protect.partitions import Partitions


class CannotComplete(WouldDisclose):
    """Figures that were published before already say too much, so that nothing further can be hidden."""

    remedy = "Keep the last release, and withdraw the release that says too much."


def complete(figures: pl.DataFrame, zones: Partitions) -> pl.DataFrame:
    """`figures` with `shown` and `small` filled in, sorted by key.

    `figures` has the columns of FIGURE, `count` (Int64), `threshold` (Int64), `frozen` (Boolean) and, where frozen,
    `shown` and `small` as they were published; then `count` is null where it is hidden. Frozen rows never change.
    Raises CannotComplete where only frozen figures could be hidden.
    """
    ready = figures.sort(FIGURE).with_columns(
        small=pl.when("frozen").then("small").otherwise(pl.col("count") < pl.col("threshold")),
        shown=pl.when("frozen").then("shown").otherwise(pl.col("count") >= pl.col("threshold")),
        _year=pl.col("period").dt.year(),
    )
    done = [_completed(part, zones) for part in ready.partition_by("measure", "_year", maintain_order=True)]
    return pl.concat([ready.clear(), *done]).drop("_year").sort(FIGURE)


def _completed(part: pl.DataFrame, zones: Partitions) -> pl.DataFrame:
    if part["frozen"].all():
        return part
    keys = [Figure(*row) for row in part.select(FIGURE[1:]).rows()]
    state = _State(
        web_of(keys, zones.of(int(part["_year"][0]))),
        part["count"].fill_null(0).to_numpy(),
        part["threshold"].to_numpy(),
        part["small"].to_numpy(),
        part["frozen"].to_numpy(),
        part["shown"].to_numpy().copy(),
    )
    _hide_until_quiet(state)
    return part.with_columns(shown=pl.Series(state.shown))


@dataclass(eq=False)
class _State:
    """One measure and year: what is printed so far (`shown` changes, nothing else does)."""

    web: Web
    count: Ints
    threshold: Ints
    small: np.ndarray
    frozen: np.ndarray
    shown: np.ndarray

    def told(self) -> Knowledge:
        """What the reader knows who was told which hidden counts are small."""
        low = np.where(self.shown, self.count, 0)
        high = np.where(self.shown, self.count, np.where(self.small, self.threshold - 1, MANY))
        return self.web.known(low.astype(np.float64), high.astype(np.float64))

    def printed(self) -> Knowledge:
        """What the reader knows who has the printed figures alone."""
        low, high = np.where(self.shown, self.count, 0), np.where(self.shown, self.count, MANY)
        return self.web.known(low.astype(np.float64), high.astype(np.float64))

    def asked(self, which: np.ndarray) -> dict[int, int]:
        """Figure to threshold."""
        return {int(place): int(self.threshold[place]) for place in np.flatnonzero(which)}


def _hide_until_quiet(state: _State) -> None:
    pending = state.asked(~state.shown & state.small)
    loosen_each_row(state.told(), pending, lambda row: _hide_smallest(state, row.tolist()), MANY)
    while pending:
        found = narrowed(state.told(), pending)
        _hide_more(state, found)
        pending = {each.figure: pending[each.figure] for each in found}
    cleared = state.small.copy()
    while True:
        found = narrowed(state.printed(), state.asked(~state.shown & ~cleared))
        if not found:
            return
        _hide_more(state, found)


def _hide_more(state: _State, found: Sequence[Narrowed]) -> None:
    """For each narrowed count the smallest of the figures that it follows from; once for those with one in common."""
    hidden_now: set[int] = set()
    for each in found:
        because = [f for f in each.because if f < state.web.published]
        if hidden_now & set(because):
            continue
        chosen = _hide_smallest(state, because)
        if chosen is None:
            chosen = _hide_smallest(state, _beside(state, each.figure))
        if chosen is None:
            raise CannotComplete("A hidden count of an earlier table can be worked out from what was published.")
        hidden_now.add(chosen)


def _hide_smallest(state: _State, among: Iterable[int]) -> int | None:
    chosen = _smallest(state, (f for f in among if f < state.web.published))
    if chosen is not None:
        state.shown[chosen] = False
    return chosen


def _smallest(state: _State, among: Iterable[int]) -> int | None:
    free = [f for f in among if state.shown[f] and not state.frozen[f]]
    return min(free, key=lambda f: (int(state.count[f]), state.web.figures[f]), default=None)


def _beside(state: _State, figure: int) -> list[int]:
    """The published figures of the same grain and period, then of any."""
    key = state.web.figures[figure]
    same = [f for f in range(state.web.published) if state.web.figures[f][:2] == key[:2]]
    return same if _smallest(state, same) is not None else list(range(state.web.published))
