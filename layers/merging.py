"""Growing regions: small ones join a neighbor until each is large enough."""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Region:
    """A group of cells: its id, the scope it may not leave, its homes, and its middle on the unit sphere."""

    id: str
    scope: str
    homes: int
    middle: Point


def grow(
    regions: Iterable[Region], borders: Iterable[tuple[str, str, int]], minimum: int, *, balanced: bool
) -> dict[str, str]:
    """For each region the id of the one it ends up in (its own, if it takes others in or stays alone).

    The smallest region below `minimum` homes goes first, to a region of the same scope: of those it touches, to the
    one it shares most sides with (`balanced`: to one that is itself too small, if there is one); where it touches
    none, to the nearest. A region alone in its scope stays as it is. Equal choices go to the lower id.
    `borders` are (region, other, sides) in both directions, within a scope.
    """
    return _Growth(list(regions), borders, minimum, balanced).run()


class _Growth:
    """The work in progress: which regions are left, and what they touch."""

    def __init__(
        self, regions: list[Region], borders: Iterable[tuple[str, str, int]], minimum: int, balanced: bool
    ) -> None:
        self.left = {region.id: region for region in regions}
        self.into = {region.id: region.id for region in regions}
        self.minimum = minimum
        self.balanced = balanced
        self.touching: dict[str, dict[str, int]] = defaultdict(dict)
        for one, other, sides in borders:
            self.touching[one][other] = sides
        self.scopes: dict[str, set[str]] = defaultdict(set)
        for region in regions:
            self.scopes[region.scope].add(region.id)

    def run(self) -> dict[str, str]:
        waiting = [(r.homes, r.id) for r in self.left.values() if r.homes < self.minimum]
        heapq.heapify(waiting)
        while waiting:
            homes, name = heapq.heappop(waiting)
            current = self.left.get(name)
            if current is None or current.homes != homes:
                continue  # it has joined another, or has grown since
            target = self._target(current)
            if target is not None:
                grown = self._join(current, target)
                if grown.homes < self.minimum:
                    heapq.heappush(waiting, (grown.homes, grown.id))
        return {name: self._end(name) for name in self.into}

    def _target(self, region: Region) -> Region | None:
        near = self.touching[region.id]
        if near:
            return min((self.left[name] for name in near), key=lambda other: self._preference(other, near[other.id]))
        others = [self.left[name] for name in self.scopes[region.scope] if name != region.id]
        return min(others, key=lambda other: (round(_apart(region.middle, other.middle), 15), other.id), default=None)

    def _preference(self, other: Region, sides: int) -> tuple[object, ...]:
        if self.balanced:
            return (other.homes >= self.minimum, -sides, other.homes, other.id)
        return (-sides, -other.homes, other.id)

    def _join(self, small: Region, target: Region) -> Region:
        """`small` disappears into `target`, which keeps its id and takes over what `small` touched."""
        grown = Region(target.id, target.scope, target.homes + small.homes, _between(small, target))
        del self.left[small.id]
        self.scopes[small.scope].discard(small.id)
        self.left[target.id] = grown
        self.into[small.id] = target.id
        for other, sides in self.touching.pop(small.id, {}).items():
            self.touching[other].pop(small.id)
            if other != target.id:
                both = self.touching[target.id].get(other, 0) + sides
                self.touching[target.id][other] = self.touching[other][target.id] = both
        return grown

    def _end(self, name: str) -> str:
        while self.into[name] != name:
            name = self.into[name]
        return name


def _between(one: Region, other: Region) -> Point:
    """The middle of two regions, weighed by homes."""
    total = one.homes + other.homes
    x, y, z = ((a * one.homes + b * other.homes) / total for a, b in zip(one.middle, other.middle, strict=True))
    return x, y, z


def _apart(one: Point, other: Point) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
