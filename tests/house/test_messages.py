"""The catalogs of the portal's languages hold exactly the messages of the code."""

import pytest

from portal.language import catalogs, offered
from portal.locale.__main__ import HERE, main
from portal.locale.collecting import MessageId, faults, messages, messages_of, updated

pytestmark = pytest.mark.docs


@pytest.fixture(scope="module")
def wanted() -> list[MessageId]:
    return messages()


def test_every_catalog_is_up_to_date(wanted: list[MessageId]) -> None:
    late = [code for code, text in catalogs().items() if text() != updated(text(), code, wanted)]
    assert late == [], "run `make messages`"


def test_every_message_is_in_spanish() -> None:
    assert faults(catalogs()["es"](), "es") == []


def test_spanish_is_offered() -> None:
    assert list(offered().items())[:2] == [("en", "English"), ("es", "Español")]


GOOD = 'msgid "{n} places"\nmsgstr "{n} lugares"\n'


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (GOOD, []),
        ('msgid "Map"\nmsgstr ""\n', ["not translated: Map"]),
        ('#, fuzzy\nmsgid "Map"\nmsgstr "Mapa"\n', ["in doubt: Map"]),
        ('msgid "{n} places"\nmsgstr "lugares"\n', ["another set of places: {n} places"]),
        ('msgid "{n} places"\nmsgstr "{num} lugares"\n', ["another set of places: {n} places"]),
        ('msgid "a"\nmsgid_plural "{n} b"\nmsgstr[0] "{n} c"\nmsgstr[1] ""\n', ["not translated: a"]),
    ],
)
def test_a_fault_is_noticed(entry: str, fault: list[str]) -> None:
    assert faults(entry, "es") == fault


def test_an_update_keeps_translations_and_drops_what_nobody_asks_for() -> None:
    before = updated(GOOD, "es", ["{n} places", "Gone"])
    after = updated(before, "es", ["Map", "{n} places"])
    assert 'msgid "{n} places"\nmsgstr "{n} lugares"' in after
    assert 'msgid "Map"\nmsgstr ""' in after
    assert "Gone" not in after
    assert updated(after, "es", ["{n} places", "Map"]) == after


def test_a_message_is_found_wherever_it_stands() -> None:
    source = """
A = N_("constant")
f(f"<b>{_('in an f-string')}</b>", woven("See {link}.", link=a(_("inside another"))))
_n("one home", "{n} homes", n, place=_("there"))
_(TITLE), _(titles["key"]), other("no message")
"""
    assert set(messages_of(source)) == {
        "constant", "in an f-string", "See {link}.", "inside another", ("one home", "{n} homes"), "there",
    }  # fmt: skip


def test_what_is_no_language_begins_no_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in HERE.iterdir())
    assert main(["--check"]) == 2
    assert "no code of a language" in capsys.readouterr().err
    assert sorted(path.name for path in HERE.iterdir()) == before
