"""How far a reader who solves everything can narrow a hidden count: the smallest and the largest it can be.

What is known is linear: some figures are printed, figures add up, a year holds at least its busiest month. The kernel
asks HiGHS (`scipy.optimize`) for extreme points. A point that satisfies all that is known *proves* that its figures are
possible, so most hidden counts are cleared many at a time; only the rest is solved one by one. Points may hold parts of
a home; the ends of an interval are rounded inwards to whole ones. So an interval is never narrower than what whole
homes allow: a reader who solves for whole numbers could in principle know more.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MANY = 10_000_000.0
"""More homes than any city has: stands for "no upper bound", so that every problem is bounded."""
_TOLERANCE = 1e-6
_INFEASIBLE = 2
_ROUNDS = 3
_WORTH_IT = 0.9
"""Go on together as long as a round clears a tenth."""
_TIGHT = 8
"""In a sum of no more open figures than this, two are not pushed the same way at once."""


class Contradiction(ValueError):
    """The printed figures do not add up: no counts at all could lie behind them."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What is known of some figures, all whole numbers: bounds of each, sums that are 0, sums that are at most 0."""

    low: Floats
    high: Floats
    sums: sparse.csr_array
    order: sparse.csr_array
    """Known of honest counts of one moment. Late or withdrawn records can break such a row; then it is not used."""

    @property
    def open(self) -> npt.NDArray[np.bool_]:
        """Which figures are not printed."""
        found: npt.NDArray[np.bool_] = self.high > self.low
        return found


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A hidden count that a reader knows better than allowed, and the printed figures that it follows from."""

    figure: int
    low: int
    high: int
    because: tuple[int, ...]


def allowed(low: float, high: float, threshold: int) -> bool:
    """Whether a reader may know that a hidden count lies in this interval.

    Every number below the threshold must remain possible, 0 included, so that nothing is learned but what the word
    `hidden` says; or none of them: a count that is not small was hidden to protect another, and may be worked out.
    """
    return low >= threshold - _TOLERANCE or (low <= _TOLERANCE and high >= threshold - 1 - _TOLERANCE)


@dataclass(eq=False)
class Seen:
    """The smallest and largest that each figure was in any point so far: all between them is possible.

    What was possible once stays so when less is known, so this may be carried from one `Knowledge` to a weaker one.
    """

    low: Floats
    high: Floats

    @classmethod
    def nothing(cls, figures: int) -> "Seen":
        """No point so far."""
        return cls(np.full(figures, np.inf), np.full(figures, -np.inf))

    def clears(self, place: int, threshold: int) -> bool:
        """Whether every number below the threshold was seen to be possible."""
        return self.none(place) and self.many(place, threshold)

    def none(self, place: int) -> bool:
        """Whether 0 was seen to be possible."""
        return bool(self.low[place] <= _TOLERANCE)

    def many(self, place: int, threshold: int) -> bool:
        """Whether threshold - 1 was seen to be possible."""
        return bool(self.high[place] >= threshold - 1 - _TOLERANCE)

    def note(self, point: Floats) -> None:
        """Take a point into account."""
        np.minimum(self.low, point, out=self.low)
        np.maximum(self.high, point, out=self.high)


def narrowed(known: Knowledge, thresholds: Mapping[int, int]) -> list[Narrowed]:
    """The hidden figures among `thresholds` (figure to threshold) whose interval is not `allowed`, by figure.

    Raises Contradiction where the printed figures cannot be true together.
    """
    solved = bounded(known, thresholds, Seen.nothing(len(known.low)))
    return [each for each in solved if not allowed(each.low, each.high, thresholds[each.figure])]


def bounded(known: Knowledge, thresholds: Mapping[int, int], seen: Seen) -> list[Narrowed]:
    """The intervals of all figures among `thresholds` of which not every number below their threshold is possible.

    `seen` holds points from the same or stronger knowledge; what is found is added. An interval that begins at its
    threshold or beyond has no upper end here. Raises Contradiction as `narrowed` does.
    """
    waiting = {figure: t for figure, t in thresholds.items() if not seen.clears(figure, t)}
    found: list[Narrowed] = []
    for part in _parts(known) if waiting else ():
        asked = {place: waiting[f] for place, f in enumerate(part.figures.tolist()) if f in waiting}
        if asked:
            here = Seen(seen.low[part.figures], seen.high[part.figures])
            found += _bounded_in(part, asked, here)
            if not part.dropped:
                seen.low[part.figures], seen.high[part.figures] = here.low, here.high
    return sorted(found, key=lambda each: each.figure)


# ---------------------------------------------------------------- one connected part


def _least(cost: Floats, **known: Any) -> "OptimizeResult":
    """The point of least cost among all that satisfy what is known."""
    from scipy.optimize import linprog  # slow to load: a command that audits nothing need not wait for it

    return linprog(cost, **known, method="highs-ds")


@dataclass(eq=False)
class _Part:
    """Open figures that depend on each other, and nothing else; printed figures stand on the right hand side."""

    figures: Ints
    low: Floats
    high: Floats
    sums: sparse.csr_array
    sums_to: Floats
    order: sparse.csr_array
    order_to: Floats
    printed_in_sums: sparse.csr_array
    printed_in_order: sparse.csr_array
    dropped: bool = False
    """Whether rows between periods had to be forgotten."""

    def extreme(self, cost: Floats) -> "OptimizeResult":
        """The point of least cost."""
        solved = self._solve(cost)
        if solved.status == _INFEASIBLE and self.order.shape[0]:
            self._drop_contradicted_order()
            solved = self._solve(cost)
        if solved.x is None:
            raise Contradiction("printed figures contradict each other")
        return solved

    def _solve(self, cost: Floats) -> "OptimizeResult":
        return _least(
            cost,
            A_ub=self.order if self.order.shape[0] else None,
            b_ub=self.order_to if self.order.shape[0] else None,
            A_eq=self.sums if self.sums.shape[0] else None,
            b_eq=self.sums_to if self.sums.shape[0] else None,
            bounds=np.column_stack([self.low, self.high]),
        )

    def because(self, solved: "OptimizeResult") -> set[int]:
        """The printed figures that hold the extreme where it is: those with a price."""
        price = np.zeros(self.printed_in_sums.shape[1])
        if self.sums.shape[0]:
            price += self.printed_in_sums.T @ solved.eqlin.marginals
        if self.order.shape[0]:
            price += self.printed_in_order.T @ solved.ineqlin.marginals
        return set(np.flatnonzero(np.abs(price) > _TOLERANCE).tolist())

    def _drop_contradicted_order(self) -> None:
        """Forget the rows between periods that the printed figures break, by the least total correction."""
        rows, size = self.order.shape
        slack = sparse.hstack([self.order, -sparse.eye_array(rows)], format="csr")
        still = sparse.hstack([self.sums, sparse.csr_array((self.sums.shape[0], rows))], format="csr")
        low, high = np.append(self.low, np.zeros(rows)), np.append(self.high, np.full(rows, np.inf))
        solved = _least(
            np.append(np.zeros(size), np.ones(rows)),
            A_ub=slack,
            b_ub=self.order_to,
            A_eq=still if still.shape[0] else None,
            b_eq=self.sums_to if still.shape[0] else None,
            bounds=np.column_stack([low, high]),
        )
        if solved.x is None:
            raise Contradiction("printed figures contradict each other")
        self.dropped = True
        kept = np.flatnonzero(solved.x[size:] <= _TOLERANCE)
        self.order, self.order_to = self.order[kept], self.order_to[kept]
        self.printed_in_order = self.printed_in_order[kept]


def _parts(known: Knowledge) -> Iterator[_Part]:
    from scipy.sparse import csgraph

    is_open = known.open
    figures = np.flatnonzero(is_open)
    printed = np.where(is_open, 0.0, known.low)
    sums, order = known.sums[:, figures], known.order[:, figures]
    both = sparse.vstack([sums, order], format="csr")
    tied = sparse.block_array([[None, both.T], [both, None]], format="csr")
    _, labels = csgraph.connected_components(tied, directed=False)
    sums_to, order_to = -(known.sums @ printed), -(known.order @ printed)
    columns, of_sums, of_order = np.split(labels, [len(figures), len(figures) + sums.shape[0]])
    shut = sparse.diags_array((~is_open).astype(np.float64), format="csr")
    in_sums, in_order = known.sums @ shut, known.order @ shut
    for label in np.unique(columns):
        here = np.flatnonzero(columns == label)
        s, o = np.flatnonzero(of_sums == label), np.flatnonzero(of_order == label)
        yield _Part(
            figures[here], known.low[figures[here]], known.high[figures[here]],
            sums[s][:, here], sums_to[s], order[o][:, here], order_to[o], in_sums[s], in_order[o],
        )  # fmt: skip


# ---------------------------------------------------------------- many at a time, then one by one


def _bounded_in(part: _Part, asked: Mapping[int, int], seen: Seen) -> list[Narrowed]:
    if not part.sums.shape[0] and not part.order.shape[0]:
        return [
            Narrowed(int(part.figures[p]), int(part.low[p]), int(part.high[p]), ())
            for p, threshold in asked.items()
            if part.low[p] > 0 or part.high[p] < threshold - 1
        ]
    found = []
    for place in _clear_together(part, asked, seen):
        if not seen.clears(place, asked[place]):
            found += _alone(part, place, asked[place], seen)
    return found


def _clear_together(part: _Part, asked: Mapping[int, int], seen: Seen) -> list[int]:
    """Push many figures that do not stand in each other's way at once, down and up; what is left over."""
    pending = [p for p in asked if not seen.clears(p, asked[p])]
    for turn in range(_ROUNDS):
        before = len(pending)
        if before < 2:
            break
        for group in _apart(part, pending if turn % 2 == 0 else pending[::-1]):
            for sign in (1.0, -1.0):
                wanted = [p for p in group if not (seen.none(p) if sign > 0 else seen.many(p, asked[p]))]
                if wanted:
                    cost = np.zeros(len(part.figures))
                    cost[wanted] = sign
                    seen.note(part.extreme(cost).x)
        pending = [p for p in pending if not seen.clears(p, asked[p])]
        if len(pending) > before * _WORTH_IT:
            break
    return pending


def _apart(part: _Part, places: list[int]) -> list[list[int]]:
    """Groups of places no two of which stand in one tight row."""
    rows = sparse.vstack([part.sums, part.order], format="csr")
    tight = rows[np.flatnonzero(np.diff(rows.indptr) <= _TIGHT)]
    of_place = sparse.csc_array(tight)
    groups: list[list[int]] = []
    taken: list[set[int]] = []
    for place in places:
        here = set(of_place.indices[of_place.indptr[place] : of_place.indptr[place + 1]].tolist())
        free = next((g for g, used in enumerate(taken) if not used & here), len(groups))
        if free == len(groups):
            groups.append([])
            taken.append(set())
        groups[free].append(place)
        taken[free] |= here
    return groups


def _alone(part: _Part, place: int, threshold: int, seen: Seen) -> list[Narrowed]:
    """The interval of one figure, unless all below the threshold is possible."""
    cost = np.zeros(len(part.figures))
    cost[place] = 1.0
    down = part.extreme(cost)
    seen.note(down.x)
    low = math.ceil(down.x[place] - _TOLERANCE)
    because = part.because(down) if low > 0 else set()
    if low >= threshold:
        return [Narrowed(int(part.figures[place]), low, int(MANY), tuple(sorted(because)))]
    if low <= 0 and seen.many(place, threshold):
        return []
    up = part.extreme(-cost)
    seen.note(up.x)
    high = math.floor(up.x[place] + _TOLERANCE)
    if high < threshold - 1:
        because |= part.because(up)
    if low <= 0 and high >= threshold - 1:
        return []
    return [Narrowed(int(part.figures[place]), low, high, tuple(sorted(because)))]
