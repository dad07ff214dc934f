"""The forms of the digest as HTML: plain, without script, and never filled with an address."""

from collections.abc import Iterable
from html import escape

from dash.development.base_component import Component

from layers.release import Manifest
from portal.agency.figures import AGENCY, agencies
from portal.digest.choice import (
    FREQUENCIES,
    MOST_MEASURES,
    MOST_PLACES,
    Choice,
    Place,
    measure_key,
    offered_of,
)
from portal.frame.elements import html
from portal.frame.markup import Html
from portal.language import _, asked, offered
from portal.queries.offer import CITY
from portal.releases import Releases
from portal.words.released import told

KINDS = ("district", "neighborhood", "zip", "tract")


def sign_up(releases: Releases, choice: Choice, wrong: str = "") -> Component:
    """Address and choice. `wrong` is said above it, and beside the field by its description."""
    described = ' aria-describedby="digest-wrong" aria-invalid="true"' if wrong else ""
    box = Html(
        '<input id="digest-address" name="address" type="email" autocomplete="email" maxlength="254" required'
        f' spellcheck="false"{described}>'
    )
    return html.Form(
        [
            html.P(wrong, id="digest-wrong", className="digest-wrong", role="alert") if wrong else None,
            html.Div([html.Label(_("Your e-mail address"), htmlFor="digest-address"), box], className="digest-field"),
            *choice_fields(releases, choice),
            _button(_("Send me the link to confirm")),
        ],
        method="post",
        action=_here("/subscribe"),
        className="digest-form",
    )


def change_form(releases: Releases, choice: Choice, token: str, wrong: str = "") -> Component:
    """The same choice for somebody who came by the link of a mail."""
    return html.Form(
        [
            html.P(wrong, className="digest-wrong", role="alert") if wrong else None,
            *choice_fields(releases, choice),
            _button(_("Save")),
        ],
        method="post",
        action=_here(f"/subscription/{token}"),
        className="digest-form",
    )


def confirm_form(token: str) -> Component:
    """One button: opening a link confirms nothing, since mail programs open links by themselves."""
    return html.Form(
        [Html('<input type="hidden" name="act" value="confirm">'), _button(_("Yes, send me this digest"))],
        method="post",
        action=_here(f"/subscription/{token}"),
    )


def unsubscribe_form(token: str) -> Component:
    """One button as well."""
    return html.Form(
        _button(_("Unsubscribe and delete my address"), strong=False),
        method="post",
        action=_here(f"/unsubscribe/{token}"),
    )


def choice_fields(releases: Releases, choice: Choice) -> list[Component]:
    """Places, topics, how often, language."""
    return [
        _group(_("Places and agencies (up to {n})", n=MOST_PLACES), "digest-places", list(_places(releases, choice))),
        _group(
            _("Topics, and which figures of each (up to {n})", n=MOST_MEASURES), "digest-topics",
            [_topic(manifest, choice) for manifest in releases.manifests()],
        ),
        html.Div(
            [
                _select("often", _("How often to look"), [(key, _(words)) for key, words in FREQUENCIES.items()],
                        choice.frequency),
                _select("language", _("Language of the mails"), list(offered().items()), choice.language),
            ],
            className="digest-pair",
        ),
    ]  # fmt: skip


def chosen(releases: Releases, choice: Choice, names: Iterable[str]) -> Component:
    """A choice as a list of facts."""
    topics = [told(manifest.title) for manifest in releases.manifests() if manifest.topic in choice.topics]
    rows = [
        (_("Places"), ", ".join(names)),
        (_("Topics"), ", ".join(topics)),
        (_("Figures"), "; ".join(_told_figures(releases, choice))),
        (_("How often to look"), _(FREQUENCIES[choice.frequency])),
        (_("Language of the mails"), offered().get(choice.language, choice.language)),
    ]
    facts = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in rows]
    return html.Dl(facts, className="facts")


def _group(legend: str, name: str, children: list[Component]) -> Component:
    return html.Fieldset([html.Legend(legend), html.Div(children, className="digest-group")], className=name)


def _places(releases: Releases, choice: Choice) -> Iterable[Component]:
    for at in range(MOST_PLACES):
        wanted = choice.places[at] if at < len(choice.places) else None
        ident = f"digest-place-{at}"
        label = html.Label(_("Place {n}", n=at + 1), htmlFor=ident, className="visually-hidden")
        yield html.Div([label, html.Select(_options(releases, wanted), id=ident, name="place")])


def _options(releases: Releases, wanted: Place | None) -> list[Component]:
    city = releases.city
    kinds = [kind for kind in releases.area_kinds() if kind.name in KINDS]
    groups = [
        html.Optgroup(
            [_option((kind.name, unit.id), unit.name, wanted) for unit in kind.units], label=told(kind.plural)
        )
        for kind in kinds
    ]
    known = agencies(releases)
    if known:
        of_agency = [_option((AGENCY, each.agency.id), each.agency.title, wanted) for each in known]
        groups.append(html.Optgroup(of_agency, label=_("Agencies, in the whole city")))
    whole = _option((CITY, CITY), _("{city}: the whole city", city=city.name if city else ""), wanted)
    return [html.Option(_("(none)"), value=""), whole, *groups]


def _option(place: Place, name: str, wanted: Place | None) -> Component:
    return html.Option(name, value=":".join(place), **({"selected": True} if place == wanted else {}))


def _topic(manifest: Manifest, choice: Choice) -> Component:
    """A box for the topic and, folded away, one for each of its figures. Figures count where their topic is ticked."""
    title = told(manifest.title)
    whole = _box("topic", manifest.topic, title, ticked=manifest.topic in choice.topics)
    offered = offered_of(manifest)
    if len(offered) < 2:
        return html.Div(whole)
    ticked = choice.measures_of(manifest)
    boxes = [
        _box("measure", measure_key(manifest.topic, each), told(each.title), ticked=each.name in ticked)
        for each in offered
    ]
    summary = html.Summary(_("{topic}: which figures", topic=title))
    return html.Div([whole, html.Details([summary, *boxes], className="digest-figures")])


def _box(name: str, value: str, title: str, *, ticked: bool) -> Component:
    box = f'<input type="checkbox" name="{name}" value="{escape(value)}"{" checked" if ticked else ""}>'
    return html.Label([Html(box), " ", title], className="digest-check")


def _told_figures(releases: Releases, choice: Choice) -> list[str]:
    """What is told of each topic chosen."""
    chosen = [manifest for manifest in releases.manifests() if manifest.topic in choice.topics]
    found = [manifest.measure(name) for manifest in chosen for name in choice.measures_of(manifest)]
    return [told(each.title) for each in found if each]


def _select(name: str, label: str, options: list[tuple[str, str]], value: str) -> Component:
    choices = [html.Option(text, value=key, **({"selected": True} if key == value else {})) for key, text in options]
    ident = f"digest-{name}"
    return html.Div([html.Label(label, htmlFor=ident), html.Select(choices, id=ident, name=name)])


def _button(words: str, *, strong: bool = True) -> Component:
    return html.Button(words, type="submit", className="button strong" if strong else "button")


def _here(path: str) -> str:
    """The form's address, in the language that the page's address names."""
    code = asked()
    return f"{path}?lang={code}" if code else path
