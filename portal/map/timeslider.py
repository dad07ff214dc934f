"""The periods of a map as a slider that can play them: what `assets/maptime.js` is told."""

import json
from functools import lru_cache
from typing import Any

from dash.development.base_component import Component

from layers.period import Grain
from layers.store.reader import Release
from portal.frame.elements import html
from portal.language import _, language
from portal.queries.choice import Choice
from portal.queries.offer import Span, spans
from portal.words.wording import period_text

LEAST_PERIODS = 2


def time_slider(choice: Choice) -> list[Component]:
    """The periods, oldest first, each with its words and its kind; nothing where there is only one.

    The slider itself is made by script, beside the select and the links that work without it.
    """
    found = choice.spans
    if len(found) < LEAST_PERIODS:
        return []
    starts, labels, kinds = _periods(
        choice.release, choice.measure.name, choice.category, choice.geography.name, choice.grain, language()
    )
    told: dict[str, Any] = {
        "starts": starts,
        "labels": labels,
        "kinds": kinds,
        "at": next((at for at, span in enumerate(found) if span.start == choice.period), len(found) - 1),
        "words": {
            "group": _("Time"),
            "slider": _("Period"),
            "play": _("Play"),
            "pause": _("Pause"),
            "next": _("Next period"),
            "playing": _(
                "Playing {first} to {last}.",
                first=period_text(found[0].start, choice.grain),
                last=period_text(found[-1].start, choice.grain),
            ),
            "stopped": _("Stopped at {period}."),
        },
    }
    return [html.Span(hidden=True, **{"data-time": json.dumps(told, ensure_ascii=False, separators=(",", ":"))})]


@lru_cache(maxsize=256)
def _periods(
    release: Release, measure: str, category: str, geography: str, grain: Grain, _language: str
) -> tuple[list[str], list[str], list[str]]:
    """The first day of each period, its words and its kind."""
    found = spans(release, measure, category, geography, grain)
    starts = [span.start.isoformat() for span in found]
    return starts, [_label(span, grain) for span in found], [kind_of(span) for span in found]


def kind_of(span: Span) -> str:
    """`shown`, `unfinished`, `hidden` (told, and too few everywhere), or `later` (not reported yet)."""
    if not span.told:
        return "later"
    if not span.finished:
        return "unfinished"
    return "shown" if span.shown > 0 else "hidden"


def _label(span: Span, grain: Grain) -> str:
    period = period_text(span.start, grain)
    match kind_of(span):
        case "later":
            return _("{period} (not reported yet)", period=period)
        case "unfinished":
            return _("{period} (not finished)", period=period)
        case "hidden":
            return _("{period} (too few to show)", period=period)
        case _:
            return period
