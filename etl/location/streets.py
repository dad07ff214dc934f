"""Street centerlines with house numbers: where along its street an address, a block or a crossing lies.

Points lie on the line itself, without an offset to either side. What is found is rough: `reach_lat` and `reach_lng`
list points around all of the block, `REACH_M` to both sides of the line, so that a caller can see whether the whole
block lies in one area.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from etl.location.spelling import block_expr, crossing_expr, house_expr
from etl.records import BLOCK, INTERPOLATED, INTERSECTION

REACH_M = 30.0
"""Meters from the line within which the houses of a block are taken to stand."""
SAME_PLACE_DEGREES = 0.002
"""About 200 m: candidates that lie farther apart are different places of one name, and none of them is taken."""
METERS_PER_DEGREE = 111_320.0
_SAMPLES = np.linspace(0.05, 0.95, 9)
_AROUND = np.linspace(0, 2 * np.pi, 8, endpoint=False)
ROUGH: dict[str, pl.DataType] = {
    "at": pl.UInt32(),
    "rough_lat": pl.Float64(),
    "rough_lng": pl.Float64(),
    "rough_way": pl.String(),
    "reach_lat": pl.List(pl.Float64),
    "reach_lng": pl.List(pl.Float64),
}
"""Columns of what is found, at most one row for each `at`."""


def nothing_found() -> pl.DataFrame:
    """No place at all."""
    return pl.DataFrame(schema=ROUGH)


@dataclass(frozen=True)
class Streets:
    """`sides`: `segment`, `name` (loose key), `zip`, `first`, `last`, `hyphens`: a side of a segment with its numbers.

    `xs`, `ys` are the longitudes and latitudes of all lines, one after the other; segment n is
    `starts[n]:starts[n + 1]`. `names` is the loose name of each segment.
    """

    sides: pl.DataFrame
    names: pl.Series
    xs: np.ndarray
    ys: np.ndarray
    starts: np.ndarray

    def found(self, addresses: pl.DataFrame, *, hundreds: bool = False) -> pl.DataFrame:
        """Columns ROUGH for the addresses (`at`, `address`, `street`, `zip`) that the streets place, each once."""
        told = [self.crossings(addresses), self.blocks(addresses, hundreds=hundreds)]
        rest = addresses.join(pl.concat(told), on="at", how="anti")
        return pl.concat([*told, self.houses(rest)]).unique("at", keep="first", maintain_order=True)

    def houses(self, addresses: pl.DataFrame) -> pl.DataFrame:
        """Addresses with a house number, interpolated along the range of their side of the street."""
        number, joined, name = house_expr(pl.col("street"))
        return self.numbered(addresses.select("at", "zip", name=name, number=number, joined=joined))

    def numbered(self, houses: pl.DataFrame) -> pl.DataFrame:
        """The same for house numbers that were read already: `at`, `zip`, `name`, `number`, `joined`."""
        near = self._sides_of(houses.drop_nulls(["name", "number"])).with_columns(
            number=pl.when("hyphens").then(pl.coalesce("joined", "number")).otherwise("number")
        )
        low, high = pl.min_horizontal("first", "last"), pl.max_horizontal("first", "last")
        even = pl.col("first") % 2 == pl.col("last") % 2
        parity = ~even | (pl.col("number") % 2 == pl.col("first") % 2)
        there = near.filter(pl.col("number").is_between(low, high) & parity)
        return self._placed(there.with_columns(share=self._share(pl.col("number"))), INTERPOLATED)

    def blocks(self, addresses: pl.DataFrame, *, hundreds: bool = False) -> pl.DataFrame:
        """Addresses that name a block: the middle of its house numbers."""
        hundred, name = block_expr(pl.col("street"), hundreds=hundreds)
        asked = addresses.select("at", "zip", name=name, hundred=hundred).drop_nulls(["name", "hundred"])
        near = self._sides_of(asked)
        low, high = pl.min_horizontal("first", "last"), pl.max_horizontal("first", "last")
        begin = pl.max_horizontal(low, 100 * pl.col("hundred"))
        end = pl.min_horizontal(high, 100 * pl.col("hundred") + 99)
        there = near.filter(begin <= end).with_columns(number=(begin + end) / 2)
        return self._placed(there.with_columns(share=self._share(pl.col("number"))), BLOCK)

    def crossings(self, addresses: pl.DataFrame) -> pl.DataFrame:
        """Addresses that name two streets: the point that both have."""
        first, second = crossing_expr(pl.col("address"))
        asked = addresses.select("at", "zip", first=first, second=second).drop_nulls(["first", "second"])
        asked = asked.filter(pl.col("first") != pl.col("second"))
        one = asked.join(self._nodes, left_on="first", right_on="name")
        both = one.join(self._nodes, left_on=["second", "lat", "lng"], right_on=["name", "lat", "lng"], suffix="_two")
        told = pl.col("zips").list.set_union("zips_two")
        right = pl.col("zip").is_null() | (told.list.len() == 0) | told.list.contains(pl.col("zip"))
        points = both.filter(right).select("at", "lat", "lng")
        where = _one_place(points, INTERSECTION)
        degrees = REACH_M / METERS_PER_DEGREE
        lat, lng = where["rough_lat"].to_numpy(), where["rough_lng"].to_numpy()
        lats = lat[:, None] + degrees * np.sin(_AROUND)
        lngs = lng[:, None] + degrees * np.cos(_AROUND) / self._narrow
        return where.with_columns(_lists("reach_lat", lats), _lists("reach_lng", lngs)).select(list(ROUGH))

    def _sides_of(self, asked: pl.DataFrame) -> pl.DataFrame:
        agrees = pl.col("zip").is_null() | pl.col("zip_side").is_null() | (pl.col("zip") == pl.col("zip_side"))
        return asked.join(self.sides.rename({"zip": "zip_side"}), on="name").filter(agrees)

    @staticmethod
    def _share(number: pl.Expr) -> pl.Expr:
        """How far along its segment a number lies, 0 to 1."""
        span = pl.col("last") - pl.col("first")
        return pl.when(span == 0).then(0.5).otherwise((number - pl.col("first")) / span)

    def _placed(self, there: pl.DataFrame, way: str) -> pl.DataFrame:
        segment, share = there["segment"].to_numpy(), there["share"].to_numpy()
        lat, lng, _ = self._along(segment, share)
        points = there.select("at", "segment").with_columns(lat=pl.Series(lat), lng=pl.Series(lng))
        return _one_place(points, way).join(self._reach(points), on="at").select(list(ROUGH))

    def _reach(self, points: pl.DataFrame) -> pl.DataFrame:
        """Points around all segments that an address was found on."""
        pairs = points.select("at", "segment").unique(maintain_order=True)
        segment = np.repeat(pairs["segment"].to_numpy(), len(_SAMPLES))
        lat, lng, ahead = self._along(segment, np.tile(_SAMPLES, pairs.height))
        degrees = REACH_M / METERS_PER_DEGREE
        sides = [(lat + s * degrees * ahead[0], lng - s * degrees * ahead[1] / self._narrow) for s in (1, -1)]
        at = np.repeat(pairs["at"].to_numpy(), len(_SAMPLES))
        flat = [
            pl.DataFrame({"at": at, "reach_lat": y, "reach_lng": x}, schema_overrides={"at": pl.UInt32})
            for y, x in sides
        ]
        return pl.concat(flat).group_by("at").agg("reach_lat", "reach_lng")

    def _along(self, segment: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Latitudes and longitudes at this share of each segment's length, and the way ahead there (east, north)."""
        begin, end = self.starts[segment], self.starts[segment + 1] - 1
        target = self._far[begin] + share * (self._far[end] - self._far[begin])
        piece = np.clip(np.searchsorted(self._far, target, side="right") - 1, begin, end - 1)
        length = self._far[piece + 1] - self._far[piece]
        part = np.divide(target - self._far[piece], length, out=np.zeros_like(target), where=length > 0)
        east, north = (c[piece + 1] - c[piece] for c in (self.xs, self.ys))
        size = np.hypot(east * self._narrow, north)
        ahead = np.array([east * self._narrow, north]) / np.where(size > 0, size, 1)
        return self.ys[piece] + part * north, self.xs[piece] + part * east, ahead

    @cached_property
    def _narrow(self) -> float:
        """How much shorter a degree of longitude is than one of latitude here."""
        return float(np.cos(np.radians(self.ys.mean()))) if len(self.ys) else 1.0

    @cached_property
    def _far(self) -> np.ndarray:
        """The way along all lines up to each vertex, in degrees of latitude; jumps between lines have no length."""
        steps = np.hypot(np.diff(self.xs) * self._narrow, np.diff(self.ys))
        steps[self.starts[1:-1] - 1] = 0
        return np.concatenate([[0.0], np.cumsum(steps)])

    @cached_property
    def _nodes(self) -> pl.DataFrame:
        """`name`, `lat`, `lng` of every end of a segment, and the ZIP codes (`zips`) of the segments that end there."""
        ends = np.concatenate([self.starts[:-1], self.starts[1:] - 1])
        numbers = np.tile(np.arange(len(self.names)), 2)
        nodes = pl.DataFrame(
            {"segment": numbers, "lat": self.ys[ends].round(6), "lng": self.xs[ends].round(6)},
            schema_overrides={"segment": pl.UInt32},
        ).with_columns(name=self.names.gather(numbers))
        zips = self.sides.group_by("segment").agg(pl.col("zip").drop_nulls().unique().alias("zips"))
        with_zips = nodes.join(zips, on="segment", how="left").filter(pl.col("name").is_not_null())
        empty = pl.lit([], dtype=pl.List(pl.String))
        return with_zips.group_by("name", "lat", "lng").agg(
            pl.col("zips").fill_null(empty).list.explode(keep_nulls=False, empty_as_null=False).unique()
        )


def _one_place(points: pl.DataFrame, way: str) -> pl.DataFrame:
    """The middle of the points (`at`, `lat`, `lng`) of each address whose points lie close together."""
    spread = pl.max_horizontal(pl.col(c).max() - pl.col(c).min() for c in ("lat", "lng"))
    grouped = points.group_by("at", maintain_order=True).agg(
        rough_lat=pl.col("lat").mean(), rough_lng=pl.col("lng").mean(), spread=spread
    )
    near = grouped.filter(pl.col("spread") <= SAME_PLACE_DEGREES).drop("spread")
    return near.with_columns(rough_way=pl.lit(way))


def _lists(name: str, values: np.ndarray) -> pl.Series:
    return pl.Series(name, values.tolist(), dtype=pl.List(pl.Float64))
