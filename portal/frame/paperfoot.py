"""What stands at the foot of every printed sheet: the day of the figures, the address, the page."""

import re

from portal.frame.page import Visit
from portal.language import _
from portal.words.wording import day_text

_COUNTERS = {"\x02": "counter(page)", "\x03": "counter(pages)"}


def paper_foot(visit: Visit) -> str:
    """A style element for print. The script of the frame keeps the address true while filters change it."""
    here = f"{visit.base}{visit.path}{visit.view.query()}" if visit.path else ""
    corners = (("left", quoted(_as_of(visit))), ("center", quoted(here)), ("right", page_counter()))
    boxes = "".join(f"@bottom-{side}{{content:{content};{_LOOK}}}" for side, content in corners)
    return f'<style id="paper-foot" media="print">@page{{margin:14mm 14mm 18mm;{boxes}}}</style>'


_LOOK = "font:7.5pt sans-serif;color:#333"


def _as_of(visit: Visit) -> str:
    days = sorted({manifest.as_of for manifest in visit.releases.manifests()})
    if not days:
        return ""
    if len(days) == 1:
        return _("Figures as of {day}", day=day_text(days[0]))
    return _("Figures as of {first} to {last}", first=day_text(days[0]), last=day_text(days[-1]))


def page_counter() -> str:
    """`Page 1 of 3` as the content of a margin box."""
    first, last = _COUNTERS
    pieces = re.split(f"([{first}{last}])", _("Page {page} of {pages}", page=first, pages=last))
    return " ".join(_COUNTERS.get(each) or quoted(each) for each in pieces if each)


def quoted(text: str) -> str:
    """A CSS string, also inside a style element."""
    return '"' + "".join(f"\\{ord(c):06x} " if c in '"\\<' or not c.isprintable() else c for c in text) + '"'
