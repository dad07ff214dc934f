"""What a person gives a command as words."""

from etl.errors import DeclarationError

MOST_WORDS = 400
"""Longest reason or name, in characters."""


def said(option: str, text: str | None) -> str:
    """The words of an option that must be given and stay printable. Raises DeclarationError."""
    words = " ".join((text or "").split())
    if not words or len(words) > MOST_WORDS or not words.isprintable():
        remedy = f"Give 1 to {MOST_WORDS} characters of plain text."
        raise DeclarationError.of("command line", option, "says nothing, or too much.", remedy)
    return words
