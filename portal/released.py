"""Words that come with a release, in English, said in the language of the page.

The vocabulary's own titles and sentences are messages (`portal.locale.vocabulary`). What the publishing program writes
with values in it is known by its pattern. What a city wrote itself (names, events, contacts) stays as it is.
"""

import re
from functools import cache, lru_cache

from layers.wording import in_sentence
from portal.language import N_, SOURCE, _, language

_PATTERNS = (
    N_("Shapes with figures for {year}, by {at}"),
    N_("{places} are not offered: every figure about homes is a sum of zones that were fixed beforehand, and the borders of {same} cut through zones. Figures for both could be subtracted from each other until a single home stands out."),  # noqa: E501 - as it is published
    N_("This release has no figures by {at}."),
    N_("The source counted {same} by another geography. Its counts are shown as received and never spread over other places."),  # noqa: E501 - as it is published
    N_("{help} Estimated: the source counted other areas, and their counts are spread over these in proportion to the homes that both share. The range says how far off that may be."),  # noqa: E501 - as it is published
    N_("{measure}, divided by {homes} (public figure), times 1,000."),
    N_("{measure} (estimated from other areas)"),
    N_("Rates are per 1,000 {homes}: {source}."),
    N_("per 1,000 {homes}"),
    N_("{measure} per 1,000 {homes}"),
    N_("Small zones of at least {homes} homes"),
    N_("Zones of at least {homes} homes"),
    N_("Large zones of at least {homes} homes"),
    N_("{place}, zone {number}"),
    N_("{place}, large zone {number}"),
    N_("{place}, small zone {number}"),
    N_("{source}: counted by {publisher} by {place}; shown as received. Where the source is blank, the figure is not reported; it is never taken for zero."),  # noqa: E501 - as it is published
    N_("Counts are exact, not measured with noise. A count below {threshold} is hidden, and so is a further one where it would give a hidden one away; a hidden count is therefore not always small."),  # noqa: E501 - as it is published
    N_("Rows left out. {reason}"),
    N_("{category}; {other}"),
)  # fmt: skip
"""Sentences that the publishing program fills in; the last, widest patterns come last."""

_SAID = (
    N_("there is no certificate"), N_("the certificate is not signed"),
    N_("the signature does not belong to the certificate"),
    N_("All"), N_("City"), N_("Whole city"), N_("homes"), N_("residential units of the public address file"),
    N_("Census tract"), N_("Census tracts"), N_("Council district"), N_("Council districts"), N_("District"),
    N_("Districts"), N_("Neighborhood"), N_("Neighborhoods"), N_("ZIP code"), N_("ZIP codes"), N_("Ward"), N_("Wards"),
    N_("Community area"), N_("Community areas"), N_("Borough"), N_("Boroughs"), N_("Community district"),
    N_("Community districts"), N_("Census block group"), N_("Census block groups"), N_("neighborhood"), N_("district"),
    N_("zip"), N_("tract"), N_("Zone"), N_("Large zone"), N_("Small zone"), N_("Hexagon"), N_("Hexagons"),
    N_("Large hexagon"), N_("Small hexagon"), N_("Large hexagons (about 5 km²)"), N_("Hexagons (about 0.7 km²)"),
    N_("Small hexagons (about 0.1 km²)"), N_("Made from public homes"),
    N_("Every row of this release"), N_("The areas and the city, without cells"),
    N_("Which cell belongs to which zone, in which years"), N_("Which share of the homes of one area lies in another"),
    N_("Records that are counted"), N_("Rows that the source sent"), N_("records"), N_("rows"),
    N_("From the newest record to the day of the release"),
    N_("From the record to the day of the release, median of the last year's records"),
    N_("From the record to the day of the release, nine in ten of the last year's records"),
    N_("Homes that could be placed in a zone"),
    N_("Placed by the coordinates the source gave"),
    N_("Placed by coordinates given the wrong way around and turned back"),
    N_("Placed by coordinates given in another system and converted"),
    N_("Placed by matching the address"),
    N_("Placed by matching the address as the postal service would write it"),
    N_("Placed by an outside address service"),
    N_("Placed by the area the source named"),
    N_("Not placed on the map; counted for the city only"),
    N_("Not placed: the coordinates are zero"),
    N_("Not placed: the coordinates are where the agency puts what it cannot place"),
    N_("Not placed: too many unlike records have the very same coordinates"),
    N_("Not placed: latitude and longitude are swapped"),
    N_("Not placed: the coordinates are feet or meters, not degrees"),
    N_("Not placed: the coordinates lie outside the city"),
    N_("No lawyer known"), N_("no lawyer known"), N_("Tenant had a lawyer"), N_("tenant had a lawyer"),
    N_("Every figure is a sum of tables that were measured once."),
    N_("Every figure is a sum of tables that were measured once. No attacks were run on this release."),
)  # fmt: skip
"""Whole texts of the publishing program."""


def told(text: str) -> str:
    """A text of a release in the language of the page; a city's own words as they are."""
    return text if language() == SOURCE else _told(language(), text)


def inside(title: str) -> str:
    """A title of a release in the middle of a sentence: `council district`, but `ZIP code` as it is."""
    return in_sentence(told(title))


@lru_cache(maxsize=8192)
def _told(code: str, text: str) -> str:
    translated = _(text)
    if translated != text:
        return translated
    for message, pattern in _compiled():
        found = pattern.fullmatch(text)
        if found:
            return _(message, **{name: _part(code, name, value) for name, value in found.groupdict().items()})
    return text


def _part(code: str, name: str, value: str) -> str:
    """What a pattern was filled with. `at` and `same` are titles in the middle of the sentence."""
    if name not in ("at", "same"):
        return _told(code, value)
    return in_sentence(_told(code, value[:1].upper() + value[1:]))


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((each, re.compile(_expression(each), re.DOTALL)) for each in _PATTERNS)


def _expression(message: str) -> str:
    pieces = re.split(r"\{([a-z]+)\}", message)
    return "".join(f"(?P<{piece}>.+?)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))
