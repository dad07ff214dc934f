"""Hide every small count, and further ones until nobody who solves everything learns more than the word "hidden" says.

Two readers are kept out. One is even told which hidden counts are below the threshold and which were hidden to protect
them; the other knows what is printed alone, and asks about every hidden count. Both know all that adds up and all that
was published before. Hiding a figure only ever takes knowledge away, so what was cleared once stays cleared. A place
with two names (a zone that is a whole neighborhood) is hidden under both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from etl.audit.intervals import MANY, Contradiction, Ints, Knowledge, Narrowed, Seen, allowed, bounded
from etl.audit.relations import ADDING, Adding, Figure, Web, adding_up, web_of
from etl.errors import WouldDisclose
from etl.exactmode.figure import FIGURE
from etl.exactmode.onerow import loosen_each_row
from etl.protect.partitions import Partitions


class CannotComplete(WouldDisclose):
    """Figures that were published before already say too much, so that nothing further can be hidden."""

    remedy = "Keep the last release, and withdraw the release that says too much."


def complete(figures: pl.DataFrame, zones: Partitions | None) -> pl.DataFrame:
    """`figures` with `shown` and `small` filled in, sorted by key.

    `figures` has the columns of FIGURE, `count` (Int64), `threshold` (Int64), `frozen` (Boolean) and, where frozen,
    `shown` and `small` as they were published; then `count` is null where it is hidden. Frozen rows never change.
    Without `zones` they are counts as received: no areas nest but in the city, and whether categories add up is
    concluded from the counts. Raises CannotComplete where only frozen figures could be hidden.
    """
    ready = figures.sort(FIGURE).with_columns(
        small=pl.when("frozen").then("small").otherwise(pl.col("count") < pl.col("threshold")),
        shown=pl.when("frozen").then("shown").otherwise(pl.col("count") >= pl.col("threshold")),
        _year=pl.col("period").dt.year(),
    )
    done = [_completed(part, zones) for part in ready.partition_by("measure", "_year", maintain_order=True)]
    return pl.concat([ready.clear(), *done]).drop("_year").sort(FIGURE)


def _completed(part: pl.DataFrame, zones: Partitions | None) -> pl.DataFrame:
    if part["frozen"].all():
        return part
    keys = [Figure(*row) for row in part.select(FIGURE[1:]).rows()]
    if zones is None:
        return part.with_columns(shown=pl.Series(_received(part, keys)))
    state = _state(part, web_of(keys, zones.of(int(part["_year"][0]))), part["shown"].to_numpy())
    _hide_until_quiet(state)
    return part.with_columns(shown=pl.Series(state.shown))


def _received(part: pl.DataFrame, keys: Sequence[Figure]) -> np.ndarray:
    """What is shown of counts as received. A reader who sees less than all may take categories for adding up that do
    not: what follows from that must not narrow a hidden count either."""
    counts = part["count"].to_list()
    true, shown = adding_up(keys, counts), part["shown"].to_numpy()
    while True:
        before = int(shown.sum())
        state = _state(part, web_of(keys, None, adding=true), shown)
        try:
            _hide_until_quiet(state)
        except Contradiction:
            if true == ADDING[-1]:
                raise CannotComplete("What was published before and what the source says now cannot both be.") from None
            true = ADDING[ADDING.index(true) + 1]
            continue
        shown = _hidden_from_believers(part, keys, state.shown, true)
        if int(shown.sum()) == before:
            return shown


def _hidden_from_believers(part: pl.DataFrame, keys: Sequence[Figure], shown: np.ndarray, true: Adding) -> np.ndarray:
    """The same from readers of what is printed alone, who believe the most that it allows."""
    printed = [count if told else None for count, told in zip(part["count"].to_list(), shown, strict=True)]
    for believed in ADDING[ADDING.index(adding_up(keys, printed)) : ADDING.index(true)]:
        state = _state(part.with_columns(small=pl.lit(value=False)), web_of(keys, None, adding=believed), shown)
        try:
            _hide_from_outsiders(state, Seen.nothing(len(state.web.figures)))
        except Contradiction:  # they see that it is not so
            continue
        return state.shown
    return shown


def _state(part: pl.DataFrame, web: Web, shown: np.ndarray) -> "_State":
    return _State(
        web,
        part["count"].fill_null(0).to_numpy(),
        part["threshold"].to_numpy(),
        part["small"].to_numpy(),
        part["frozen"].to_numpy(),
        shown.copy(),
    )


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

    @cached_property
    def same(self) -> dict[int, list[int]]:
        """Each published figure and those that are the same by another name: all are hidden, or none."""
        groups: dict[int, list[int]] = {}
        for figure, label in enumerate(self.web.same[: self.web.published].tolist()):
            groups.setdefault(label, []).append(figure)
        return {figure: group for group in groups.values() for figure in group}

    def may_hide(self, figure: int) -> bool:
        """Whether the figure is printed nowhere yet, under no name."""
        return bool(self.shown[figure]) and not any(self.shown[f] and self.frozen[f] for f in self.same[figure])


def _hide_until_quiet(state: _State) -> None:
    seen = Seen.nothing(len(state.web.figures))
    pending = state.asked(~state.shown & state.small)
    loosen_each_row(state.told(), pending, lambda row: _hide_smallest(state, row.tolist()), MANY)
    while pending:
        found = _not_allowed(bounded(state.told(), pending, seen), pending)
        _hide_more(state, found)
        pending = {each.figure: pending[each.figure] for each in found}
    _hide_from_outsiders(state, seen)


def _hide_from_outsiders(state: _State, seen: Seen) -> None:
    """The same for all other hidden counts and the reader of printed figures. Those proved to be no small ones stay so
    until a figure of the proof is hidden."""
    proofs: dict[int, frozenset[int]] = {}
    while True:
        asked = {f: t for f, t in state.asked(~state.shown & ~state.small).items() if f not in proofs}
        solved = bounded(state.printed(), asked, seen)
        found = _not_allowed(solved, asked)
        proofs |= {each.figure: frozenset(each.because) for each in solved if each.low >= asked[each.figure]}
        if not found:
            return
        hidden = _hide_more(state, found)
        proofs = {figure: because for figure, because in proofs.items() if not because & hidden}


def _not_allowed(solved: Sequence[Narrowed], asked: Mapping[int, int]) -> list[Narrowed]:
    return [each for each in solved if not allowed(each.low, each.high, asked[each.figure])]


def _hide_more(state: _State, found: Sequence[Narrowed]) -> set[int]:
    """For each narrowed count the smallest of the figures that it follows from; once for those with one in common."""
    hidden_now: set[int] = set()
    for each in found:
        because = [f for f in each.because if f < state.web.published]
        if hidden_now & set(because):
            continue
        chosen = _hide_smallest(state, because) or _hide_smallest(state, _beside(state, each.figure))
        if not chosen:
            raise CannotComplete("A hidden count of an earlier table can be worked out from what was published.")
        hidden_now.update(chosen)
    return hidden_now


def _hide_smallest(state: _State, among: Iterable[int]) -> list[int]:
    """Hides the smallest of them that may be hidden, under all its names; says what it hid."""
    chosen = _smallest(state, (f for f in among if f < state.web.published))
    hidden = [f for f in state.same[chosen] if state.shown[f]] if chosen is not None else []
    state.shown[hidden] = False
    return hidden


def _smallest(state: _State, among: Iterable[int]) -> int | None:
    free = [f for f in among if state.may_hide(f)]
    return min(free, key=lambda f: (int(state.count[f]), state.web.figures[f]), default=None)


def _beside(state: _State, figure: int) -> list[int]:
    """The published figures of the same grain and period, then of any."""
    key = state.web.figures[figure]
    same = [f for f in range(state.web.published) if state.web.figures[f][:2] == key[:2]]
    return same if _smallest(state, same) is not None else list(range(state.web.published))
