"""From pydantic's errors to problems that name file, key and remedy."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from etl.errors import Problem


def problems_of(file: str, model: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    """Every fault that pydantic found in the tables of one file."""
    for fault in error.errors(include_url=False):
        place = _resolve(model, fault["loc"])
        what, remedy = _said(fault["type"], fault["msg"], fault.get("ctx", {}), place)
        yield Problem(file, place.key, what, remedy)


def closest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the most similar known word, else all of them."""
    names = sorted(known)
    similar = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if similar:
        return f"Did you mean `{similar[0]}`?"
    return f"Use one of: {', '.join(names)}." if names else "Remove it."


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a table as TOML writes them."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


@dataclass(frozen=True, slots=True)
class _Place:
    key: str
    owner: type[BaseModel] | None
    info: FieldInfo | None

    @property
    def last(self) -> str:
        return self.key.rpartition(".")[2]


def _resolve(model: type[BaseModel], loc: tuple[int | str, ...]) -> _Place:
    """Where a fault stands, with array items counted from 1 and pydantic's own marks left out."""
    key = ""
    owner: type[BaseModel] | None = None
    info: FieldInfo | None = None
    kind: Any = model
    for part in loc:
        members = _members(kind)
        if len(members) > 1:
            kind = next((member for member in members if part in _tags(member)), None)
        elif isinstance(part, int):
            key, kind = f"{key}[{part + 1}]", _argument(kind, 0)
        elif part == "[key]":
            continue
        elif _is_model(kind):
            owner, info = kind, keys_of(kind).get(part)
            key, kind = _joined(key, part), _bare(info.annotation) if info else None
        else:
            key, owner, info, kind = _joined(key, part), None, None, _argument(kind, 1)
    return _Place(key, owner, info)


def _said(kind: str, message: str, context: dict[str, Any], place: _Place) -> tuple[str, str]:
    """What is wrong and what to do, in whole sentences."""
    about = (place.info.description if place.info else None) or ""
    words = context.get("expected") or context.get("expected_tags")
    said = {
        "extra_forbidden": (
            f"unknown key `{place.last}`.",
            closest(place.last, keys_of(place.owner) if place.owner else ()),
        ),
        "missing": ("missing.", f"Add it. {about}".strip()),
        "literal_error": ("not one of the allowed words.", f"Use {words}."),
        "union_tag_invalid": ("not one of the allowed kinds.", f"Use {words}."),
        "union_tag_not_found": ("`kind` is missing.", "Add `kind`, which says how the feed is read."),
        "string_pattern_mismatch": ("not a short name.", "Use lower case letters, digits, underscore; a letter first."),
        "value_error": (f"{context.get('error')}.", about or "Correct it."),
    }
    return said.get(kind, (f"{message[:1].lower()}{message[1:]}.", about or "Correct it."))


def _joined(key: str, part: str) -> str:
    part = f'"{part}"' if "." in part else part
    return f"{key}.{part}" if key else part


def _bare(kind: Any) -> Any:
    """A type without Annotated and without `| None`."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        rest = [member for member in get_args(kind) if member is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else kind
    return kind


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else ()


def _tags(model: Any) -> tuple[Any, ...]:
    info = model.model_fields.get("kind") if _is_model(model) else None
    return get_args(info.annotation) if info and get_origin(info.annotation) is Literal else ()


def _argument(kind: Any, index: int) -> Any:
    arguments = get_args(kind)
    return _bare(arguments[index]) if len(arguments) > index else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
