"""Below a view: save it in this browser, see what is saved, follow its place."""

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.frame.page import Visit
from portal.language import _, link
from portal.view import View

SCRIPT = "saved.js"
LIST = "/saved"


def keep_strip(visit: Visit, *, shown: bool) -> Component | None:
    """The strip of a page whose address is a view. Without script the button stays hidden: the address can be kept."""
    if not shown:
        return None
    words = {
        "data-saved": _("Saved in this browser."),
        "data-again": _("Saved already."),
        "data-refused": _("This browser does not let the page keep anything."),
    }
    return html.Aside(
        html.Div(
            [
                html.Button(
                    _("Save this view"), id="save-view", type="button", hidden=True, className="button", **words
                ),
                html.A(_("Saved views"), href=link(LIST)),
                html.A(_("Follow by e-mail or feed"), href=f"/subscribe{_place(visit).query()}", **{"data-follow": ""}),
                html.Span(id="save-told", role="status"),
            ],
            className="bar",
        ),
        className="keep",
        **{"aria-label": _("Keep this view")},
    )


def _place(visit: Visit) -> View:
    """Place and topic of the view."""
    view = visit.view
    if unit := visit.names.get("district"):
        return View(topic=view.topic, geography="district", unit=unit, lang=view.lang)
    return View(topic=view.topic, geography=view.geography if view.unit else None, unit=view.unit, lang=view.lang)
