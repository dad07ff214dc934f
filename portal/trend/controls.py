"""The choices of the trends page: each offers what the release has, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dash.development.base_component import Component

from layers.period import Grain
from layers.release import GeographyInfo
from portal.agency.words import category_options
from portal.frame.controls import Option, form, select, toggle
from portal.frame.elements import html
from portal.language import _
from portal.queries.choice import Choice
from portal.queries.offer import CELLS, CITY, base_of, is_rate
from portal.releases import Releases
from portal.statistics.baseline import Baseline
from portal.trend.asked import Asked, has_windows, places_of
from portal.trend.presets import presets
from portal.view import View
from portal.words.released import told
from portal.words.wording import capital, grain_text, list_text, period_text

RATE = "_per_1000"


def controls(releases: Releases, view: View, asked: Asked, baselines: Sequence[tuple[str, str]]) -> list[Any]:
    """The form of choices, and counts or rates. `baselines`: what the figures may be compared with."""
    choice = asked.choice
    topics = [(m.topic, told(m.title)) for m in releases.manifests()]
    everything_else = "measure category geography unit compare grain from baseline"
    fields = [
        select("topic", _("Topic"), topics, choice.release.topic, drops=everything_else),
        select("measure", _("Measure"), _measures(choice), base_of(choice.measure.name), drops="category grain from"),
        select("geography", _("Kind of place"), _kinds(choice), choice.geography.name, drops="unit compare category"),
        *_place_fields(asked),
        select("category", _("Category"), _categories(choice), choice.category),
        select("grain", _("Every"), _grains(choice), choice.grain.value, drops="from to"),
        select("baseline", _("Baseline"), baselines, view.baseline if asked.baseline != Baseline() else ""),
        select("from", _("From"), _starts(choice), view.from_.isoformat() if view.from_ else ""),
    ]  # fmt: skip
    return [
        form(fields, label=_("What the trend shows"), view=view),
        html.Div([toggle(_("Show"), _rates(choice, view, asked)), *presets(asked, view)], className="an-toggles"),
    ]


def _place_fields(asked: Asked) -> list[Component]:
    choice = asked.choice
    if choice.geography.name in CELLS:
        return []
    listed = sorted(places_of(choice).items(), key=lambda each: each[1])
    fields = [select("unit", _("Place"), listed, asked.unit, drops="compare")]
    if choice.geography.name != CITY:
        current = ",".join(asked.others)
        names = dict(listed)
        several = [(current, list_text([names[each] for each in asked.others]))] if len(asked.others) > 1 else []
        options = [("", _("the city only")), *several, *listed]
        fields.append(select("compare", _("Compare with"), options, current))
    return fields


def _measures(choice: Choice) -> list[tuple[str, str]]:
    known = choice.offer.measures()
    return [(m.name, told(m.title)) for m in choice.manifest.measures if m.name in known and not is_rate(m.name)]


def _kinds(choice: Choice) -> list[tuple[str, str]]:
    offered = choice.offer.geographies(choice.measure.name)
    infos: dict[str, GeographyInfo] = {info.name: info for info in choice.manifest.geographies}
    listed = [(CITY, _("The whole city"))]
    listed += [
        (name, told(info.title)) for name, info in infos.items() if name in offered and info.units and name != CITY
    ]
    if choice.geography.name in CELLS:
        listed.append((choice.geography.name, told(choice.geography.title)))
    return listed


def _categories(choice: Choice) -> list[tuple[str, str]]:
    offered = choice.offer.categories(choice.measure.name, choice.geography.name)
    return category_options(choice.manifest, offered)


def _grains(choice: Choice) -> list[tuple[str, str]]:
    offered = choice.offer.grains(choice.measure.name, choice.geography.name, choice.category)
    windows = [Grain.ROLLING_4W] if has_windows(choice) else []
    return [(grain.value, capital(grain_text(grain))) for grain in (*offered, *windows)]


def _starts(choice: Choice) -> list[tuple[str, str]]:
    return [
        ("", _("the beginning")),
        *((s.start.isoformat(), period_text(s.start, choice.grain)) for s in choice.spans),
    ]


def _rates(choice: Choice, view: View, asked: Asked) -> list[Option]:
    base = base_of(choice.measure.name)
    pinned = replace(view, unit=asked.unit, geography=choice.geography.name)
    rated = choice.geography.name in choice.offer.geographies(base + RATE)
    return [
        Option(_("Counts"), pinned.query(measure=base), not is_rate(choice.measure.name)),
        Option(
            _("Rates per 1,000"),
            pinned.query(measure=base + RATE) if rated else None,
            is_rate(choice.measure.name),
            why=_("This measure has no rate."),
        ),
    ]
