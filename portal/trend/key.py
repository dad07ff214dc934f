"""What each line of a trend is, in words, with a sample of it."""

import polars as pl
from dash.development.base_component import Component

from layers.period import Grain
from portal.frame.elements import html
from portal.language import N_, _
from portal.queries.series import WINDOW


def line_key(rows: pl.DataFrame, grain: Grain) -> Component:
    """The lines that `trend_figure` draws of these rows; columns that it does without need not be there."""
    entries = [("", _("figure"))]
    if _any(rows, "target"):
        entries.append(("an-stroke-target", _("what the city set out to reach")))
    if _any(rows, "rolling"):
        entries.append(("an-stroke-dash", _(_WINDOW_WORDS[grain], count=WINDOW[grain])))
    if _any(rows, "low"):
        entries.append(("an-stroke-band", _("true figure, 90 % certain")))
    if rows.filter("unfinished")["value"].is_not_null().any():
        entries.append(("an-stroke-dot", _("not finished")))
    if _any(rows, "before_value"):
        entries.append(("an-stroke-before", _("what it is compared with")))
    if _any(rows, "expected"):
        entries.append(("an-stroke-expected", _("expected: 99 of 100 figures, if nothing new happens")))
    if _any(rows, "rule"):
        entries.append(("an-stroke-marked", _("stands out")))
    if _any(rows, "later_low"):
        entries.append(("an-stroke-later", _("where it will probably end up once late reports are in (90 %)")))
    if (rows["status"] == "hidden").any():
        entries.append(("an-stroke-hidden", _("too few to show")))
    return html.Ul(
        [
            html.Li([html.Span(className=f"an-stroke {name}", **{"aria-hidden": "true"}), text])
            for name, text in entries
        ],
        className="an-key",
    )


def _any(rows: pl.DataFrame, column: str) -> bool:
    return column in rows.columns and rows[column].is_not_null().any()


_WINDOW_WORDS = {
    Grain.DAY: N_("average of {count} days up to here"),
    Grain.WEEK: N_("average of {count} weeks up to here"),
    Grain.MONTH: N_("average of {count} months up to here"),
    Grain.QUARTER: N_("average of {count} quarters up to here"),
    Grain.YEAR: N_("average of {count} years up to here"),
    Grain.ROLLING_12M: N_("average of {count} rolling windows up to here"),
}
