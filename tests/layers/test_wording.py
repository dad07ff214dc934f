"""Titles inside sentences."""

import pytest

from layers.wording import in_sentence


@pytest.mark.parametrize(
    ("title", "inside"),
    [
        ("ZIP code", "ZIP code"),
        ("ZIP codes", "ZIP codes"),
        ("Council district (lines of 2013)", "council district (lines of 2013)"),
        ("311 service requests", "311 service requests"),
        ("A home", "a home"),
        ("", ""),
    ],
)
def test_words_are_lowered_and_abbreviations_kept(title: str, inside: str) -> None:
    assert in_sentence(title) == inside
