"""Which language a page is written in. A language is offered once its texts are there: add it to OFFERED."""

from collections.abc import Sequence

OFFERED: dict[str, str] = {"en": "English"}
"""Language code → its own name. Each has a folder of texts, `portal/text/<code>/`."""

DEFAULT = "en"


def pick(asked: str | None, accepted: str, city: Sequence[str]) -> str:
    """The language of a page: asked for in the address, else accepted by the browser, else the city's first offered."""
    wishes = [asked or "", *(part.split(";")[0].strip()[:2] for part in accepted.split(",")), *city]
    return next((wish for wish in wishes if wish in OFFERED), DEFAULT)
