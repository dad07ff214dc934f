"""Shares of court outcomes and the difference between two groups of homes, with what the margins leave open.

Court feeds do not say of every home who appeared: a settled case may have had the tenant in court or not. Such homes
are not guessed into a group. A group's range covers every way in which they may fall (worst-case bounds: C. Manski,
*Partial Identification of Probability Distributions*, 2003), so a difference that stands does not rest on a guess.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from portal.queries.change import Z90, Direction
from portal.queries.figure import NOTHING, Figure

ABSENT, APPEARED = "absent", "appeared"


@dataclass(frozen=True, slots=True)
class Share:
    """A share (0 to 1) and the range in which it lies; `value` is None where a part of it is hidden or unclear."""

    value: float | None
    low: float
    high: float

    @property
    def wide(self) -> bool:
        """Whether the range says next to nothing: half of all shares or more."""
        return self.high - self.low >= 0.5


@dataclass(frozen=True, slots=True)
class Group:
    """Homes of one group: with a judgment for possession, without one, and those that may be of it without one."""

    lost: tuple[Figure, ...]
    kept: tuple[Figure, ...] = ()
    unclear: tuple[Figure, ...] = ()

    @classmethod
    def appeared(cls, of: Mapping[str, Figure]) -> Self:
        """Homes whose tenant appeared, from the published categories."""
        return cls((_in(of, "judgment"),), (_in(of, "appeared_dismissed"),), (_in(of, "settled"), _in(of, "other")))

    @classmethod
    def absent(cls, of: Mapping[str, Figure]) -> Self:
        """Homes whose tenant did not appear: judgments by default; dismissed or settled ones are not told apart."""
        return cls((_in(of, "default"),), (), (_in(of, "settled"), _in(of, "other")))

    @classmethod
    def lawyer(cls, of: Mapping[str, Figure], ending: str) -> Self:
        """Homes whose tenant had a lawyer (`with_lawyer`), or none known (`without_lawyer`)."""
        at = {name: _in(of, f"{name}_{ending}") for name in ("default", "judgment", "appeared_dismissed", "settled")}
        lost, kept = (at["default"], at["judgment"]), (at["appeared_dismissed"], at["settled"])
        return cls(lost, kept, (_in(of, f"other_{ending}"),))


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more often one group has a judgment for possession than another; shares, `low` to `high` of them."""

    first: Share
    second: Share
    low: float
    high: float

    @property
    def direction(self) -> Direction:
        """ROSE: more often in the first group, FELL: less often, LEVEL: the ranges leave both open."""
        if self.low > 0:
            return Direction.ROSE
        return Direction.FELL if self.high < 0 else Direction.LEVEL


def share_of(part: Sequence[Figure], rest: Sequence[Figure]) -> Share | None:
    """`part` of `part` and `rest`, which share no home. None where a figure has no range or nothing was counted.

    The range holds however the margins fall together, so it is at least as sure as each margin (90 %).
    """
    ends = [_ends(each) for each in (*part, *rest)]
    if any(each is None for each in ends):
        return None
    inside, outside = ends[: len(part)], ends[len(part) :]
    low = _ratio(_total(inside, 0), _total(outside, 1))
    high = _ratio(_total(inside, 1), _total(outside, 0))
    if low is None or high is None:
        return None
    shown = all(each.shown for each in (*part, *rest))
    values = [math.fsum(each.value or 0 for each in some) for some in (part, rest)]
    return Share(_ratio(*values) if shown else None, low, high)


def group_share(group: Group) -> Share | None:
    """The share with a judgment for possession: lowest with all unclear homes in the group, highest with none."""
    with_them = share_of(group.lost, (*group.kept, *group.unclear))
    without = share_of(group.lost, group.kept)
    if with_them is None or without is None:
        return None
    return Share(None if any(_ends(f) != (0, 0) for f in group.unclear) else without.value, with_them.low, without.high)


def difference_of(first: Group, second: Group) -> Difference | None:
    """First minus second, with the margins, the unclear homes and chance allowed for. None where it cannot be judged.

    The homes that are unclear fall in the worst way; the margins and 1.645 standard deviations of chance are
    independent of each other, so they are added as squares. For few homes chance counts one more home on either
    side of a share (Agresti and Caffo 2000), and half a home as homes are whole (Yates).
    """
    one, two = group_share(first), group_share(second)
    if one is None or two is None:
        return None
    lowest = _end(first, second, lowest=True)
    highest = _end(first, second, lowest=False)
    if lowest is None or highest is None:
        return None
    return Difference(one, two, max(lowest, -1.0), min(highest, 1.0))


def _end(first: Group, second: Group, *, lowest: bool) -> float | None:
    """One end of the difference: the first group's homes at one extreme, the second's at the other."""
    found = [_extreme(first, low=lowest), _extreme(second, low=not lowest)]
    if found[0] is None or found[1] is None:
        return None
    (at, bound, homes), (other_at, other_bound, other_homes) = found[0], found[1]
    margin = abs(at - other_at - (bound - other_bound))
    error = math.sqrt(_variance(at, homes) + _variance(other_at, other_homes))
    both = math.hypot(margin, Z90 * error + (1 / homes + 1 / other_homes) / 2)
    return at - other_at + (-both if lowest else both)


def _extreme(group: Group, *, low: bool) -> tuple[float, float, float] | None:
    """Share from the published values, share from the ends of their ranges, and the number of homes.

    `low`: as low as it can be, with every unclear home in the group. A hidden figure stands at its worst end.
    """
    rest = (*group.kept, *group.unclear) if low else group.kept
    of_lost, of_rest = (0, 1) if low else (1, 0)
    ends = _bound(group.lost, of_lost), _bound(rest, of_rest)
    values = _bound(group.lost, of_lost, _value), _bound(rest, of_rest, _value)
    at, bound = _ratio(*values), _ratio(*ends)
    if at is None or bound is None:
        return None
    return at, bound, sum(values)


def _variance(share: float, homes: float) -> float:
    """Of a share by chance; with one more home on either side, as chance is not nothing where all homes ended alike."""
    steady = (share * homes + 1) / (homes + 2)
    return steady * (1 - steady) / homes


def _value(figure: Figure) -> float | None:
    return figure.value


def _nothing(_figure: Figure) -> float | None:
    return None


def _bound(figures: Sequence[Figure], end: int, first: Callable[[Figure], float | None] = _nothing) -> float:
    """The sum of the figures by `first`, else by that end of their ranges."""
    total = 0.0
    for figure in figures:
        value, ends = first(figure), _ends(figure)
        total += value if value is not None else (ends[end] if ends else 0.0)
    return total


def _in(of: Mapping[str, Figure], name: str) -> Figure:
    return of.get(name, NOTHING)


def _ends(figure: Figure) -> tuple[float, float] | None:
    """What a figure may truly be; None where nothing bounds it (not reported, not collected, hidden without range)."""
    if figure.low is not None and figure.high is not None:
        return max(figure.low, 0.0), figure.high
    return None if figure.value is None else (figure.value, figure.value)


def _total(ends: Sequence[tuple[float, float] | None], end: int) -> float:
    return math.fsum(each[end] for each in ends if each is not None)


def _ratio(part: float, rest: float) -> float | None:
    return part / (part + rest) if part + rest > 0 else None
