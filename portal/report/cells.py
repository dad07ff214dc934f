"""Figures as cells: the words every page prints, and the number behind them."""

from collections.abc import Iterable

from layers.measures import Kind, Regime
from layers.release import MeasureInfo
from portal.queries.change import PARTIAL, change_in
from portal.queries.figure import Figure
from portal.report.model import Cell, Column
from portal.words.figures import change_words, figure_text, flag_text


def figure(found: Figure, measure: MeasureInfo) -> Cell:
    """A figure with its margin, or the word that stands for it."""
    return Cell(
        figure_text(found, measure),
        number=found.value,
        margin=found.margin if found.measured else None,
        decimals=measure.decimals,
        percent=measure.kind is Kind.SHARE,
        status=found.status,
        flag=flag_text(found.flag),
        partial=found.flag == PARTIAL,
    )


def change(now: Figure, before: Figure, measure: MeasureInfo) -> Cell:
    """The difference in words, by the rule that every page follows."""
    found = change_in(measure, now, before)
    return words(change_words(found, measure))


def words(text: str) -> Cell:
    """A cell without a figure."""
    return Cell(text)


def heads(*titles: str) -> tuple[Column, ...]:
    """Columns of words."""
    return tuple(Column(title) for title in titles)


def figures(titles: Iterable[str], measure: MeasureInfo | None = None) -> tuple[Column, ...]:
    """Columns of figures; of a protected measure with their margins."""
    protected = measure is not None and measure.regime in (Regime.MEASURED, Regime.APPORTIONED)
    return tuple(Column(title, figures=True, margins=protected) for title in titles)
