"""Small pieces that many pages show. Every one of them says in words what it shows in color."""

from datetime import date
from typing import Any

from dash.development.base_component import Component

from layers.measures import STATUS_MEANING, Status
from layers.period import Grain
from layers.release import Closing, Manifest, TopicStatus
from portal.frame.elements import html
from portal.language import N_, _
from portal.releases import Releases
from portal.view import View
from portal.words.wording import day_text, period_text, status_text

_STATUS_ICON = {
    Status.VALUE: "dot",
    Status.ZERO: "zero",
    Status.HIDDEN: "hidden",
    Status.NOT_COLLECTED: "none",
    Status.NOT_REPORTED: "clock",
}


def icon(name: str) -> Component:
    """A picture beside words that say the same; hidden from screen readers. `assets/icons/<name>.svg`."""
    return html.Span(className=f"icon icon-{name}", **{"aria-hidden": "true"})


def day(moment: date) -> Component:
    """A day in words that programs can read too."""
    return html.Time(day_text(moment), dateTime=moment.isoformat())


def status_word(status: Status) -> Component:
    """What stands where a number would: an icon, a word, and its meaning on hover and for screen readers."""
    return html.Span(
        [icon(_STATUS_ICON[status]), status_text(status)],
        className=f"status status-{status.value}",
        title=_(STATUS_MEANING[status]),
    )


def note(children: Any, kind: str = "info") -> Component:
    """A remark set apart: `info`, `caution` or `late`, each with its own icon."""
    return html.Div([icon(kind), html.Div(children)], className=f"note note-{kind}")


def tile(
    title: str,
    value: Any,
    *,
    unit: str = "",
    change: Any = None,
    details: Any = (),
    href: str | None = None,
    remark: str | None = None,
) -> Component:
    """A headline figure. `value` is text or a `status_word`; `change` and `details` are lines under it.

    `remark` is the caveat that must stand beside the figure (“a filing is not an eviction”).
    """
    lines = details if isinstance(details, list | tuple) else [details]
    name = html.A(title, href=href) if href else title
    return html.Div(
        [
            html.H3(name, className="tile-title"),
            html.Div(
                [
                    html.P(
                        [
                            html.Span(value, className="tile-value"),
                            html.Span(unit, className="tile-unit") if unit else None,
                        ],
                        className="tile-figure",
                    ),
                    html.P(change, className="tile-change") if change is not None else None,
                    *(html.P(line, className="tile-detail") for line in lines if line),
                    html.P(remark, className="tile-remark") if remark else None,
                ],
                className="tile-body",
            ),
        ],
        className="tile",
    )


def change_mark(share: float | None, words: str) -> Component:
    """An arrow and words for a change; `share` is (new − old) / old, None where it cannot be judged."""
    if share is None:
        return html.Span([icon("level"), words], className="change change-unknown")
    direction = "up" if share > 0.005 else "down" if share < -0.005 else "level"
    return html.Span([icon(direction), words], className=f"change change-{direction}")


def freshness_of(releases: Releases, manifest: Manifest) -> Component:
    """How fresh a release is: of the newest as its runs tell, of an earlier one that there are newer figures."""
    if releases.superseded(manifest):
        return html.Span([icon("info"), _("newer figures exist")], className="fresh fresh-unknown")
    return freshness(releases.status_of(manifest.topic))


def freshness(status: TopicStatus | None) -> Component:
    """Late, held or on time, with a word and an icon."""
    if status is None:
        return html.Span([icon("clock"), _("no run recorded")], className="fresh fresh-unknown")
    if status.held:
        return html.Span([icon("late"), _("newest data held back for review")], className="fresh fresh-held")
    if status.late:
        return html.Span([icon("late"), _("late")], className="fresh fresh-late")
    return html.Span([icon("check"), _("on time")], className="fresh fresh-ok")


def closing_sentence(manifest: Manifest, grain: Grain | None = None) -> str:
    """`Last closed month: October 2026; the next one is published on 1 December 2026.` Empty where nothing closes."""
    closing = _closing(manifest, grain)
    if closing is None:
        return ""
    upcoming = {"next": period_text(closing.next_period, closing.grain), "day": day_text(closing.next_on)}
    if closing.last_closed is None:
        return _(_NONE_CLOSED[closing.grain], **upcoming)
    return _(_LAST_CLOSED[closing.grain], last=period_text(closing.last_closed, closing.grain), **upcoming)


_NONE_CLOSED = {
    Grain.MONTH: N_("No month is closed yet; {next} is published on {day}."),
    Grain.QUARTER: N_("No quarter is closed yet; {next} is published on {day}."),
    Grain.YEAR: N_("No year is closed yet; {next} is published on {day}."),
}
_LAST_CLOSED = {
    Grain.MONTH: N_("Last closed month: {last}; {next} is published on {day}."),
    Grain.QUARTER: N_("Last closed quarter: {last}; {next} is published on {day}."),
    Grain.YEAR: N_("Last closed year: {last}; {next} is published on {day}."),
}


def _closing(manifest: Manifest, grain: Grain | None) -> Closing | None:
    wanted = [each for each in manifest.closings if grain is None or each.grain is grain]
    return wanted[0] if wanted else None


def downloads_of_view(view: View, *, text: str = "") -> Component:
    """Links to exactly the rows on this page; shapes too, where the places have some. `text`: of the first link."""
    query = view.query(lang=None)
    links = [
        html.A(
            [icon("download"), text or _("These figures as CSV")], href=f"/download/view.csv{query}", className="get"
        )
    ]
    if view.geography != "city":
        links.append(html.A([icon("download"), "GeoJSON"], href=f"/download/view.geojson{query}", className="get"))
    return html.P(links, className="gets")


def pictures_of_view(view: View) -> Component:
    """The map of this page as a picture with title, legend, source and date: for a newsletter, a slide, a print."""
    query = view.query()
    links = [
        html.A([icon("download"), _("Map as PNG")], href=f"/still/map.png{query}", className="get"),
        html.A([icon("download"), _("Meeting pack")], href=f"/still/pack.zip{query}", className="get"),
        html.A(_("Share or embed"), href=f"/share{query}", className="get"),
    ]
    return html.P(links, className="gets")


def table(
    heads: list[Any],
    rows: list[list[Any]],
    *,
    caption: str,
    numbers: frozenset[int] = frozenset(),
    stacks: bool = False,
) -> Component:
    """A table with a caption and header cells. The first column names the row; `numbers` are right-aligned columns.

    `stacks`: a table of sentences. On a phone each of its rows is a block, with the column's name before each cell;
    roles keep it a table for screen readers, whatever way it is drawn.
    """

    def role(name: str) -> dict[str, Any]:
        return {"role": name} if stacks else {}

    def right(index: int, value: Any = None) -> dict[str, Any]:
        names = ["number"] * (index in numbers) + ["empty"] * (stacks and value == "–")
        return {"className": " ".join(names)} if names else {}

    def cell(index: int, value: Any) -> Component:
        if index == 0:
            return html.Th(value, scope="row", **role("rowheader"))
        named = {"data-head": heads[index]} if stacks else {}
        return html.Td(value, **right(index, value), **role("cell"), **named)

    head = html.Tr(
        [html.Th(text, scope="col", **right(i), **role("columnheader")) for i, text in enumerate(heads)], **role("row")
    )
    body = [html.Tr([cell(i, value) for i, value in enumerate(row)], **role("row")) for row in rows]
    return html.Div(
        html.Table(
            [html.Caption(caption), html.Thead(head, **role("rowgroup")), html.Tbody(body, **role("rowgroup"))],
            **role("table"),
        ),
        className="scroll stacks" if stacks else "scroll",
        tabIndex="0",
        role="region",
        **{"aria-label": caption},
    )


def fold(summary: str, children: Any) -> Component:
    """What a reader may open: evidence, rules. On paper it is open."""
    return html.Details([html.Summary(summary), *children], className="more fold")
