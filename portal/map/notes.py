"""What must be known of a map to read it, below its legend: how exact its places are, what is in none, as of when."""

from collections.abc import Sequence

from dash.development.base_component import Component

from layers.release import Manifest
from portal.frame.elements import html
from portal.frame.parts import day
from portal.language import _, _n, link, number, woven
from portal.queries.choice import Choice
from portal.queries.unplaced import approximate, homes_placed, unplaced
from portal.words.released import told
from portal.words.wording import count_text


def map_notes(choice: Choice) -> Component:
    """Below the legend of a heat map."""
    spread = (
        _("Approximate: figures have noise, and are spread over areas, not addresses.")
        if approximate(choice)
        else _("Counts are spread over areas, not addresses.")
    )
    return _notes([spread, _not_placed(choice)], [choice.manifest])


def notes_of_several(manifests: Sequence[Manifest]) -> Component:
    """Below the legend of a map of several topics, protected ones among them."""
    return _notes([_("Approximate: figures have noise, and are spread over areas, not addresses.")], manifests)


def _notes(words: Sequence[str], manifests: Sequence[Manifest]) -> Component:
    lines = [*(html.Li(each) for each in words if each), *(html.Li(_as_of(each)) for each in manifests)]
    return html.Ul(lines, className="an-map-notes quiet")


def _as_of(manifest: Manifest) -> list[object]:
    topic = html.A(told(manifest.title), href=link(f"/data/{manifest.topic}?as_of={manifest.release}"))
    return woven("{topic} as of {day}", topic=topic, day=day(manifest.as_of))


def _not_placed(choice: Choice) -> str:
    """How many records are in no place of the map; of homes what the release says of the year."""
    found = unplaced(choice)
    if found is not None:
        if not found.count:
            return _("Not placed on the map: none.")
        share = number(found.percent, 1)
        return _n(
            "Not placed on the map: {n} of {all} ({share} %), counted for the city only.",
            "Not placed on the map: {n} of {all} ({share} %), counted for the city only.",
            found.count, all=count_text(found.of), share=share,
        )  # fmt: skip
    homes = homes_placed(choice.manifest, choice.period) if approximate(choice) else None
    if homes is None:
        return ""
    return _(
        "Homes with records in {year} that could be placed: {percent} %. Others are in no figure.",
        year=homes.year, percent=number(homes.percent),
    )  # fmt: skip
