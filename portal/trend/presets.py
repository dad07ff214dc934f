"""Stretches of time in one step: the last months where the periods allow them, or since an event of the city."""

from datetime import date

from dash.development.base_component import Component

from layers.period import Grain, period_end
from portal.frame.controls import Option, toggle
from portal.language import _, _n
from portal.queries.series import latest
from portal.trend.asked import Asked
from portal.view import View
from portal.words.wording import day_text

MONTHS = (3, 6, 12)
_PERIODS = {Grain.WEEK: {3: 13, 6: 26, 12: 52}, Grain.MONTH: {3: 3, 6: 6, 12: 12}, Grain.QUARTER: {6: 2, 12: 4}}
"""Grain → months → how many of its periods they are. A line needs two."""


def presets(asked: Asked, view: View) -> list[Component]:
    """A row of links that set where the chart begins; nothing where there is nothing to choose."""
    found = [*_last(asked), *_since(asked)]
    if not found:
        return []
    whole = Option(_("From the beginning"), view.query(from_=None, to=None) or "?", view.from_ is None)
    chosen = [Option(text, view.query(from_=start, to=None), view.from_ == start) for text, start in found]
    return [toggle(_("Time"), [*chosen, whole])]


def _last(asked: Asked) -> list[tuple[str, date]]:
    choice = asked.choice
    newest = latest(choice.spans)
    starts = [each.start for each in choice.spans if newest is not None and each.start <= newest]
    return [
        (_n("Last {n} month", "Last {n} months", months), starts[-many])
        for months, many in _PERIODS.get(choice.grain, {}).items()
        if len(starts) > many
    ]


def _since(asked: Asked) -> list[tuple[str, date]]:
    """From the period in which an event began, where that is not the first or the last one."""
    choice, found = asked.choice, []
    starts = [each.start for each in choice.spans]
    for event in sorted(asked.events, key=lambda each: each.start, reverse=True):
        after = [each for each in starts if period_end(each, choice.grain) >= event.start]
        if 1 < len(after) < len(starts):
            found.append((_("Since {event} ({day})", event=event.title, day=day_text(event.start)), after[0]))
    return found
