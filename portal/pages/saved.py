"""`/saved`: the views that a reader keeps in their own browser.

The server knows none of them; `assets/saved.js` lists them.
"""

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.frame.markup import Html
from portal.frame.page import Body, Page, Visit
from portal.language import N_, _, woven


def layout(visit: Visit) -> Body:
    """An empty list, the words for its items, and what there is without script."""
    example = html.Code(f"{visit.base}/trends")
    return [
        html.H1(_("Saved views"), id="saved-title", tabIndex="-1"),
        html.P(
            _("A view is its address. What you save stays in this browser, on this device, and is sent nowhere."),
            className="lead",
        ),
        html.P(
            woven(
                "Without JavaScript nothing can be kept here: keep the address of a page as a bookmark instead. "
                "It begins like {address}.",
                address=example,
            ),
            className="note without-script",
        ),
        html.Div(
            [
                html.P(_("Nothing is saved yet. Maps, trends and districts have a button “Save this view” below them."),
                       id="saved-empty"),
                html.Ol(id="saved-list", className="saved-list"),
                html.P(id="saved-told", role="status", className="quiet", **_words()),
                html.Section(_export(), id="saved-export"),
            ],
            id="saved",
            hidden=True,
        ),
        html.Template(_item(), id="saved-item"),
    ]  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "data-on": _("Saved on {day}"),
        "data-pinned": _("the figures of one release, for good"),
        "data-newest": _("always the newest figures"),
        "data-delete": _("Delete {name}"),
        "data-rename": _("Rename {name}"),
        "data-deleted": _("Deleted: {name}"),
        "data-renamed": _("Renamed: {name}"),
        "data-emptied": _("All saved views are deleted."),
        "data-refused": _("This browser does not let the page keep anything."),
    }


def _item() -> Component:
    rename = html.Form(
        [
            html.Label([_("New name"), " ", Html('<input name="name" maxlength="200" required autocomplete="off">')]),
            html.Button(_("Rename"), type="submit", className="button"),
        ]
    )
    return html.Li(
        [
            html.P(html.A(className="saved-link")),
            html.P(className="quiet saved-about"),
            html.Div(
                [
                    html.Details([html.Summary(_("Rename")), rename], className="more"),
                    html.Button(_("Delete"), type="button", className="button saved-delete"),
                ],
                className="saved-acts",
            ),
        ]
    )


def _export() -> list[Component]:
    return [
        html.H2(_("Take them along")),
        html.Label(_("Names and links, as text"), htmlFor="saved-text"),
        html.Textarea(id="saved-text", readOnly=True, rows=6, className="copied"),
        html.P(
            [
                html.Button(_("Download as a text file"), id="saved-file", type="button", className="button"),
                html.Button(_("Delete all"), id="saved-clear", type="button", className="button"),
            ],
            className="gets",
        ),
    ]


PAGE = Page(
    path="/saved",
    title=N_("Saved views"),
    layout=layout,
    description=N_("The views you saved in this browser: open, rename, delete, take along."),
)
