"""`/share`: one view to pass on: links, picture, meeting pack, code for another site. No script is needed."""

from dataclasses import replace
from html import escape

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import icon, note
from portal.language import _
from portal.still.drawing import Picture
from portal.still.picture import map_picture
from portal.view import View
from portal.words.released import told


def layout(visit: Visit) -> Body:
    """Everything for the map that the address asks for."""
    picture = map_picture(visit.releases, visit.view)
    if picture is None:
        return [html.H1(_("Share a map")), note(html.P(_("Nothing has been published yet.")))]
    pinned = replace(picture.view, lang=visit.view.lang).query()
    latest = replace(picture.view, lang=visit.view.lang, as_of=None, from_=None, to=None).query()
    files = [(_file_words(visit, picture, each), f"/download/view.csv{each.query(lang=None)}")
             for each in picture.sources]  # fmt: skip
    return [
        html.H1(_("Share a map")),
        html.P(picture.title, className="lead"),
        html.Figure(
            [html.Img(src=f"/still/map.svg{pinned}", alt=picture.alt, className="shared-map"), _caption(picture)]
        ),
        html.H2(_("Take it along")),
        html.Ul(
            [
                html.Li(_get(_("Meeting pack"), f"/still/pack.zip{pinned}", _(
                    "one ZIP with picture, sentences, alt text, source line, figures and a page to print (PDF), in "
                    "every language of this site"
                ))),
                html.Li(_get(_("Map as PNG"), f"/still/map.png{pinned}", _("for a newsletter or a slide"))),
                html.Li(_get(_("Map as SVG"), f"/still/map.svg{pinned}", _("for print, at any size"))),
                *(html.Li(_get(words, href, _("exactly what the map shows"))) for words, href in files),
            ],
            className="plain share-files",
        ),
        html.H2(_("Links")),
        *_copied("pinned", _("These figures for good"), f"{visit.base}/map{pinned}", _(
            "It opens this release, also after newer ones were published, and says so."
        )),
        *_copied("latest", _("Always the newest figures"), f"{visit.base}/map{latest}", ""),
        html.H2(_("Put it on another site")),
        *_copied("frame", _("A frame that stays up to date"), _frame(visit.base, latest, picture.title), _(
            "It holds no script, sets no cookie, and asks nothing of other sites."
        )),
        *_copied("card", _("A picture that stays as it is"), _card(visit.base, pinned, picture), ""),
        html.H2(_("Follow it")),
        html.P(_("New periods and corrections as items of a feed, for a feed reader or a program that tells others.")),
        html.Ul([html.Li(html.A(words, href=f"/feed.atom{asked.query()}")) for words, asked in _feeds(visit, picture)]),
        html.P(html.A(_("By e-mail, or as RSS"), href=f"/subscribe{visit.view.query()}")),
        html.P(html.A(_("Back to the map"), href=f"/map{visit.view.query()}")),
    ]  # fmt: skip


def _file_words(visit: Visit, picture: Picture, each: View) -> str:
    manifest = visit.releases.manifest(each.topic or "")
    if len(picture.sources) == 1 or manifest is None:
        return _("These figures as CSV")
    return _("{topic} as CSV", topic=told(manifest.title))


def _feeds(visit: Visit, picture: Picture) -> list[tuple[str, View]]:
    lang = visit.view.lang
    manifest = visit.releases.manifest(picture.view.topic or "")
    topic = [(told(manifest.title), View(topic=manifest.topic, lang=lang))] if manifest else []
    return [*topic, (_("All topics"), View(lang=lang))]


def _caption(picture: Picture) -> Component:
    return html.Figcaption([html.P(picture.alt), html.P(picture.source, className="quiet")])


def _get(words: str, href: str, what: str) -> list[Component | str]:
    return [html.A([icon("download"), words], href=href, className="get"), " ", html.Span(what, className="quiet")]


def _copied(ident: str, words: str, text: str, help_: str) -> list[Component]:
    """A text to copy: a field that can be read, reached by keyboard and selected, but not changed."""
    field = html.Textarea(
        text, id=f"share-{ident}", readOnly=True, rows=max(2, len(text) // 90 + 1), className="copied"
    )
    label = html.Label(words, htmlFor=f"share-{ident}")
    return [label, field, *([html.P(help_, className="quiet")] if help_ else [])]


def _frame(base: str, query: str, title: str) -> str:
    address = f"{escape(base)}/embed/map{escape(query)}"
    return f'<iframe src="{address}" title="{escape(title)}" width="100%" height="640"></iframe>'


def _card(base: str, query: str, picture: Picture) -> str:
    address, alt = f"{escape(base)}/still/map.png{escape(query)}", escape(f"{picture.title}. {picture.alt}")
    return f'<a href="{escape(base)}/map{escape(query)}"><img src="{address}" alt="{alt}" width="1200"></a>'


def _title(visit: Visit) -> str:
    return _("Share a map")


def _description(visit: Visit) -> str:
    return _("One map to pass on: links, picture, meeting pack, code for another site.")


PAGE = Page(path="/share", title=_title, layout=layout, description=_description)
