"""The time that a file's name states, as in `cases_2025-03-01.csv`."""

import re
from datetime import datetime

_DIGITS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "y": 2, "j": 3}
_LETTERS = {"b": r"[A-Za-z]{3}", "B": r"[A-Za-z]+"}


def time_pattern(form: str) -> re.Pattern[str]:
    """What a form (strftime: %Y %y %m %d %j %b %B %H %M %S) looks like in a name. Raises ValueError for another form.

    Digits around it are no part of it: `%Y%m%d` is not found in a number of ten digits.
    """
    parts = re.split(r"%(.)", form)
    for letter in parts[1::2]:
        if letter not in _DIGITS and letter not in _LETTERS:
            raise ValueError(f"%{letter} has no place in the time of a name")
    if len(parts) < 3:
        raise ValueError("not a form of a time, such as %Y-%m-%d")
    text = [re.escape(part) if place % 2 == 0 else _directive(part) for place, part in enumerate(parts)]
    return re.compile(rf"(?<!\d){''.join(text)}(?!\d)")


def time_in(name: str, form: str) -> datetime | None:
    """The moment that a name states; None where it states none."""
    found = time_pattern(form).search(name)
    try:
        return None if found is None else datetime.strptime(found.group(), form)  # noqa: DTZ007 - only to put in order
    except ValueError:
        return None


def _directive(letter: str) -> str:
    return rf"\d{{{_DIGITS[letter]}}}" if letter in _DIGITS else _LETTERS[letter]
