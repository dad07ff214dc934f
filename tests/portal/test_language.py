"""One message, one language, one way to write a number; and the language of an answer goes where the answer goes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from gettext import GNUTranslations
from io import BytesIO, StringIO

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from portal import language
from portal.language import N_, _, _n, link, number, speaking, woven

CATALOG = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);"

msgid "Map of {city}"
msgstr "Mapa de {city}"

msgid "See {link}, or call {number}."
msgstr "Llame al {number} o vea {link}."

msgid "one home"
msgid_plural "{n} homes"
msgstr[0] "una vivienda"
msgstr[1] "dos viviendas"
msgstr[2] "{n} viviendas"
"""


@pytest.fixture(autouse=True)
def small_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = BytesIO()
    write_mo(compiled, read_po(StringIO(CATALOG), locale="es"))
    compiled.seek(0)
    small, source = GNUTranslations(compiled), language.words_of("en")
    monkeypatch.setattr(language, "words_of", lambda code: small if code == "es" else source)


def test_a_message_is_in_the_language_that_is_spoken() -> None:
    assert _("Map of {city}", city="Milford") == "Map of Milford"
    with speaking("es"):
        assert _("Map of {city}", city="Milford") == "Mapa de Milford"
        with speaking("en"):
            assert _("Map of {city}", city="Milford") == "Map of Milford"
    assert language.language() == "en"


def test_what_no_catalog_knows_stays() -> None:
    with speaking("es"):
        assert _("Ward 3 {braces}") == "Ward 3 {braces}"
        assert _("") == ""
        assert N_("Map of {city}") == "Map of {city}"


@pytest.mark.parametrize(
    ("code", "n", "text"),
    [
        ("en", 0, "0 homes"), ("en", 1, "one home"), ("en", 2, "2 homes"), ("en", 84112, "84,112 homes"),
        ("es", 1, "una vivienda"), ("es", 2, "dos viviendas"), ("es", 84112, "84,112 viviendas"),
    ],
)  # fmt: skip
def test_a_number_takes_the_form_that_its_language_gives_it(code: str, n: int, text: str) -> None:
    with speaking(code):
        assert _n("one home", "{n} homes", n) == text


def test_values_that_are_no_words_stand_where_the_language_puts_them() -> None:
    anchor, phone = object(), object()
    assert woven("See {link}, or call {number}.", link=anchor, number=phone) == [
        "See ", anchor, ", or call ", phone, ".",
    ]  # fmt: skip
    with speaking("es"):
        told = woven("See {link}, or call {number}.", link=anchor, number=phone)
    assert told == ["Llame al ", phone, " o vea ", anchor, "."]


@pytest.mark.parametrize(
    ("code", "value", "decimals", "text"),
    [
        ("en", 84112, 0, "84,112"), ("en", 3.44, 1, "3.4"), ("en", -1234.5, 1, "-1,234.5"),
        ("es", 84112, 0, "84,112"), ("es", 3.44, 1, "3.4"),
        ("de", 84112.5, 1, "84.112,5"), ("pt", 1234567, 0, "1.234.567"),
    ],
)  # fmt: skip
def test_numbers_have_the_signs_of_the_language_in_the_united_states(
    code: str, value: float, decimals: int, text: str
) -> None:
    with speaking(code):
        assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/map", "/map?lang=es"),
        ("/map?topic=evictions", "/map?topic=evictions&lang=es"),
        ("/privacy#the-certificates", "/privacy?lang=es#the-certificates"),
        ("/map?lang=en", "/map?lang=en"),
        ("/map?a=b&lang=en#x", "/map?a=b&lang=en#x"),
    ],
)
def test_a_link_keeps_the_language_that_the_address_names(address: str, kept: str) -> None:
    assert link(address) == address
    with speaking("es"):
        assert link(address) == address, "the browser's own wish needs no key"
    with speaking("es", in_address=True):
        assert link(address) == kept


def test_each_thread_and_task_speaks_its_own_language() -> None:
    def said() -> str:
        return _("Map of {city}", city="M")

    async def in_thread(code: str) -> str:
        with speaking(code):
            await asyncio.sleep(0)
            return await asyncio.to_thread(said)

    async def both() -> list[str]:
        return await asyncio.gather(in_thread("es"), in_thread("en"))

    assert asyncio.run(both()) == ["Mapa de M", "Map of M"]
    with ThreadPoolExecutor(1) as pool, speaking("es"):
        assert pool.submit(copy_context().run, said).result() == "Mapa de M"
