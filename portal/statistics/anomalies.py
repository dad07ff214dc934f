"""Which figures stand out from what was expected, and by which rule. Pages and documents print the list of rules."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portal.language import N_
from portal.statistics.expectation import Expected, Floats

RUN = 3
"""Periods in a row that make a run."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name in links and files, and what it says."""

    key: str
    title: str
    meaning: str


RULES: tuple[Rule, ...] = (
    Rule(
        "beyond",
        N_("outside the expected range"),
        N_(
            "The figure lies outside the range in which 99 of 100 figures would lie if only level, trend, season and "
            "chance were at work. So one figure in a hundred is marked although nothing happened: of five years of "
            "months, more often than not, one."
        ),
    ),
    Rule(
        "run",
        N_("third in a row far on one side"),
        N_(
            "It is at least the third figure in a row above, or below, the range in which 80 of 100 figures would lie. "
            "Chance alone marks at most 3 figures in 1,000 by this rule."
        ),
    ),
)
"""Checked in this order: a figure is marked with the first that fires."""


def fired(values: Floats, expected: Expected) -> list[Rule | None]:
    """The rule that marks each figure, or None."""
    beyond, run = RULES
    outside = (values > expected.high) | (values < expected.low)
    side = np.where(values > expected.inner_high, 1, np.where(values < expected.inner_low, -1, 0))
    long = _in_a_row(side.tolist())
    return [beyond if out else run if many else None for out, many in zip(outside.tolist(), long, strict=True)]


def _in_a_row(sides: Sequence[int]) -> list[bool]:
    found, length, before = [], 0, 0
    for side in sides:
        length = length + 1 if side and side == before else int(side != 0)
        before = side
        found.append(length >= RUN)
    return found
