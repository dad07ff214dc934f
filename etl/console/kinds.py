"""The form of each kind of connector, read off its declaration: what is declared there can be filled in here."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from etl.city.connectors import CONNECTORS, Connector

CHOICE, TEXT, LINES, PAIRS, TICK = "choice", "text", "lines", "pairs", "tick"


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of the form. `name` has a dot where it stands in a table of its own (`file.kind`)."""

    name: str
    help: str
    form: str
    options: tuple[str, ...] = ()
    required: bool = False


def kinds() -> dict[str, str]:
    """Kind → what it is."""
    return {_kind(model): " ".join((model.__doc__ or "").split("\n\n")[0].split()) for model in CONNECTORS}


def asked_of(kind: str) -> tuple[Asked, ...]:
    """The fields of a kind of connector, the required ones first. Raises KeyError."""
    model = next((each for each in CONNECTORS if _kind(each) == kind), None)
    if model is None:
        raise KeyError(kind)
    return tuple(sorted(_asked(model), key=lambda each: not each.required))


def declared(kind: str, said: Mapping[str, str]) -> tuple[Any, tuple[str, ...]]:
    """The connector that the form means, or None and what is wrong with it. `said`: field to what was filled in."""
    raw: dict[str, Any] = {"kind": kind}
    for asked in asked_of(kind):
        value = _value(asked, said.get(asked.name, ""))
        if value is None:
            continue
        table, _, key = asked.name.rpartition(".")
        (raw.setdefault(table, {}) if table else raw)[key or asked.name] = value
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(Connector)
        return adapter.validate_python(raw), ()
    except ValidationError as error:
        return None, tuple(_told(error))


def _told(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in fault["loc"][1:]) or "connector"
        yield f"{place}: {fault['msg'].removeprefix('Value error, ')}"


def _value(asked: Asked, text: str) -> Any:
    said = text.strip() if asked.form != TEXT or len(text) != 1 else text
    if asked.form == TICK:
        return said == "yes" if said else None
    if not said:
        return None
    if asked.form == LINES:
        return [line.strip() for line in said.splitlines() if line.strip()]
    if asked.form == PAIRS:
        pairs = [line.partition("=") for line in said.splitlines() if line.strip()]
        return {name.strip(): value.strip() for name, _, value in pairs}
    return said


def _asked(model: type[BaseModel], table: str = "") -> Iterator[Asked]:
    for name, field in model.model_fields.items():
        if name != "kind":
            yield from _of_field(f"{table}{name}", field)


def _of_field(name: str, field: FieldInfo) -> Iterator[Asked]:
    kinds_of = _models(field.annotation)
    if kinds_of:
        yield from _nested(name, kinds_of, required=field.is_required())
        return
    yield Asked(name, field.description or "", *_form(field), required=field.is_required())


def _nested(name: str, models: list[type[BaseModel]], *, required: bool) -> Iterator[Asked]:
    """A table of its own: its kind where there are several, and the fields of all of them."""
    known = tuple(_kind(model) for model in models if "kind" in model.model_fields)
    if known:
        yield Asked(f"{name}.kind", "Kind of file.", CHOICE, known, required)
    seen: set[str] = set()
    for model in models:
        for each in _asked(model, f"{name}."):
            if each.name not in seen:
                seen.add(each.name)
                word = f" ({_kind(model)})" if known else ""
                yield Asked(each.name, each.help + word, each.form, each.options)


def _form(field: FieldInfo) -> tuple[str, tuple[str, ...]]:
    plain = [each for each in _parts(field.annotation) if each is not type(None)]
    first = plain[0]
    origin = get_origin(first)
    if origin is Literal:
        return CHOICE, tuple(str(each) for each in get_args(first))
    if first is bool:
        return (CHOICE, ("yes", "no")) if field.default is True else (TICK, ())
    if origin is dict:
        return PAIRS, ()
    if origin in (tuple, list):
        return LINES, ()
    return TEXT, ()


def _parts(annotation: Any) -> list[Any]:
    """The types of a union, without what is annotated around them."""
    if hasattr(annotation, "__metadata__"):
        return _parts(annotation.__origin__)
    if get_origin(annotation) in (Union, types.UnionType):
        return [part for each in get_args(annotation) for part in _parts(each)]
    return [annotation]


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [each for each in _parts(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]


def _kind(model: type[BaseModel]) -> str:
    return str(get_args(model.model_fields["kind"].annotation)[0])
