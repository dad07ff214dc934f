"""What became of an act; of a dry run, what would change."""

from typing import Any

from dash import html

from etl.console.changes import MOST_LISTED, Change, Turned
from etl.console.parts import facts, note, table
from etl.console.visit import NotThere, Shown, Visit


def job_page(visit: Visit) -> Shown:
    """The page of `/job/<number>`. Raises NotThere."""
    number = visit.names["id"]
    job = visit.worker.job(int(number)) if number.isdigit() else None
    if job is None:
        raise NotThere
    found = change_body(job.shown) if isinstance(job.shown, Change) else []
    back = html.P([html.A("Back to the sources", href="/"), " · ", html.A("The record of acts", href="/log")])
    return Shown(job.title, [html.P(f"Asked for by {job.who}.", className="quiet"), *found, back])


def change_body(change: Change) -> list[Any]:
    """What would change, in words and tables."""
    told = [
        ("Tier", change.tier),
        ("Published now", change.release or "nothing"),
        ("Rows it would have", f"{change.rows:,}"),
        ("New rows", f"{change.new:,}"),
        ("Rows that would go", f"{change.gone:,}"),
        ("Rows that would differ", f"{change.changed:,}"),
        ("Newly hidden", f"{change.newly_hidden:,}"),
        ("Newly shown", f"{change.newly_shown:,}"),
    ]
    totals = [
        [each.district, f"{each.grain} of {each.period:%d %b %Y}", _figure(each.before), _figure(each.after)]
        for each in change.totals
    ]
    same = not (change.new or change.gone or change.changed)
    return [
        html.H2("What would change"),
        *([note("good", html.P("Nothing: the same figures are published already."))] if same else []),
        facts(told),
        table("Totals by district", ("District", "Period", "Published now", "Then"), totals, empty="No districts."),
        html.H3("Newly hidden"),
        _turned("Figures that are shown now and would be hidden", change.hidden, change.newly_hidden),
        html.H3("Newly shown"),
        _turned("Figures that are hidden now and would be shown", change.shown, change.newly_shown),
    ]


def _turned(caption: str, turned: tuple[Turned, ...], number: int) -> Any:
    rows = [[t.unit, t.geography, t.measure, t.category, f"{t.period:%d %b %Y}"] for t in turned]
    more = html.P(f"And {number - len(rows):,} more.") if number > MOST_LISTED else None
    return html.Div([table(caption, ("Place", "Kind of place", "Measure", "Category", "Period"), rows), more])


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"
