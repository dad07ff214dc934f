"""Adding a source: kind of connector, its fields, a private preview, columns, a check, and then the file."""

from collections.abc import Mapping
from typing import Any, get_args

from dash import html

from etl.city.source import Cadence
from etl.console.drafts import Draft
from etl.console.kinds import CHOICE, LINES, PAIRS, TICK, Asked, asked_of, kinds
from etl.console.markup import Tag
from etl.console.newsource import COLUMN, COUNTS, MORE
from etl.console.parts import (
    CHECK,
    area_field,
    check_field,
    choice_field,
    form,
    note,
    submit,
    table,
    text_field,
)  # fmt: skip
from etl.console.visit import NotThere, Shown, Visit
from layers.policy import PROTECTED_TOPICS
from layers.topics import TOPICS, topic
from layers.topics.topic import LOCATION_FIELDS

CONNECTOR = "connector."
_REGIMES = {"events": "A record", COUNTS: "A count by area that the agency made: see [counted]"}


def add_page(visit: Visit) -> Shown:
    """Which kind of connector?"""
    rows = [[html.A(kind, href=f"/add/{kind}"), about] for kind, about in kinds().items()]
    return Shown(
        "Add a source", [html.P("How is the feed read?"), table("Kinds of connector", ("Kind", "What it reads"), rows)]
    )


def kind_page(visit: Visit, said: Mapping[str, str] | None = None, problems: tuple[str, ...] = ()) -> Shown:
    """The first form: what it is and where it is. Raises NotThere."""
    kind, given = visit.names["id"], said or {}
    if kind not in kinds():
        raise NotThere
    first = [_connector_field(each, given) for each in asked_of(kind) if each.required]
    rest = [_connector_field(each, given) for each in asked_of(kind) if not each.required]
    fields = [
        *_base_fields(given),
        html.H2("Where it is"),
        html.P("Secrets are named by their environment variable, never written here.", className="quiet"),
        *first,
        html.Details([html.Summary("More settings of this connector"), *rest]) if rest else None,
        html.H2("Preview"),
        html.P(
            "The beginning of the feed is read and shown to you alone: columns, what their values look like and how "
            "many are blank. It is neither kept nor logged."
        ),
        check_field("values", "Show the first rows of a protected topic too", checked=given.get("values") == "yes"),
        html.P(_PROTECTED, className="quiet"),
        text_field(
            "reason", "Why", value=given.get("reason", ""), required=True, help="It is recorded with your name."
        ),
        html.P(submit("Preview")),
    ]
    return Shown(f"Add a source: {kind}", [*_told(problems), form(f"/add/{kind}", visit.session.token, fields)])


_PROTECTED = (
    f"The first rows of other topics are shown; of {', '.join(PROTECTED_TOPICS)} only where you ask for it here. That "
    "you did is recorded."
)


def draft_page(visit: Visit, draft: Draft) -> Shown:
    """The second form: the preview, which column is which field, the check, and the button that writes."""
    said = draft.said
    body: list[Any] = [*_told(draft.problems)]
    if draft.preview is None:
        again = html.A("Show the preview", href=f"/draft/{draft.id}", className="button")
        return Shown(_title(draft), [*body, html.P("The feed is being read."), html.P(again)])
    fields = [
        *([] if said.get("regime") == COUNTS else _column_fields(draft)),
        html.H2("How it is written"),
        area_field("formats", "Formats of dates", value=said.get("formats", "%Y-%m-%d"), help="One a line (strftime)."),
        text_field("crs", "Coordinate system", value=said.get("crs", ""), help="EPSG:4326 unless you say another."),
        area_field(
            MORE, "Further declarations (TOML)", value=said.get(MORE, ""),
            help="Tables such as [categories], [groups], [values.status], [limits] or [counted]; see the docs.",
        ),
        html.P(submit("Check", name="step", value="check", strong=not draft.toml or bool(draft.problems))),
        *(_writing(draft) if draft.toml and not draft.problems else []),
    ]  # fmt: skip
    return Shown(_title(draft), [*body, *_preview(draft), form(f"/draft/{draft.id}", visit.session.token, fields)])


def _title(draft: Draft) -> str:
    return f"Add a source: {draft.said.get('id', '')}"


def _writing(draft: Draft) -> list[Any]:
    told = Tag("pre", draft.toml, {"tabindex": 0, "class": "diff", "role": "region", "aria-label": "The declaration"})
    return [
        html.H2("The declaration"),
        note("good", html.P("Every declaration of the city is in order with it. Nothing is written yet.")),
        told,
        text_field("reason", "Why", value=draft.said.get("reason", ""), help="It is recorded with your name."),
        check_field(CHECK, f"Write sources/{draft.said['id']}.toml."),
        html.P(submit("Write the file", name="step", value="write")),
    ]


def _base_fields(said: Mapping[str, str]) -> list[Any]:
    topics = {each.name: each.title for each in TOPICS}
    cadences = {each: each for each in get_args(Cadence)}

    def value(name: str) -> str:
        return said.get(name, "")

    return [
        text_field("id", "Id", value=value("id"), required=True, help="Lower case letters, digits, underscore.",
                   pattern="[a-z][a-z0-9_]*"),
        choice_field("topic", "Topic", topics, value=value("topic"), required=True),
        text_field("title", "What it is called", value=value("title"), required=True),
        text_field("publisher", "Who publishes it", value=value("publisher"), required=True),
        text_field("license", "License", value=value("license"), required=True, help="An SPDX name if there is one."),
        text_field("from", "First day it speaks for", value=value("from"), kind="date", required=True),
        choice_field("regime", "What a row is", _REGIMES, value=value("regime") or "events", required=True),
        choice_field("cadence", "How often new data is promised", cadences, value=value("cadence"), required=True),
        text_field("cron", "When the schedule runs it", value=value("cron"),
                   help="Minute, hour, day of month, month, day of week: 15 5 * * * is every day at 5:15."),
    ]  # fmt: skip


def _connector_field(asked: Asked, said: Mapping[str, str]) -> Any:
    name, value = CONNECTOR + asked.name, said.get(CONNECTOR + asked.name, "")
    if asked.form == CHOICE:
        options = ({} if asked.required else {"": "not said"}) | {each: each for each in asked.options}
        return choice_field(name, asked.name, options, value=value, help=asked.help, required=asked.required)
    if asked.form == TICK:
        return check_field(name, f"{asked.name}: {asked.help}", checked=value == "yes")
    if asked.form in (LINES, PAIRS):
        how = "One a line." if asked.form == LINES else "One `name = value` a line."
        return area_field(name, asked.name, value=value, help=f"{asked.help} {how}", required=asked.required)
    return text_field(name, asked.name, value=value, help=asked.help, required=asked.required)


def _column_fields(draft: Draft) -> list[Any]:
    assert draft.preview is not None
    about = topic(draft.said["topic"])
    columns = {"": "not in this feed"} | {seen.name: seen.name for seen in draft.preview.columns}
    wanted = [*about.fields, *(each for each in LOCATION_FIELDS if about.field(each.name) is None)]
    found: list[Any] = [html.H2("Which column is which field")]
    for field in wanted:
        chosen = draft.said.get(COLUMN + field.name) or _alike(field.name, list(columns))
        found.append(
            choice_field(
                COLUMN + field.name, field.name, columns, value=chosen, help=field.meaning, required=field.required
            )
        )
    return found


def _alike(name: str, columns: list[str]) -> str:
    return next((column for column in columns if column.strip().lower().replace(" ", "_") == name), "")


def _preview(draft: Draft) -> list[Any]:
    assert draft.preview is not None
    columns = [[seen.name, seen.kind, f"{seen.blank:.0%}"] for seen in draft.preview.columns]
    body: list[Any] = [
        html.H2("Preview"),
        table("Columns of the feed", ("Column", "What values look like", "Blank"), columns),
    ]
    if draft.preview.rows is not None:
        heads = ("Row", *(seen.name for seen in draft.preview.columns))
        rows = [[str(n), *row] for n, row in enumerate(draft.preview.rows, start=1)]
        body.append(table("First rows, for you alone", heads, rows))
    elif draft.said["topic"] in PROTECTED_TOPICS:
        body.append(html.P("Rows of this topic are not shown unless asked for.", className="quiet"))
    return body


def _told(problems: tuple[str, ...]) -> list[Any]:
    return (
        [
            note(
                "late",
                html.Ul([html.Li(each) for each in problems]),
            )
        ]
        if problems
        else []
    )
