"""The frame of every page: head, header, footer. Written on the server, so it is there before any script."""

import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any
from urllib.parse import quote

from dash.development.base_component import Component

from layers.release import City, Contact, GeographyInfo, Manifest
from portal.frame.bundle import Bundle, asset_bundle, compressed_asset
from portal.frame.elements import html
from portal.frame.keeping import LIST, keep_strip
from portal.frame.keeping import SCRIPT as KEEPING
from portal.frame.markup import markup
from portal.frame.page import Page, Visit
from portal.frame.paperfoot import paper_foot
from portal.frame.parts import day, icon, note
from portal.frame.presenting import offered_to
from portal.language import N_, _, link, offered, woven
from portal.settings import ASSETS
from portal.words.released import inside, told
from portal.words.wording import list_text

STYLES = ("tokens.css", "portal.css")
SCRIPT, START = "portal.js", "start.js"
LINES, MAP = "plotly/lines.js", "plotly/map.js"
"""Plotly: what lines need, and what maps need beside it, which `assets/charts.js` fetches."""


@dataclass(frozen=True, slots=True)
class DashParts:
    """What an interactive page loads beside the frame: style links, the app's root element, its settings as JSON in an
    element of their own, the address of its script."""

    styles: str
    root: str
    config: str
    script: str


@dataclass(frozen=True, slots=True)
class Document:
    """One page, ready to be framed. `body` is HTML; `head` is further markup for its head."""

    title: str
    description: str
    body: str
    language: str = "en"
    head: str = ""
    wide: bool = False
    foot: str = ""
    """Markup below the page's own content."""
    dash: DashParts | None = None
    pins: bool = False
    """All of it follows the releases that the address names."""


@cache
def asset(name: str) -> str:
    """The address of an asset. It names the content, so it may be kept for ever."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:10]
    return f"/assets/{name}?v={digest}"


@cache
def _further(ending: str) -> tuple[str, ...]:
    """Styles or scripts of interactive pages: every one in assets apart from the frame's own and the last."""
    others = (*STYLES, SCRIPT, KEEPING, START)
    return tuple(sorted(path.name for path in ASSETS.glob(f"*{ending}") if path.name not in others))


def bundles() -> tuple[Bundle, ...]:
    """What pages load of our own beside single assets: styles of every page, of interactive pages, their scripts."""
    return (
        asset_bundle("/assets/frame.css", STYLES),
        asset_bundle("/assets/page.css", (*STYLES, *_further(".css"))),
        asset_bundle("/assets/page.js", _further(".js")),
        compressed_asset(LINES),
        compressed_asset(MAP),
    )


def document(page: Document, visit: Visit, pages: tuple[Page, ...]) -> str:
    """The whole HTML document of a page."""
    city = visit.releases.city
    name = city.name if city else "Hearthmap"
    frame, whole = bundles()[:2]
    presented = bool(visit.view.present and page.foot)
    pinned, missing = (None, False) if presented else _pinned(visit, page)
    head = "".join(
        [
            '<meta charset="utf-8">',
            '<meta name="robots" content="noindex">' if missing else "",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(_title(page.title, name))}</title>",
            f'<meta name="description" content="{escape(page.description)}">' if page.description else "",
            '<meta name="color-scheme" content="light dark">',
            f'<link rel="icon" type="image/svg+xml" href="{asset("icons/hearth.svg")}">',
            page.dash.styles if page.dash else "",
            f'<link rel="stylesheet" href="{(whole if page.dash else frame).address}">',
            paper_foot(visit),
            f'<script src="{asset(SCRIPT)}"></script>',
            _charts() if page.dash else "",
            page.head,
        ]
    )
    main_class = "wide" if page.wide else "measure"
    view = page.dash is not None or visit.path.endswith("/report")
    told = all(each.offered(visit) for each in pages if each.path == visit.path)
    kept = view and told and bool(visit.releases.topics)  # of nothing there is no view to save, nor to follow
    keeping = f'<script src="{asset(KEEPING)}" defer></script>' if kept or visit.path == LIST else ""
    body_class = f"{main_class} present" if presented else main_class
    skip = html.A(_("Skip to content"), href="#main", className="skip")
    return (
        f'<!doctype html><html lang="{page.language}"><head>{head}</head><body class="{body_class}">'
        f"{markup(skip)}{markup(_header(visit, name, pages))}"
        f'<main id="main" class="{main_class}" tabindex="-1">{markup(pinned)}{_main(page)}{page.foot}</main>'
        f"{markup(keep_strip(visit, shown=kept and not presented))}{markup(_footer(visit, city))}"
        f"{keeping}{_scripts(page.dash)}</body></html>"
    )


def _pinned(visit: Visit, page: Document) -> tuple[Component | None, bool]:
    """Said above a page that is pinned to releases: which it shows, and whether there are newer ones; and whether
    they are missing, so that the page shows what its address does not name."""
    topic, wanted = visit.names.get("topic") or visit.view.topic, visit.view.as_of
    if wanted is None or (topic is None and not page.pins):
        return None, False
    shown = _named(visit, topic, page)
    if shown is None:
        missing = _("The release this link names is not here. These are the newest figures.")
        return note(html.P([missing]), "caution"), True
    earlier = [each for each in shown if visit.releases.current.get(each.topic) != each.release]
    if not earlier:
        return None, False
    newest = html.A(_("See the newest figures"), href=visit.path + visit.view.query(as_of=None))
    if len(earlier) == 1:
        words = woven(
            "You are looking at an earlier release of {topic}, as of {day}. {newest}.",
            topic=inside(earlier[0].title), day=day(earlier[0].as_of), newest=newest,
        )  # fmt: skip
    else:
        titles = list_text([inside(each.title) for each in earlier])
        words = woven("You are looking at earlier releases of {topics}. {newest}.", topics=titles, newest=newest)
    return note(html.P(words), "caution"), False


def _named(visit: Visit, topic: str | None, page: Document) -> list[Manifest] | None:
    """What the page shows of the releases that its address names; None where they are not there."""
    if page.pins:
        shown = offered_to(visit.releases, visit.view)
        return None if shown is visit.releases else list(shown.manifests())
    release = visit.releases.release(topic or "", visit.view.as_of)
    return None if release is None else [release.manifest]


def _title(title: str, city: str) -> str:
    return title if city in title else f"{title} · {city}"


def _main(page: Document) -> str:
    if page.dash is None:
        return page.body
    words = _(
        "Maps and charts need JavaScript to answer what you point at. The pictures and figures below, and all "
        "{link}downloads{end}, do not.",
        link=f'<a href="{escape(link("/data"))}">', end="</a>",
    )  # fmt: skip
    return f'<p class="note without-script">{words}</p><div id="first-paint">{page.body}</div>{page.dash.root}'


def _scripts(dash: DashParts | None) -> str:
    """Deferred, so that the page stands first; they run in this order."""
    if dash is None:
        return ""
    own = bundles()[2].address
    return dash.config + "".join(f'<script src="{each}" defer></script>' for each in (own, dash.script))


def _charts() -> str:
    """Plotly comes beside the other scripts, before somebody asks for it; `assets/charts.js` runs it, or says that it
    did not come."""
    lines, maps = (each.address for each in bundles()[3:])
    no_chart = _("This chart could not be loaded. The table below says the same.")
    no_map = _("The live map could not be loaded. The figures on this page are the same without it.")
    return (
        f'<link rel="preload" as="script" href="{lines}" data-lines="{lines}" data-map="{maps}"'
        f' data-no-chart="{escape(no_chart)}" data-no-map="{escape(no_map)}" fetchpriority="low">'
    )


def _header(visit: Visit, name: str, pages: tuple[Page, ...]) -> Component:
    links = [_nav_link(page, visit.path) for page in pages if page.nav and page.offered(visit)]
    districts = next((kind for kind in visit.releases.area_kinds() if kind.name == "district"), None)
    if districts and any(page.path.startswith("/district/") for page in pages):
        links.insert(2, html.Li(_district_menu(districts, visit.path)))
    return html.Header(
        html.Div(
            [
                html.A(
                    [html.Span(className="seal", **{"aria-hidden": "true"}), html.Span(name, className="city-name")],
                    href=link("/"),
                    className="brand",
                    **{"aria-label": _("{name}: home", name=name), **_current("/", visit.path)},
                ),
                html.Nav(html.Ul(links), **{"aria-label": _("Main")}),
                _switches(visit),
            ],
            className="bar",
        ),
        className="site-header",
    )


def _nav_link(page: Page, path: str) -> Component:
    return html.Li(html.A(_(str(page.nav)), href=link(page.path), **_current(page.path, path)))


def _current(here: str, path: str) -> dict[str, str]:
    if path == here:
        return {"aria-current": "page"}
    return {"aria-current": "true"} if here != "/" and path.startswith(f"{here}/") else {}


def _district_menu(districts: GeographyInfo, path: str) -> Component:
    links = [
        html.Li(html.A(unit.name, href=link(f"/district/{quote(unit.id)}"), **_current(f"/district/{unit.id}", path)))
        for unit in districts.units
    ]
    return html.Details([html.Summary(_menu_name(districts.plural)), html.Ul(links)], className="menu")


def _menu_name(plural: str) -> str:
    """The city's own word where it is short (`Wards`)."""
    return told(plural) if len(plural) <= 10 else _("Districts")


def _switches(visit: Visit) -> Component:
    languages = [
        html.A(own, href=visit.path + visit.view.query(lang=code), lang=code, hrefLang=code, className="language")
        for code, own in offered().items()
        if code != visit.language
    ]
    toggle = html.Button(
        [icon("moon"), icon("sun"), html.Span(_("Dark colors"), id="scheme-word")],
        id="scheme",
        type="button",
        hidden=True,
        **{"data-dark": _("Dark colors"), "data-light": _("Light colors")},
    )
    return html.Div([*languages, toggle], className="switches")


def _footer(visit: Visit, city: City | None) -> Component:
    name = city.name if city else _("this city")
    return html.Footer(
        html.Div(
            [
                html.Section(
                    [html.H2(_("Who to call")), *_contacts(city.contacts if city else ())], className="foot-part"
                ),
                html.Section([html.H2(_("These figures")), _as_of(visit)], className="foot-part"),
                html.Nav(
                    [
                        html.H2(_("About this site")),
                        html.Ul([html.Li(html.A(_(text), href=link(to))) for text, to in _ABOUT]),
                    ],
                    className="foot-part",
                    **{"aria-label": _("About this site")},
                ),
                html.P(
                    _(
                        "Published by {name} for planning, outreach and help. Not for tenant screening, "
                        "enforcement, lending or solicitation.",
                        name=name,
                    ),
                    className="foot-note",
                ),
            ],
            className="foot",
        ),
        className="site-footer",
    )


_ABOUT = (
    (N_("Privacy: how households are protected"), "/privacy"),
    (N_("Certificates of the figures"), "/privacy#the-certificates"),
    (N_("Zones"), "/zones"),
    (N_("Methods"), "/methods"),
    (N_("Freshness of the data"), "/status"),
    (N_("Changes and releases"), "/changes"),
    (N_("Follow by e-mail or feed"), "/subscribe"),
    (N_("Saved views"), "/saved"),
    (N_("Accessibility"), "/accessibility"),
    (N_("Catalog for machines (DCAT-US)"), "/data.json"),
)


def _contacts(contacts: tuple[Contact, ...]) -> list[Component]:
    if not contacts:
        return [html.P(_("Call 211 for food, rent and utility help, or 311 for city services."))]
    return [html.Ul([html.Li(_contact(each)) for each in contacts], className="contacts")]


def _contact(contact: Contact) -> list[Component | str]:
    title: Component | str = html.A(contact.title, href=contact.url) if contact.url else contact.title
    phone = [html.A(contact.phone, href=f"tel:{contact.phone}", className="phone")] if contact.phone else []
    return [html.Strong(title), *([" ", *phone] if phone else []), html.Span(contact.text, className="quiet block")]


def _as_of(visit: Visit) -> Component:
    manifests = visit.releases.manifests()
    if not manifests:
        return html.P(_("Nothing has been published yet."))
    return html.Ul([html.Li(_topic_as_of(each)) for each in manifests], className="as-of")


def _topic_as_of(manifest: Manifest) -> list[Any]:
    topic = html.A(told(manifest.title), href=link(f"/data/{manifest.topic}"))
    return woven("{topic} as of {day}", topic=topic, day=day(manifest.as_of))
