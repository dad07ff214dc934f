"""The page for what does not exist or went wrong: what it means, and where to go from here."""

from dash import html

from portal.page import Body, Visit

_HELP = {
    404: "The address may be mistyped, or it may name a place, topic or release that this portal does not have.",
    500: "The fault is ours and has been noted. Nothing you did was lost. Please try again in a moment.",
}


def problem_body(visit: Visit, status: int, title: str, sentence: str) -> Body:
    """Says nothing of what was asked for: an address may hold more than its sender wanted to show."""
    links = [
        ("/", "Start page: search for a neighborhood or district"),
        ("/map", "Map of the city"),
        ("/trends", "Trends of a neighborhood"),
        ("/data", "Everything that can be downloaded"),
    ]
    return html.Div(
        [
            html.P(f"Error {status}", className="eyebrow"),
            html.H1(title),
            html.P(sentence or _HELP.get(status, "Please go back and try another way."), className="lead"),
            html.H2("Where to go from here"),
            html.Ul([html.Li(html.A(text, href=to)) for to, text in links]),
        ],
        className="text-page",
    )
