"""docs/city-folder.md, made from the models so that it cannot say anything else.

Write it anew with `python -c "from etl.city.reference import write_reference; write_reference('docs/city-folder.md')"`.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from etl.city import models
from etl.city.agencies import Agency
from etl.city.connectors import CONNECTORS
from etl.city.problems import keys_of
from etl.city.source import (
    Counted,
    CountedPeriod,
    Dates,
    DefaultPoint,
    FieldDeclaration,
    GroupDeclaration,
    Limits,
    Location,
    Refresh,
    RowFilter,
    SourceFile,
    Span,
    Totals,
)
from etl.city.targets import Target
from etl.city.webconnectors import SocrataDeletions
from layers.topics import AREA_FIELD_PREFIX, LOCATION_FIELDS, TOPICS, Topic

INTRODUCTION = """# The city folder

*Made from the program's own declarations; a test compares the two. Change the descriptions in `etl/city/`, not here.*

A city is a folder. Nothing about a city is in the code.

```
CITY/
  city.toml             the city: name, time zone, areas, events, contacts, policy
  sources/NAME.toml     one feed each; NAME is the source's id
  boundaries/           boundary files of the areas
  feeds/                the agencies' files (private)
  texts/LANGUAGE.toml   the city's own words in another language
```

`python -m etl init DIR` writes a commented one to start from; `python -m etl check CITY` says what is wrong with one.
A wrong key, a missing file or an unknown field is refused (exit 2) with file, key and remedy; items of a list are
counted from 1. Paths start at the city folder; absolute paths and `../` are allowed.
"""

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", date: "date"}

CITY_TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[city]", models.CitySettings),
    ("center = { … }", models.Point),
    ("bounds = { … }", models.Bounds),
    ("[[contacts]]", models.Contact),
    ("[[events]]", models.Event),
    ("[[agencies]]", Agency),
    ("[[targets]]", Target),
    ("[[areas]]", models.AreaDeclaration),
    ("[areas.income]", models.Income),
    ("[streets]", models.Streets),
    ("[geocoder]", models.Geocoder),
    ("[zones]", models.ZoneSizes),
    ("[policy.TOPIC] and [partner.policy.TOPIC]", models.PolicyOverride),
    ("closing_days = { … }", models.ClosingDays),
    ("[exact.TOPIC]", models.ExactReview),
    ("[partner]", models.Partner),
    ("[alerts.mail]", models.MailAlerts),
    ("[alerts.webhook]", models.WebhookAlerts),
)

SOURCE_TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("At the top", SourceFile),
    ("covers = { … }", Span),
    *((f'[connector] kind = "{get_args(c.model_fields["kind"].annotation)[0]}"', c) for c in CONNECTORS),
    ("deletions = { … } of socrata", SocrataDeletions),
    ("[[rows]]", RowFilter),
    ("[fields.FIELD]", FieldDeclaration),
    ("[dates]", Dates),
    ("[location]", Location),
    ("default_points = [{ … }]", DefaultPoint),
    ("[groups.GROUP]", GroupDeclaration),
    ("[refresh]", Refresh),
    ("[limits]", Limits),
    ("[counted]", Counted),
    ("period = { … } of [counted]", CountedPeriod),
    ("[totals]", Totals),
)


def reference_markdown() -> str:
    """The whole reference as Markdown."""
    parts = [INTRODUCTION, "## city.toml\n"]
    parts += [_table(title, model) for title, model in CITY_TABLES]
    parts.append("## sources/NAME.toml\n")
    parts += [_table(title, model) for title, model in SOURCE_TABLES]
    parts.append(_categories())
    parts += ["## Fields and groups of the topics\n", _location()]
    parts += [_topic(topic) for topic in TOPICS]
    return "\n".join(parts)


def write_reference(path: str | Path) -> None:
    """Writes the reference to a file."""
    Path(path).write_text(reference_markdown(), encoding="utf-8")


def _table(title: str, model: type[BaseModel]) -> str:
    rows = (
        (f"`{key}`", _kind(info.annotation), _default(info), info.description or "")
        for key, info in keys_of(model).items()
    )
    return f"### `{title}`\n\n{model.__doc__}\n\n{_grid(('key', 'value', 'if left out', 'meaning'), rows)}"


def _grid(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(head)]
    lines.append(("---",) * len(lines[0]))
    lines += [tuple(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.default
    if isinstance(value, BaseModel) or value in (None, (), "", {}):
        return "—"
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"`{str(each).lower() if isinstance(each, bool) else each}`" for each in values)


def _kind(annotation: Any) -> str:
    """A type in the words of someone who writes TOML."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in arguments)
    if origin in (Union, UnionType):
        kinds = [_kind(each) for each in arguments if each is not NoneType]
        return kinds[0] if len(kinds) == 1 else "table"
    if origin is tuple:
        return f"list of {_plural(_kind(arguments[0]))}"
    if origin is dict:
        return "table"
    return _WORDS.get(annotation, "table")


def _plural(word: str) -> str:
    return {"text": "texts", "table": "tables"}.get(word, word)


def _categories() -> str:
    return """### `[categories]` and `[values.FIELD]`

`[categories]` maps each plain-language group to the source's codes. Codes are compared without regard to case and to
space around them. A code in no group is counted under `other`, but of service requests it is in no figure until it is
mapped: it may be about homes. A code of a group of kind `sensitive` is dropped.
`[values.FIELD]` maps each canonical value of a field with fixed values to the source's codes in the same way.
"""


def _location() -> str:
    rows = [(f"`{field.name}`", field.meaning) for field in LOCATION_FIELDS]
    rows.append(
        (f"`{AREA_FIELD_PREFIX}KIND`", "Id of an area of a kind that city.toml declares, as the source gives it")
    )
    note = "Any topic may use these. They place a record and are forgotten once it is placed.\n\n"
    return f"### Location\n\n{note}{_grid(('field', 'meaning'), rows)}"


def _topic(topic: Topic) -> str:
    table = _grid(("field", "values", "meaning"), _fields(topic))
    return f"### {topic.name}\n\n{topic.summary} {topic.is_not}\n\n{table}{_groups(topic)}"


def _fields(topic: Topic) -> Iterator[tuple[str, str, str]]:
    for field in topic.fields:
        if field in LOCATION_FIELDS:
            continue
        values = ", ".join(f"`{choice}`" for choice in field.choices) or str(field.type)
        private = " Never published." if field.private else ""
        yield f"`{field.name}`{' (required)' if field.required else ''}", values, f"{field.meaning}.{private}"


def _groups(topic: Topic) -> str:
    if not topic.groups:
        return ""
    return "\n" + _grid(("group", "kind", "title"), ((f"`{g.key}`", str(g.kind), g.title) for g in topic.groups))
