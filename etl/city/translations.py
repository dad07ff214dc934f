"""Words of the city's own in another language: names, events, who to call. `texts/LANGUAGE.toml`, one line each."""

import re
from typing import Annotated

from pydantic import RootModel, StringConstraints

from etl.errors import Problem
from layers.release import NUMBER, Translation

TEXTS_FOLDER = "texts"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Translations(RootModel[dict[str, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]]]):
    """The whole of a file: what the city wrote, and the same in the language that the file is named by."""


def translations_of(language: str, declared: Translations) -> tuple[Translation, ...]:
    """As releases carry them, in the order of the file."""
    return tuple(Translation(language=language, text=text, said=said) for text, said in declared.root.items())


def translation_problems(file: str, language: str, declared: Translations) -> list[Problem]:
    """A file that names no language, and lines of which only one side has the place of a number."""
    problems = []
    if _LANGUAGE.fullmatch(language) is None:
        problems.append(
            Problem(file, "", "the file's name is no code of a language.", "Name it by the language: es.toml, vi.toml.")
        )
    for at, (text, said) in enumerate(declared.root.items(), 1):
        if text.count(NUMBER) != said.count(NUMBER) or text.count(NUMBER) > 1:
            what = f"{NUMBER} stands on one side alone, or more than once."
            problems.append(Problem(file, f"line {at}", what, f"Write {NUMBER} once on both sides, or on none."))
    return problems
