"""What the digest's addresses answer, as bodies of pages."""

from typing import Any

from portal.agency.figures import AGENCY
from portal.digest.book import UNCONFIRMED_LIVES, Subscription
from portal.digest.choice import Choice, name_of_place, names_of_places
from portal.digest.forms import change_form, chosen, confirm_form, sign_up, unsubscribe_form
from portal.frame.elements import html
from portal.frame.parts import note
from portal.language import _, language, link
from portal.queries.news import LEADS
from portal.queries.offer import CITY
from portal.releases import Releases
from portal.view import View


def subscribe_page(releases: Releases, view: View, choice: Choice | None, wrong: str = "") -> list[Any]:
    """By feed, and by mail where this portal sends mails. `choice` is None where it does not."""
    return [
        html.H1(_("Follow what changes")),
        html.P(
            _("New figures and corrections about a place, when there are any: by e-mail or in a feed reader."),
            className="lead",
        ),
        html.H2(_("By e-mail")),
        *(_by_mail(releases, choice, wrong) if choice else [note(html.P(_("E-mail is not offered here.")))]),
        html.H2(_("By feed")),
        html.P(_("For a feed reader, or a program that tells others. Nothing is kept about who reads it.")),
        html.Ul([html.Li(html.A(words, href=address)) for words, address in _feeds(releases, view)]),
    ]


def default_choice(releases: Releases, view: View) -> Choice:
    """What the form offers first: the place and topic of the page somebody came from, every Monday."""
    asked = (view.geography or CITY, view.unit or CITY)
    place = asked if name_of_place(releases, asked) else (CITY, CITY)
    leading = [topic for topic in releases.topics if topic in LEADS] or list(releases.topics)
    topics = [view.topic] if view.topic in releases.topics else leading
    return Choice(language=language(), places=(place,), topics=tuple(filter(None, topics)))


def _by_mail(releases: Releases, choice: Choice, wrong: str) -> list[Any]:
    hours = int(UNCONFIRMED_LIVES.total_seconds() // 3600)
    return [
        html.P(
            _(
                "No account is needed. First comes one mail with a link; nothing else is sent until you confirm there, "
                "and an address that is not confirmed is deleted after {n} hours. Every mail has a link that stops it "
                "and deletes your address.",
                n=hours,
            )
        ),
        html.P(html.A(_("What is kept, and for how long"), href=link("/privacy#mail-and-saved-views"))),
        sign_up(releases, choice, wrong),
    ]


def _feeds(releases: Releases, view: View) -> list[tuple[str, str]]:
    place = name_of_place(releases, (view.geography or CITY, view.unit or CITY))
    topic = view.topic if view.topic in releases.topics and view.geography != AGENCY else None  # its own is implied
    asked = View(topic=topic, lang=view.lang)
    if place and view.unit and view.geography != CITY:
        asked = View(topic=asked.topic, geography=view.geography, unit=view.unit, lang=view.lang)
    name = place or (releases.city.name if releases.city else "")
    return [
        (_("{place} as an Atom feed", place=name), f"/feed.atom{asked.query()}"),
        (_("{place} as an RSS feed", place=name), f"/feed.rss{asked.query()}"),
    ]


def asked_page(*, at_once: bool) -> list[Any]:
    """The same for every address. `at_once`: whether mails to confirm need not wait for a later hour."""
    soon = _("If the address can get mail, a message with a link is on its way; it may take some minutes.")
    later = _(
        "Many people are signing up just now. If the address can get mail, a message with a link comes within a day."
    )
    return [
        html.H1(_("Please look into your mail")),
        html.P(soon if at_once else later, className="lead"),
        html.P(_("Nothing is sent to you before you have opened that link and confirmed.")),
    ]


def subscription_page(
    releases: Releases,
    found: Subscription,
    token: str,
    *,
    said: str = "",
    wrong: str = "",
    choice: Choice | None = None,
) -> list[Any]:
    """To confirm, or once confirmed to change. `choice`: what was just sent and could not be taken."""
    names = names_of_places(releases, found.choice.places)
    if found.confirmed is None:
        return [
            html.H1(_("Confirm your digest")),
            html.P(_("Somebody, probably you, asked to get this by e-mail:")),
            chosen(releases, found.choice, names),
            confirm_form(token),
            html.H2(_("It was not you, or you changed your mind")),
            unsubscribe_form(token),
        ]
    return [
        html.H1(_("Your digest")),
        note(html.P(said, role="status")) if said else None,
        html.P(
            _("Each mail tells what changed in these places since the one before. Where nothing changed, none comes.")
        ),
        change_form(releases, choice or found.choice, token, wrong),
        html.H2(_("Stop it")),
        unsubscribe_form(token),
    ]


def leave_page(token: str) -> list[Any]:
    """Asks once more, since mail programs open links by themselves."""
    return [html.H1(_("Stop this digest")), unsubscribe_form(token)]


def left_page() -> list[Any]:
    """The same whether there was something to delete or not."""
    return [
        html.H1(_("You are unsubscribed")),
        html.P(_("Your address and all that you chose have been deleted. No further mail comes."), className="lead"),
        html.P(html.A(_("Sign up again"), href=link("/subscribe"))),
    ]


def dead_page() -> list[Any]:
    """For a link that does not count any more."""
    return [
        html.H1(_("This link no longer works")),
        html.P(
            _("It was used to unsubscribe, or it was not confirmed in time. Nothing is kept about you under it."),
            className="lead",
        ),
        html.P(html.A(_("Sign up again"), href=link("/subscribe"))),
    ]
