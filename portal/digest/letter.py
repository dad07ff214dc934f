"""A letter and its two forms: plain text and HTML. No picture, no script, nothing that is loaded."""

from dataclasses import dataclass

from dash.development.base_component import Component

from portal.frame.elements import html
from portal.frame.markup import markup
from portal.language import language

Link = tuple[str, str]
"""Words and whole address."""


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news. `kind` says whether it is an update or a correction; `remark` must stand beside it."""

    kind: str
    title: str
    text: str
    remark: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What is told of one place."""

    title: str
    items: tuple[Item, ...]
    more: Link | None = None
    """Where the rest stands, if there is too much for a letter."""


@dataclass(frozen=True, slots=True)
class Letter:
    """`lead` are sentences; `act` is the link that a letter is about.

    `foot` and `links` say why it came and how to stop it.
    """

    subject: str
    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...] = ()
    act: Link | None = None
    foot: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


def text_form(letter: Letter) -> str:
    """The whole letter in lines; every address stands on a line of its own."""
    lines = [letter.title, "", *letter.lead]
    if letter.act:
        lines += ["", f"{letter.act[0]}:", letter.act[1]]
    for section in letter.sections:
        lines += ["", "", section.title, "-" * len(section.title)]
        for item in section.items:
            lines += ["", f"{item.kind}: {item.title}", item.text, *([item.remark] if item.remark else [])]
            lines += [line for words, address in item.links for line in (f"  {words}:", f"  {address}")]
        if section.more:
            lines += ["", f"{section.more[0]}:", f"  {section.more[1]}"]
    lines += ["", "-- ", *letter.foot]
    lines += [line for words, address in letter.links for line in (f"{words}:", address)]
    return "\n".join(lines) + "\n"


def html_form(letter: Letter) -> str:
    """The same as HTML."""
    body = [
        html.H1(letter.title),
        *(html.P(each) for each in letter.lead),
        html.P(html.A(letter.act[0], href=letter.act[1], className="act")) if letter.act else None,
        *(_section(each) for each in letter.sections),
        html.Hr(),
        html.Div([*(html.P(each) for each in letter.foot), _links(letter.links)], className="foot"),
    ]
    return (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"{markup(html.Title(letter.subject))}<style>{_STYLE}</style></head><body>{markup(body)}</body></html>"
    )


_STYLE = (
    "body{max-width:38rem;margin:0 auto;padding:1.5rem 1rem;font:1rem/1.55 -apple-system,'Segoe UI',Roboto,sans-serif;"
    "color:#17232b;background:#fbfaf6}"
    "h1,h2{font-family:Charter,Cambria,Georgia,serif;line-height:1.2}"
    "h1{margin:0 0 .75rem;padding-top:1rem;border-top:4px solid #0a4446;font-size:1.5rem}"
    "h2{margin:2rem 0 .5rem;padding-bottom:.25rem;border-bottom:1px solid #d5dbd6;font-size:1.25rem}"
    "h3{margin:1.25rem 0 .25rem;font-size:1rem}p{margin:.25rem 0}a{color:#0b5a5b}"
    ".kind{color:#b3401a}.remark,.foot{font-size:.875rem;color:#4a5a64}"
    ".act{display:inline-block;margin:.75rem 0;padding:.625rem 1rem;border-radius:6px;background:#0b5a5b;color:#fff;"
    "font-weight:600;text-decoration:none}"
    "hr{margin:2rem 0 1rem;border:0;border-top:1px solid #d5dbd6}"
    "@media (prefers-color-scheme:dark){body{color:#eaf0f1;background:#10181c}a{color:#7fcfc8}.kind{color:#ff9a6b}"
    ".remark,.foot{color:#b1bfc4}h1,h2,hr{border-color:#33434b}.act{background:#7fcfc8;color:#06282a}}"
)
"""The colors are those of `assets/tokens.css`: a letter loads no sheet."""


def _section(section: Section) -> Component:
    more = html.P(html.A(section.more[0], href=section.more[1])) if section.more else None
    return html.Div([html.H2(section.title), *(_item(each) for each in section.items), more])


def _item(item: Item) -> Component:
    return html.Div(
        [
            html.H3([html.Span(f"{item.kind}: ", className="kind"), item.title]),
            html.P(item.text),
            html.P(item.remark, className="remark") if item.remark else None,
            _links(item.links),
        ]
    )


def _links(links: tuple[Link, ...]) -> Component | None:
    if not links:
        return None
    parts = [[" · ", html.A(words, href=address)] for words, address in links]
    return html.P([piece for part in parts for piece in part][1:])
