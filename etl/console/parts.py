"""Pieces of the console's pages: a state with its picture, tables that fit a phone, form fields with their labels."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from etl.console.markup import Tag
from etl.console.sources import WORDS, Standing

CHECK = "confirm"


def icon(name: str) -> Component:
    """A picture beside a word that says the same."""
    return html.Span(className=f"icon icon-{name}", **{"aria-hidden": "true"})


def badge(state: str, word: str, picture: str) -> Component:
    """A state: a picture and a word; the color only repeats them."""
    return html.Span([icon(picture), word], className=f"badge badge-{state}")


def moment(when: datetime | None, zone: ZoneInfo, *, none: str = "never") -> Any:
    """A moment in the city's time."""
    return none if when is None else f"{when.astimezone(zone):%d %b %Y, %H:%M}"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "") -> Any:
    """A table that scrolls within itself where it is too wide. The first cell of a row names it. `empty` is said where
    there is no row; without it, what there is none of."""
    lines = list(rows)
    if not lines:
        return html.P(empty or f"{caption}: none.", className="quiet")
    head = html.Thead(html.Tr([html.Th(each, scope="col") for each in heads]))
    body = html.Tbody(
        [html.Tr([html.Th(first, scope="row"), *(html.Td(each) for each in rest)]) for first, *rest in lines]
    )
    scroll: dict[str, Any] = {"role": "region", "aria-label": caption, "tabIndex": 0}
    return html.Div(html.Table([html.Caption(caption), head, body]), className="scroll", **scroll)


def facts(pairs: Iterable[tuple[str, Any]]) -> Component:
    """Names and what is so of each."""
    return html.Dl([each for name, value in pairs for each in (html.Dt(name), html.Dd(value))])


def partner_facts(standing: Standing, zone: ZoneInfo) -> list[tuple[str, Any]]:
    """How the topic is doing in the partner tier; nothing where there is none."""
    partner = standing.partner
    if partner is None:
        return []
    word, picture = WORDS[partner.state]
    why = f" {partner.reason}" if partner.reason and partner.reason != standing.reason else ""
    return [
        ("Partner tier", [badge(partner.state, word, picture), why]),
        ("Last good run for partners", moment(partner.last_good, zone)),
        ("Release for partners", partner.release or "none"),
    ]


def note(kind: str, *children: Any) -> Component:
    """Something to notice."""
    picture = {"late": "late", "caution": "caution", "good": "check"}.get(kind, "info")
    return html.Div([icon(picture), html.Div(list(children))], className=f"note note-{kind}")


def form(action: str, token: str, children: Sequence[Any], *, upload: bool = False) -> Tag:
    """A form that carries the session's token."""
    told: dict[str, Any] = {"method": "post", "action": action}
    if upload:
        told["enctype"] = "multipart/form-data"
    return Tag("form", [hidden("token", token), *children], told)


def hidden(name: str, value: str) -> Tag:
    """A field that the page fills in."""
    return Tag("input", None, {"type": "hidden", "name": name, "value": value})


def text_field(
    name: str, label: str, *, value: str = "", help: str = "", kind: str = "text", required: bool = False, **more: Any
) -> Component:
    """A line of text, a number, a day or a password."""
    told = {"type": kind, "name": name, "id": name, "value": value, "required": required, "autocomplete": "off", **more}
    return _labelled(name, label, help, Tag("input", None, told | _described(name, help)), required=required)


def area_field(name: str, label: str, *, value: str = "", help: str = "", required: bool = False) -> Component:
    """Several lines of text."""
    told = {"name": name, "id": name, "rows": 3, "required": required, "autocomplete": "off"}
    return _labelled(name, label, help, Tag("textarea", value, told | _described(name, help)), required=required)


def choice_field(
    name: str, label: str, options: Mapping[str, str], *, value: str = "", help: str = "", required: bool = False
) -> Component:
    """One of several: value to what it is called."""
    listed = [Tag("option", said, {"value": each, "selected": each == value}) for each, said in options.items()]
    told = {"name": name, "id": name, "required": required} | _described(name, help)
    return _labelled(name, label, help, Tag("select", listed, told), required=required)


def file_field(name: str, label: str, *, help: str = "") -> Component:
    """A file of this computer."""
    told = {"type": "file", "name": name, "id": name, "required": True} | _described(name, help)
    return _labelled(name, label, help, Tag("input", None, told), required=True)


def check_field(name: str, label: str, *, required: bool = False, checked: bool = False) -> Component:
    """A box to tick."""
    told = {"type": "checkbox", "name": name, "id": name, "value": "yes", "required": required, "checked": checked}
    return html.Div([Tag("input", None, told), Tag("label", label, {"for": name})], className="tick")


def submit(label: str, *, name: str | None = None, value: str = "", strong: bool = True) -> Tag:
    """The button that sends a form."""
    told: dict[str, Any] = {"type": "submit", "class": "button strong" if strong else "button"}
    return Tag("button", label, told | ({"name": name, "value": value} if name else {}))


def _labelled(name: str, label: str, help: str, control: Tag, *, required: bool) -> Component:
    said = Tag("label", [label, None if required else Tag("span", " (optional)", {"class": "quiet"})], {"for": name})
    hint = html.P(help, id=f"{name}-help", className="quiet hint") if help else None
    return html.Div([each for each in (said, hint, control) if each is not None], className="field")


def _described(name: str, help: str) -> dict[str, Any]:
    return {"aria-describedby": f"{name}-help"} if help else {}
