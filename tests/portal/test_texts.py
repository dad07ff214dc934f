"""Written pages ask only for figures that exist, all of them are asked for, and every color pair can be read."""

import re

import pytest

from portal.language import offered, pick, speaking
from portal.pages.street import equally_likely
from portal.pages.written import FIGURES
from portal.settings import ASSETS
from portal.words.texts import anchor, figure_names, headings, rendered, text_of

WRITTEN = ("methods", "privacy", "accessibility", "status")
PAIRS = (
    ("ink", "paper"), ("ink", "panel"), ("ink", "tint"), ("ink-soft", "paper"), ("ink-soft", "panel"),
    ("ink-soft", "tint"), ("accent", "paper"), ("accent", "panel"), ("accent", "tint"), ("accent-ink", "accent"),
    ("head-ink", "head"), ("ember", "paper"), ("up", "panel"), ("down", "panel"), ("good", "panel"),
    ("late", "panel"), ("late", "late-ground"), ("ink", "late-ground"), ("ink", "caution-ground"),
)  # fmt: skip


def test_texts_and_computed_figures_agree() -> None:
    asked = [name for text in WRITTEN for name in figure_names(text)]
    assert sorted(asked) == sorted(FIGURES)


def test_every_offered_language_has_its_texts() -> None:
    for name in WRITTEN:
        for code in offered():
            assert text_of(name, code).startswith("# ")
            assert code == "en" or text_of(name, code) != text_of(name), "a translation of its own"


def test_a_translated_text_has_the_figures_links_and_headings_of_its_source() -> None:
    for name in WRITTEN:
        source, spanish = text_of(name), text_of(name, "es")
        for parts in (r"<!-- figures: [a-z-]+ -->", r"\]\(/[a-z#-]*\)", r"^#+ ", r"^\d\. ", r"^\|"):
            assert re.findall(parts, spanish, re.MULTILINE) == re.findall(parts, source, re.MULTILINE), parts


def test_a_link_into_a_text_holds_in_every_language() -> None:
    assert headings("privacy", "es")["Los certificados"] == "the-certificates"
    with speaking("es", in_address=True):
        told = rendered("## Los certificados\n\n[zonas](/zones)", headings("privacy", "es"))
    assert told.markup == '<h2 id="the-certificates">Los certificados</h2>\n<p><a href="/zones?lang=es">zonas</a></p>\n'


def test_the_language_is_the_readers_if_it_is_offered() -> None:
    assert pick("en", "es", lambda: ("es",)) == "en"
    assert pick("xx", "de,fr;q=0.5", lambda: ()) == "en"
    assert pick(None, "de,es;q=0.5", lambda: ()) == "es"
    assert pick(None, "", lambda: ("xx", "es")) == "es"


def test_a_heading_has_an_anchor() -> None:
    assert anchor("How sure could anyone be?") == "how-sure-could-anyone-be"


def test_the_noise_of_the_street() -> None:
    """Without noise one look is enough; with noise the lists overlap, and no figure is below zero."""
    assert equally_likely(9, 0) == [9] * 12
    assert set(equally_likely(9, 1.6)) & set(equally_likely(8, 1.6))
    assert min(equally_likely(1, 6)) == 0


def _scheme(dark: bool) -> dict[str, str]:
    css = (ASSETS / "tokens.css").read_text(encoding="utf-8")
    light = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", css.split("@media")[0]))
    if not dark:
        return light
    block = css.split(':root[data-scheme="dark"]')[1].split("}")[0]
    return light | dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(text: str, ground: str, dark: bool) -> None:
    scheme = _scheme(dark)
    one, other = sorted((_luminance(scheme[text]), _luminance(scheme[ground])), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= 4.5


def test_both_dark_schemes_are_the_same() -> None:
    """Chosen by the system or by the switch, dark is dark."""
    css = (ASSETS / "tokens.css").read_text(encoding="utf-8")
    by_system = css.split('not([data-scheme="light"])')[1].split("}")[0]
    by_switch = css.split(':root[data-scheme="dark"]')[1].split("}")[0]
    assert re.findall(r"--[^;]+;", by_system) == re.findall(r"--[^;]+;", by_switch)
