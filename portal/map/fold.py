"""The choices above the map, folded on a phone so that the list comes first; the fold says what is chosen."""

from collections.abc import Sequence

from dash.development.base_component import Component

from portal.frame.controls import folded
from portal.frame.elements import html
from portal.language import _
from portal.queries.choice import Choice
from portal.words.released import told
from portal.words.wording import period_text


def folded_choices(ident: str, said: str, within: Component) -> Component:
    """The fold around the controls. `ident`: the element that holds what is chosen (`said`)."""
    return folded(within, html.Span(said, id=ident, className="an-said"))


def chosen(choice: Choice, categories: Sequence[tuple[str, str]], places: str) -> str:
    """`Requests · All categories · Districts · Oct 2026`: the choices in the order in which they are made."""
    category = dict(categories).get(choice.category)
    when = period_text(choice.period, choice.grain) if choice.period else _("no period")
    return " · ".join(each for each in (told(choice.measure.title), category, places, when) if each)
