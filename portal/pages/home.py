"""`/`."""

from dash import html

from portal.page import Body, Page, Visit


def layout(visit: Visit) -> Body:
    return html.H1("Home")


PAGE = Page(path="/", title="What is changing", layout=layout)
