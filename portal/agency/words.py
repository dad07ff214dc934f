"""Which agency answers for what, in words and links; the categories that a page offers, agencies last."""

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from dash.development.base_component import Component

from layers.release import AgencyInfo, GroupInfo, Manifest
from portal.frame.elements import html
from portal.language import _, link, number
from portal.words.released import told

PREFIX = "/agency/"


def agency_page(agency: AgencyInfo) -> str:
    """The address of an agency's page."""
    return f"{PREFIX}{quote(agency.id)}"


def agency_link(agency: AgencyInfo) -> Any:
    """Its name, leading to its page; an agency without figures has none."""
    return html.A(agency.title, href=link(agency_page(agency))) if agency.groups else agency.title


def agency_of(manifest: Manifest, group: GroupInfo | None) -> AgencyInfo | None:
    """The agency that answers for a category."""
    return manifest.agency(group.agency) if group is not None and group.agency else None


def agency_text(manifest: Manifest, category: str) -> str:
    """`Public Works`; `Parks and Trees (56 % of its requests)` where the feed says so; a dash where nobody does."""
    group = next((each for each in manifest.groups if each.key == category), None)
    agency = agency_of(manifest, group)
    if agency is None or group is None:
        return "–"
    return agency.title if group.agency_share is None else f"{agency.title} {_share(group.agency_share)}"


def agency_words(manifest: Manifest, category: str) -> Component | str:
    """The same with a link to the agency's page."""
    group = next((each for each in manifest.groups if each.key == category), None)
    agency = agency_of(manifest, group)
    if agency is None or group is None:
        return "–"
    shared = None if group.agency_share is None else html.Span([" ", _share(group.agency_share)], className="quiet")
    return html.Span([agency_link(agency), shared])


def category_options(manifest: Manifest, offered: Collection[str]) -> list[tuple[str, str]]:
    """Key and words of what can be chosen: everything, each category, each agency."""
    return [
        ("all", _("All categories")),
        *((each.key, told(each.title)) for each in manifest.groups if each.key in offered),
        *((each.category, category_title(manifest, each.category)) for each in manifest.agencies
          if each.category in offered),
    ]  # fmt: skip


def category_title(manifest: Manifest, category: str) -> str:
    """A category in words; of an agency's own it is said that it is one."""
    agency = next((each for each in manifest.agencies if each.category == category), None)
    return _("Agency: {agency}", agency=agency.title) if agency else told(manifest.group_title(category))


def _share(share: float) -> str:
    return _("({percent}\u00a0% of its requests)", percent=number(share * 100))
