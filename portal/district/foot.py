"""What stands last on a district's page: who to call, and what protects homes."""

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component

from layers.release import Contact
from portal.frame.elements import html
from portal.language import _, link, woven
from portal.releases import Releases
from portal.words.released import inside


def who_to_call(contacts: Sequence[Contact]) -> Component:
    """Telephone numbers first: a resident is on the line."""
    items = [
        html.Li(
            [html.Strong(html.A(each.title, href=each.url) if each.url else each.title), " ",
             html.A(each.phone, href=f"tel:{each.phone}", className="phone") if each.phone else None,
             html.Span(each.text, className="quiet block")]
        )
        for each in contacts
    ]  # fmt: skip
    return html.Ul(items, className="contacts an-contacts")


def certificates(releases: Releases) -> Component | None:
    """Where it can be checked how the homes behind this page are protected."""
    known = [each for each in releases.manifests() if each.protection is not None]
    if not known:
        return None
    links: list[Any] = []
    for each in known:
        address = link(f"/privacy/certificate/{each.topic}/{each.release}")
        links += [" · ", html.A(inside(each.title), href=address)]
    words = woven(
        "Homes are protected: a small random amount was added to every count, once. Certificates: {links}. {meaning}.",
        links=html.Span(links[1:]), meaning=html.A(_("What that means"), href=link("/privacy")),
    )  # fmt: skip
    return html.P(words, className="quiet")
