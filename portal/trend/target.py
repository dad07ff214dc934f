"""A trend beside what the city set out to reach: the target of each period, and whether it was kept."""

from typing import Any

import polars as pl
from dash.development.base_component import Component

from layers.release import MeasureInfo, Target
from portal.frame.elements import html
from portal.frame.tables import Cell
from portal.language import _, _n
from portal.queries.choice import Choice
from portal.queries.figure import Figure
from portal.queries.target import Verdict, judge, targets_over
from portal.words.target import goal_text, value_with_unit, verdict_mark

COLUMN = "target"


def with_target(rows: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    """Adds `target`: what the city set out to reach in each period; null where nothing was declared for it."""
    found = _targets(rows, choice)
    return rows.with_columns(pl.Series(COLUMN, [each.value if each else None for each in found], dtype=pl.Float64))


def target_label(rows: pl.DataFrame, choice: Choice) -> str:
    """The first target, as the line's label; empty where there is none."""
    first = next((each for each in _targets(rows, choice) if each is not None), None)
    return _("Target: {value}", value=value_with_unit(first, choice.measure)) if first else ""


def target_words(rows: pl.DataFrame, choice: Choice) -> Component | None:
    """Who set the target, and in how many finished periods it was kept, missed, or cannot be told."""
    last = _last(rows, choice)
    if last is None:
        return None
    verdicts = [
        judge(Figure.of_row(row), target, choice.measure)
        for row, target in zip(rows.iter_rows(named=True), _targets(rows, choice), strict=True)
        if target is not None and not row["unfinished"]
    ]
    judged = [each for each in verdicts if each is not Verdict.NOTHING]
    said = [_("{target}.", target=goal_text(last, choice.measure))]
    if last.source:
        said.append(_("Set by: {source}.", source=last.source))
    if judged:
        said.append(
            _n(
                "Of {n} finished period since then: kept in {met}, not kept in {missed}, cannot be told in {unclear}.",
                "Of {n} finished periods since then: kept in {met}, not kept in {missed}, cannot be told in {unclear}.",
                len(judged),
                met=judged.count(Verdict.MET),
                missed=judged.count(Verdict.MISSED),
                unclear=judged.count(Verdict.UNCLEAR),
            )
        )
    return html.P(" ".join(said), className="an-target-words")


def target_cell(row: dict[str, Any], measure: MeasureInfo, target: Target | None) -> Cell:
    """The target of a period, and whether its figure kept it; nothing of an unfinished one."""
    if target is None:
        return Cell("–", None, number=True)
    value = value_with_unit(target, measure)
    if row["unfinished"]:
        return Cell(value, target.value, number=True)
    figure = Figure.of_row(row)
    return Cell([value, " ", verdict_mark(figure, target, measure, words=True)], target.value, number=True)


def targets_by_period(rows: pl.DataFrame, choice: Choice) -> dict[Any, Target | None]:
    """Period → the target in force."""
    return dict(zip(rows["period"], _targets(rows, choice), strict=True))


def _targets(rows: pl.DataFrame, choice: Choice) -> list[Target | None]:
    return targets_over(
        choice.manifest, choice.measure.name, category=choice.category, geography=choice.geography.name,
        grain=choice.grain, periods=rows["period"].to_list() if rows.height else [],
    )  # fmt: skip


def _last(rows: pl.DataFrame, choice: Choice) -> Target | None:
    return next((each for each in reversed(_targets(rows, choice)) if each is not None), None)
