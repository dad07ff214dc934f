"""The page for what does not exist or went wrong: what it means, and where to go from here."""

from layers.topics import TOPICS
from portal.errors import PortalError
from portal.frame.elements import html
from portal.frame.page import Body, Visit
from portal.language import N_, _, link

_WORDS = {
    400: N_("This address cannot be answered"),
    404: N_("There is no such page"),
    405: N_("This address cannot be used that way"),
    410: N_("This release was withdrawn"),
    413: N_("The request is too long"),
    500: N_("Something went wrong here"),
    501: N_("This cannot be made here"),
    503: N_("This cannot be had just now"),
}
_HELP = {
    404: N_("The address may be mistyped, or it may name a place, topic or release that this portal does not have."),
    500: N_("The fault is ours and has been noted. Nothing you did was lost. Please try again in a moment."),
}


NOTHING_YET = N_("No figures have been published yet. This address will show them with the first release.")


def may_come(visit: Visit) -> bool:
    """Whether a permanent address may be right although nothing is there: before anything is published, of a place,
    an agency, or a topic of the vocabulary."""
    names = visit.names
    known = names.get("topic") is None or names["topic"] in {each.name for each in TOPICS}
    return bool(names) and known and not visit.releases.newest


def nothing_yet_title() -> str:
    """What stands above such a page."""
    return _("No figures yet")


def nothing_yet() -> Body:
    """The page of a permanent address before the first release."""
    return html.Div([html.H1(nothing_yet_title()), html.P(_(NOTHING_YET), className="lead")], className="text-page")


def problem_title(status: int) -> str:
    """What happened, in few words."""
    return _(_WORDS.get(status, N_("This did not work")))


def problem_page(visit: Visit, error: PortalError) -> Body:
    """What a browser shows in place of a page that it went to without loading it anew."""
    return problem_body(visit, error.status, problem_title(error.status), str(error))


def problem_body(visit: Visit, status: int, title: str, sentence: str) -> Body:
    """Says nothing of what was asked for: an address may hold more than its sender wanted to show."""
    links = [
        ("/", _("Start page: search for a neighborhood or district")),
        ("/map", _("Map of the city")),
        ("/trends", _("Trends of a neighborhood")),
        ("/data", _("Everything that can be downloaded")),
    ]
    return html.Div(
        [
            html.P(_("Error {status}", status=status), className="eyebrow"),
            html.H1(title),
            html.P(sentence or _(_HELP.get(status, N_("Please go back and try another way."))), className="lead"),
            html.H2(_("Where to go from here")),
            html.Ul([html.Li(html.A(text, href=link(to))) for to, text in links]),
        ],
        className="text-page",
    )
