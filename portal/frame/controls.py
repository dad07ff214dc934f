"""Controls that are the address: native selects in a form, and toggles that are links.

Without script the form sends itself and the links load the page anew; with it `assets/map.js` changes the address in
place. Nothing here keeps state.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.language import _, asked
from portal.view import View


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a toggle. Without an address it is not offered, and `why` says so."""

    text: str
    href: str | None
    current: bool = False
    why: str = ""


def select(
    name: str, label: str, options: Sequence[tuple[str, str]], value: str | None, *, drops: str = "", prefix: str = ""
) -> Component:
    """A labelled select for one key of the address. `drops` names keys that a change takes away (space separated)."""
    ident = f"{prefix}choose-{name}"
    choices = [html.Option(text, value=key, **({"selected": True} if key == value else {})) for key, text in options]
    box = html.Select(choices, id=ident, name=name, key=f"{name}={value}", **{"data-drops": drops})
    return html.Div([html.Label(label, htmlFor=ident), box], className="an-field")


def form(fields: Sequence[Component], *, label: str, view: View, live: bool = True) -> Component:
    """A form of selects. Without script a button sends them, and with them whatever else the address (`view`) says.

    `live`: whether the page changes in place once one of them does.
    """
    return html.Form(
        [
            *fields,
            *_kept(view, set(_names(fields))),
            html.Button(_("Show"), type="submit", className="an-go", **sends_language()),
        ],
        method="get",
        role="search",
        className="an-form",
        **{**({"data-view": ""} if live else {}), "aria-label": label},
    )


def _names(parts: Any) -> Iterator[str]:
    """The names of all fields within."""
    for each in parts if isinstance(parts, list | tuple) else [parts]:
        if isinstance(each, Component):
            yield from [each.name] if isinstance(each, html.Select) else _names(getattr(each, "children", None) or [])


def _kept(view: View, chosen: set[str]) -> list[Component]:
    """What no field of the form asks for, as fields that nobody sees. The button sends the language."""
    kept = [(key, text) for key, text in view.pairs() if key not in {*chosen, "lang"}]
    return [
        html.Select(html.Option(value=text, selected=True), name=key, hidden=True, key=f"{key}={text}")
        for key, text in kept
    ]


def sends_language() -> dict[str, str]:
    """What the button of a form must be, so that the answer keeps the language which the address names."""
    code = asked()
    return {"name": "lang", "value": code} if code else {}


def folded(within: Component, said: Component | None = None) -> Component:
    """Controls that a phone folds away, so that what they are about comes first. `said` tells what is chosen.

    What is folded stands beside the fold, not in it: every browser can show it on a wide screen without the fold, and
    a choice made in it leaves the fold as it is.
    """
    words = [html.Span(_("Choices")), *([" ", said] if said is not None else [])]
    return html.Div([html.Details(html.Summary(words), className="an-fold"), within], className="an-controls")


def toggle(label: str, options: Sequence[Option]) -> Component:
    """A row of links, one of them current. What is not offered is there, crossed out, with its reason."""
    return html.Div(
        [html.Span(label, className="an-label"), html.Ul([html.Li(_choice(each)) for each in options])],
        className="an-toggle",
        role="group",
        **{"aria-label": label},
    )


def reasons(options: Sequence[Option]) -> Component | None:
    """Why some choices are not offered, in words, once."""
    told: dict[str, list[str]] = {}
    for each in options:
        if each.href is None and each.why:
            told.setdefault(each.why, []).append(each.text)
    if not told:
        return None
    lines = [html.Li([html.Strong(f"{', '.join(names)}: "), why]) for why, names in told.items()]
    return html.Details([html.Summary(_("Why some choices are not offered")), html.Ul(lines)], className="an-why")


def view_link(
    children: object, href: str, *, focus: str | None = None, current: bool = False, **props: str
) -> Component:
    """A link that changes the view in place. `focus` names the element that takes the focus afterwards."""
    attributes = {"data-view": "", **({"data-focus": focus} if focus else {}), **props}
    if current:
        attributes["aria-current"] = "true"
    return html.A(children, href=href, **attributes)


def _choice(option: Option) -> Component:
    if option.href is None:
        return html.Span(option.text, className="an-off", title=option.why, **{"aria-disabled": "true"})
    return view_link(option.text, option.href, current=option.current)
