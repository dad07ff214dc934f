"""Words that come with a release, in English, said in the language of the page.

The vocabulary's own titles and sentences are messages (`portal.locale.vocabulary`). What the publishing program writes
with values in it is known by its pattern. What a city wrote itself (names, events, contacts) stays as it is.
"""

import re
from functools import cache, lru_cache

from layers.wording import in_sentence
from portal.language import SOURCE, _, language
from portal.words.releasewords import PATTERNS


def told(text: str) -> str:
    """A text of a release in the language of the page; a city's own words as they are."""
    return text if language() == SOURCE else _told(language(), text)


def inside(title: str) -> str:
    """A title of a release in the middle of a sentence: `council district`, but `ZIP code` as it is."""
    return in_sentence(told(title))


@lru_cache(maxsize=8192)
def _told(code: str, text: str) -> str:
    translated = _(text)
    if translated != text:
        return translated
    for message, pattern in _compiled():
        found = pattern.fullmatch(text)
        if found:
            return _(message, **{name: _part(code, name, value) for name, value in found.groupdict().items()})
    return text


def _part(code: str, name: str, value: str) -> str:
    """What a pattern was filled with. `at` and `same` are titles in the middle of the sentence."""
    if name not in ("at", "same"):
        return _told(code, value)
    return in_sentence(_told(code, value[:1].upper() + value[1:]))


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((each, re.compile(_expression(each), re.DOTALL)) for each in PATTERNS)


def _expression(message: str) -> str:
    pieces = re.split(r"\{([a-z]+)\}", message)
    return "".join(f"(?P<{piece}>.+?)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))
