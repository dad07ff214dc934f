"""A published figure: a value with its margin, or the reason why there is none."""

import math
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from layers.measures import Status

FIGURE_COLUMNS: tuple[str, ...] = ("status", "value", "low", "high", "flag")


@dataclass(frozen=True, slots=True)
class Figure:
    """What one row of a release says. `value` is there only where `status` is `value` or `zero`.

    `of`: what it rests on, where that is published: of a rate its count (with `of_margin`, its 90 % margin), of a share
    or a median how many it is of.
    """

    status: Status
    value: float | None = None
    low: float | None = None
    high: float | None = None
    flag: str | None = None
    of: float | None = None
    of_margin: float | None = None

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """From a row with the columns status, value, low, high, flag, and of, of_margin where they were read."""
        return cls(
            Status(row["status"]), row["value"], row["low"], row["high"], row["flag"], row.get("of"),
            row.get("of_margin"),
        )  # fmt: skip

    @property
    def shown(self) -> bool:
        return self.value is not None

    @property
    def measured(self) -> bool:
        """Whether a margin stands beside it."""
        return self.value is not None and self.low is not None and self.high is not None

    @property
    def margin(self) -> float:
        """Half of the range in which the true figure lies with 90 % confidence; 0 of an exact figure."""
        if self.value is None or self.low is None or self.high is None:
            return 0.0
        return max(self.high - self.value, self.value - self.low)

    def counted(self) -> "Figure":
        """The count that a rate rests on, with its margin where it has one."""
        if self.of is None:
            return NOTHING
        low, high = (None, None) if self.of_margin is None else (self.of - self.of_margin, self.of + self.of_margin)
        return Figure(Status.VALUE, self.of, low, high, self.flag)


NOTHING = Figure(Status.NOT_COLLECTED)
"""What a release says about a place or a time that it does not speak of."""


def figure_of(rows: pl.DataFrame) -> Figure:
    """The figure of the first row, or NOTHING where there is no row."""
    return Figure.of_row(rows.row(0, named=True)) if rows.height else NOTHING


def combined_margin(one: Figure, other: Figure) -> float:
    """The 90 % margin of a difference of two independent figures."""
    return math.hypot(one.margin, other.margin)


def overlap(one: Figure, other: Figure) -> bool:
    """Whether the ranges of two figures have a point in common: neither may be called the higher one."""
    return abs((one.value or 0.0) - (other.value or 0.0)) <= one.margin + other.margin
