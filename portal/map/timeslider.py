"""The periods of a map as a slider that can play them: what `assets/maptime.js` is told."""

import json
from typing import Any

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.language import _
from portal.queries.choice import Choice
from portal.queries.offer import Span
from portal.words.wording import period_text

LEAST_PERIODS = 2


def time_slider(choice: Choice) -> list[Component]:
    """The periods, oldest first, each with its words and its kind; nothing where there is only one.

    The slider itself is made by script, beside the select and the links that work without it.
    """
    found = choice.spans
    if len(found) < LEAST_PERIODS:
        return []
    labels = [_label(span, choice) for span in found]
    told: dict[str, Any] = {
        "starts": [span.start.isoformat() for span in found],
        "labels": labels,
        "kinds": [kind_of(span) for span in found],
        "at": next((at for at, span in enumerate(found) if span.start == choice.period), len(found) - 1),
        "words": {
            "group": _("Time"),
            "slider": _("Period"),
            "play": _("Play"),
            "pause": _("Pause"),
            "next": _("Next period"),
            "playing": _(
                "Playing {first} to {last}.", first=_period(found[0], choice), last=_period(found[-1], choice)
            ),
            "stopped": _("Stopped at {period}."),
        },
    }
    return [html.Span(hidden=True, **{"data-time": json.dumps(told, ensure_ascii=False, separators=(",", ":"))})]


def kind_of(span: Span) -> str:
    """`shown`, `unfinished`, `hidden` (told, and too few everywhere), or `later` (not reported yet)."""
    if not span.told:
        return "later"
    if not span.finished:
        return "unfinished"
    return "shown" if span.shown > 0 else "hidden"


def _label(span: Span, choice: Choice) -> str:
    period = _period(span, choice)
    match kind_of(span):
        case "later":
            return _("{period} (not reported yet)", period=period)
        case "unfinished":
            return _("{period} (not finished)", period=period)
        case "hidden":
            return _("{period} (too few to show)", period=period)
        case _:
            return period


def _period(span: Span, choice: Choice) -> str:
    return period_text(span.start, choice.grain)
