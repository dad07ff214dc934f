"""From parts over time to the rows of a release: every measure of the topic in every period."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from etl.totals.asked import Parts, Question
from etl.totals.formulas import FORMULAS, SHARES_OF
from etl.totals.hidden import guarded_of
from etl.totals.sums import rows_of_formula

_ANSWERS, _BY_LANGUAGE = "survey_answers", "survey_answers_by_language"


@dataclass(frozen=True, slots=True)
class Told:
    """Contract rows without `topic`; what is to be kept of hidden figures, by measure; how many stay as they were."""

    rows: pl.DataFrame
    kept: Mapping[str, pl.DataFrame]
    corrected: int = 0


def rows_of(parts: Parts, asked: Question) -> Told:
    """Every measure of the topic. What no feed tells is `not_collected`."""
    frames = [rows_of_formula(formula, parts, asked) for formula in FORMULAS if not formula.guarded]
    kept: dict[str, pl.DataFrame] = {}
    corrected = 0
    for count in FORMULAS:
        if not count.guarded or count.measure in SHARES_OF:
            continue
        share = next((f for f in FORMULAS if SHARES_OF.get(f.measure) == count.measure), None)
        guarded = guarded_of(count, share, parts)
        figures, changed = guarded.figures(asked, kept.get(_ANSWERS) if count.measure == _BY_LANGUAGE else None)
        kept[count.measure] = figures
        frames += guarded.rows(figures, asked)
        corrected += changed
    return Told(pl.concat(frames), {name: figures for name, figures in kept.items() if figures.height}, corrected)
