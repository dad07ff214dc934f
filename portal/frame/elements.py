"""HTML elements for Dash that are quick to make and to write.

Dash looks every property of an element up whenever one is made, and again when it is written: of the 300 elements of a
map's list and controls that is a third of the answer. These are the same classes without that; a test holds all pages
to the names that Dash knows (`tests/portal/test_elements.py`).
"""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dash.html
from dash.development.base_component import Component, ComponentMeta

if TYPE_CHECKING:
    from dash import html

__all__ = ["html"]


def _hold(self: Any, children: Any = None, **props: Any) -> None:
    """The properties are all that an element holds."""
    props["children"] = children
    self.__dict__ = props


def _told(self: Any) -> dict[str, Any]:
    """The element for Dash's page. Nobody may change it."""
    return {"props": self.__dict__, "type": self._type, "namespace": self._namespace}


def _quick(kind: type[Component]) -> type[Component]:
    """The class of an element, quick. Known to Dash under the same name, so that it is the same to the browser."""
    plain = kind()
    shared = {name: getattr(plain, name) for name in ("_type", "_namespace", *vars(plain)) if name != "children"}
    made: type[Component] = ComponentMeta(
        kind.__name__,
        (kind,),
        {
            **shared,
            "__module__": kind.__module__,
            "_children_props": kind._children_props,
            "__init__": _hold,
            "to_plotly_json": _told,
        },
    )
    return made


if not TYPE_CHECKING:
    html = SimpleNamespace(
        **{name: _quick(kind) for name, kind in vars(dash.html).items() if name in dash.html.__all__}
    )
