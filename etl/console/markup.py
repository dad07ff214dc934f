"""Dash components as plain HTML, and the form controls that Dash has no plain components for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from dash.development.base_component import Component

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
_RENAMED = {"className": "class", "htmlFor": "for"}
_DROPPED = frozenset({"children", "key", "n_clicks", "n_clicks_timestamp", "disable_n_clicks"})


@dataclass(frozen=True)
class Tag:
    """An HTML element of a page that is written on the server alone."""

    name: str
    children: Any = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that is safe already: Dash's own."""

    text: str


def markup(content: Any) -> str:
    """The HTML of a component, a tag, a text, a number, or a list of them. Everything else is escaped as text."""
    if isinstance(content, Html):
        return content.text
    match content:
        case None | False | True:
            return ""
        case Tag(name=name, children=children, attributes=attributes):
            return _element(name, attributes, children)
        case Component():
            props = {name: getattr(content, name) for name in content.to_plotly_json()["props"]}
            return _element(content._type.lower(), props, props.get("children"))
        case list() | tuple():
            return "".join(markup(each) for each in content)
        case _:
            return escape(str(content), quote=False)


def _element(tag: str, props: Mapping[str, Any], children: Any) -> str:
    opening = f"<{tag}{''.join(_attributes(props))}>"
    return opening if tag in _VOID else f"{opening}{markup(children)}</{tag}>"


def _attributes(props: Mapping[str, Any]) -> Iterable[str]:
    for name, value in props.items():
        if name in _DROPPED or value is None or value is False:
            continue
        written = name if name.startswith(("aria-", "data-")) else _RENAMED.get(name, name.lower())
        yield f" {written}" if value is True else f' {written}="{escape(str(value))}"'
