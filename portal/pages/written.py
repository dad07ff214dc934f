"""`/privacy`, `/methods`, `/accessibility`, `/status`: texts with computed figures in them."""

from collections.abc import Callable, Mapping

from dash.development.base_component import Component

from portal.frame.page import Body, Page, Visit
from portal.language import N_
from portal.pages.computed import (
    anomalies,
    closings,
    denominators,
    freshness_table,
    measures,
    places,
    quality,
    releases_now,
    rules,
    speaks_for,
    statuses,
)
from portal.pages.protection import agencies, attacks, certificates, example, guess, ladder, street
from portal.words.texts import prose

Computed = Callable[[Visit], Component | None]

FIGURES: Mapping[str, Computed] = {
    "guess": guess,
    "street": street,
    "example": example,
    "attacks": attacks,
    "certificates": certificates,
    "ladder": ladder,
    "agencies": agencies,
    "measures": measures,
    "denominators": denominators,
    "anomalies": anomalies,
    "rules": rules,
    "statuses": statuses,
    "closings": closings,
    "places": places,
    "quality": quality,
    "freshness": freshness_table,
    "covers": speaks_for,
    "releases": releases_now,
}
"""What a text may put in by name. A test reads all texts and compares."""


def _written(name: str, title: str, description: str, nav: str | None = None, *, keeps: bool = True) -> Page:
    def layout(visit: Visit) -> Body:
        return prose(name, lambda figure: FIGURES[figure](visit), visit.language)

    return Page(path=f"/{name}", title=title, layout=layout, description=description, nav=nav, keeps=keeps)


METHODS = _written(
    "methods", N_("Methods"), N_("How the figures on this site are made, and what they are not."), N_("Methods")
)
PRIVACY = _written(
    "privacy",
    N_("Privacy"),
    N_("How households are protected, and how sure anyone could be."),
    N_("Privacy"),
    keeps=False,
)
ACCESSIBILITY = _written(
    "accessibility", N_("Accessibility"), N_("What works for everybody here, and what does not yet.")
)
STATUS = _written("status", N_("Freshness of the data"), N_("When each topic was last updated and when it is due."))
