"""What one form says of one row, and what is wrong with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.portal.same.said import Said, read
from tests.portal.same.stored import Asked, Key


@dataclass(frozen=True)
class Heard:
    """`margin`: whether the form has to say the margin of this figure, or stands beside one that does."""

    form: str
    key: Key
    said: Said
    margin: bool = True


def heard(form: str, key: Key, text: str, asked: Asked, *, margin: bool = True) -> Heard:
    """What a text of the form says."""
    return Heard(form, key, read(text, asked.language), margin)


def wrong(asked: Asked, found: Iterable[Heard]) -> list[str]:
    """What differs from the release, in words."""
    differing = []
    for each in found:
        row = asked.stored.row(each.key)
        wanted = row.said if row else Said(status="not_collected")
        wanted = wanted if each.margin else wanted.without_margin()
        if each.said != wanted:
            differing.append(f"{each.form} says {each.said}, the release {wanted}: {each.key}; {asked}")
    return differing


Form = Callable[[Asked], Iterable[Heard]]
"""Hears every figure of a view that the form tells; nothing where the view does not exist in it."""
