"""Dash components as plain HTML: the first paint of every page, and all there is for readers without script."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from dash.development.base_component import Component

from portal.charts.picture import LINES, picture

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_TAGS = {"mapel": "map", "objectel": "object"}
_RENAMED = {"className": "class", "htmlFor": "for", "httpEquiv": "http-equiv", "acceptCharset": "accept-charset"}
_DROPPED = frozenset({"children", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "key", "loading_state"})
_PASSED = frozenset({"id", "className", "title", "href", "role", "hidden", "lang"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SCHEME = re.compile(r"\s*(?:javascript|data|vbscript):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that is safe already. Only in pages that load no Dash."""

    markup: str


def markup(content: Any) -> str:
    """The HTML of a component, a text, a number, a list of them, or `Html`. Other values are escaped as text.

    A chart of lines is a picture; a map or a store has no HTML: pages put a table and a sentence beside it.
    """
    match content:
        case None | False | True:
            return ""
        case Html(markup=text):
            return text
        case Component():
            return _component(content)
        case list() | tuple():
            return "".join(markup(each) for each in content)
        case _:
            return escape(str(content), quote=False)


def _component(component: Component) -> str:
    props: dict[str, Any] = component.to_plotly_json()["props"]
    kind: str = component._type
    if component._namespace == "dash_html_components":
        tag = _TAGS.get(kind.lower(), kind.lower())
        return _element(tag, props, props.get("children"))
    if kind == "Graph" and props.get("className") == LINES:
        return picture(props["figure"])
    if kind == "Link":
        return _element("a", _passed(props), props.get("children"))
    return markup(props.get("children")) if kind == "Loading" else ""


def _passed(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if name in _PASSED or name.startswith(("aria-", "data-"))}


def _element(tag: str, props: Mapping[str, Any], children: Any) -> str:
    opening = f"<{tag}{''.join(_attributes(props))}>"
    return opening if tag in _VOID else f"{opening}{markup(children)}</{tag}>"


def _attributes(props: Mapping[str, Any]) -> Iterable[str]:
    for name, value in props.items():
        if name in _DROPPED or value is None or value is False:
            continue
        written = name if name.startswith(("aria-", "data-")) else _RENAMED.get(name, name.lower())
        text = _style(value) if name == "style" else str(value)
        if written in ("href", "src", "action") and _SCHEME.match(text):
            continue
        yield f" {written}" if value is True else f' {written}="{escape(text)}"'


def _style(rules: Mapping[str, Any]) -> str:
    return ";".join(f"{_CAMEL.sub('-', name).lower()}:{value}" for name, value in rules.items())


def _value(row: Mapping[str, Any], column: Mapping[str, Any]) -> str:
    value = row.get(column.get("field", ""))
    return "" if value is None else escape(str(value), quote=False)
