"""The choices of the trends page: each offers what the release has, and nothing else."""

from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component

from layers.period import period_label
from layers.release import GeographyInfo
from portal.controls import Option, form, select, toggle
from portal.queries.choice import Choice
from portal.queries.offer import CELLS, CITY, base_of, is_rate
from portal.releases import Releases
from portal.trendasked import Asked, places_of
from portal.view import View

RATE = "_per_1000"


def controls(releases: Releases, view: View, asked: Asked) -> list[Any]:
    """The form of choices, and counts or rates."""
    choice = asked.choice
    topics = [(m.topic, m.title) for m in releases.manifests()]
    everything_else = "measure category geography unit compare grain from"
    fields = [
        select("topic", "Topic", topics, choice.release.topic, drops=everything_else),
        select("measure", "Measure", _measures(choice), base_of(choice.measure.name), drops="category grain from"),
        select("geography", "Kind of place", _kinds(choice), choice.geography.name, drops="unit compare category"),
        *_place_fields(asked),
        select("category", "Category", _categories(choice), choice.category),
        select("grain", "Every", _grains(choice), choice.grain.value, drops="from to"),
        select("from", "From", _starts(choice), view.from_.isoformat() if view.from_ else ""),
    ]  # fmt: skip
    return [
        form(fields, label="What the trend shows"),
        html.Div([toggle("Show", _rates(choice, view, asked))], className="an-toggles"),
    ]


def _place_fields(asked: Asked) -> list[Component]:
    choice = asked.choice
    if choice.geography.name in CELLS:
        return []
    listed = sorted(places_of(choice).items(), key=lambda each: each[1])
    fields = [select("unit", "Place", listed, asked.unit, drops="compare")]
    if choice.geography.name != CITY:
        current = asked.others[0] if asked.others else ""
        fields.append(select("compare", "Compare with", [("", "the city only"), *listed], current))
    return fields


def _measures(choice: Choice) -> list[tuple[str, str]]:
    known = choice.offer.measures()
    return [(m.name, m.title) for m in choice.manifest.measures if m.name in known and not is_rate(m.name)]


def _kinds(choice: Choice) -> list[tuple[str, str]]:
    offered = choice.offer.geographies(choice.measure.name)
    infos: dict[str, GeographyInfo] = {info.name: info for info in choice.manifest.geographies}
    listed = [(CITY, "The whole city")]
    listed += [(name, info.title) for name, info in infos.items() if name in offered and info.units and name != CITY]
    if choice.geography.name in CELLS:
        listed.append((choice.geography.name, choice.geography.title))
    return listed


def _categories(choice: Choice) -> list[tuple[str, str]]:
    offered = choice.offer.categories(choice.measure.name, choice.geography.name)
    return [("all", "All categories"), *((g.key, g.title) for g in choice.manifest.groups if g.key in offered)]


def _grains(choice: Choice) -> list[tuple[str, str]]:
    offered = choice.offer.grains(choice.measure.name, choice.geography.name, choice.category)
    return [(grain.value, grain.value.replace("_12m", " 12 months").capitalize()) for grain in offered]


def _starts(choice: Choice) -> list[tuple[str, str]]:
    return [("", "the beginning"), *((s.start.isoformat(), period_label(s.start, choice.grain)) for s in choice.spans)]


def _rates(choice: Choice, view: View, asked: Asked) -> list[Option]:
    base = base_of(choice.measure.name)
    pinned = replace(view, unit=asked.unit, geography=choice.geography.name)
    rated = choice.geography.name in choice.offer.geographies(base + RATE)
    return [
        Option("Counts", pinned.query(measure=base), not is_rate(choice.measure.name)),
        Option(
            "Rates per 1,000",
            pinned.query(measure=base + RATE) if rated else None,
            is_rate(choice.measure.name),
            why="This measure has no rate.",
        ),
    ]
