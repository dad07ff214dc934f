"""Writing a mapping into a source's declaration: a renamed column, or a new code into its group. Comments stay."""

import secrets
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from pathlib import Path
from typing import Any

import tomlkit

from etl.city import City, Source, load_city
from etl.city.problems import closest
from etl.context import Context
from etl.drift.decide import require_names
from etl.drift.schema import declared_columns
from etl.errors import DeclarationError, StorageFailed
from etl.state import Feeds
from layers.topics import topic


@dataclass(frozen=True, slots=True)
class Mapping:
    """A change of one declaration, not written yet. `detail` says it in a line, `diff` shows it."""

    source: str
    path: Path
    before: str
    after: str
    detail: str

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        name = f"sources/{self.path.name}"
        lines = unified_diff(self.before.splitlines(), self.after.splitlines(), name, name, lineterm="", n=1)
        return "\n".join(lines)


def proposed(city: City, source_id: str, old: str, new: str) -> Mapping:
    """The change that `map SOURCE OLD NEW` means.

    Where OLD is a column that the declaration names, that column is called NEW from now on. Else OLD is a code, and NEW
    the group it belongs to, or `FIELD.VALUE` for another coded field. The changed city is checked before anything is
    written: a mapping may make nothing public that nobody reviewed. Raises DeclarationError.
    """
    source = next((each for each in city.sources if each.id == source_id), None)
    if source is None:
        raise _wrong(f"{source_id} is no source of this city.", closest(source_id, [s.id for s in city.sources]))
    path = city.folder / "sources" / f"{source_id}.toml"
    before = path.read_text("utf-8")
    document = tomlkit.parse(before)
    if old.strip() in declared_columns(source):
        _rename(document, old.strip(), new.strip())
        detail = f"column {old.strip()!r} is {new.strip()!r}"
    else:
        detail = _add_code(document, source, old.strip(), new.strip())
    after = _otherwise_as_it_was(before, tomlkit.dumps(document))
    load_city(city.folder, check_files=False, instead={f"sources/{path.name}": after})
    return Mapping(source_id, path, before, after, detail)


def write(context: Context, mapping: Mapping, *, by: str, reason: str) -> None:
    """Write the change and record who made it. Raises DeclarationError where the file changed meanwhile."""
    require_names("map", by, reason)
    if mapping.path.read_text("utf-8") != mapping.before:
        raise _wrong(
            f"sources/{mapping.path.name} was changed by somebody else meanwhile.", "Look at it, then map again."
        )
    part = mapping.path.with_name(f".{mapping.path.name}.{secrets.token_hex(4)}")
    try:
        part.write_text(mapping.after, "utf-8")
        part.chmod(mapping.path.stat().st_mode & 0o777)
        part.replace(mapping.path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageFailed(f"The declaration cannot be written ({error.strerror}).") from error
    feeds = Feeds(context.state.engine)
    feeds.note_mapping(
        mapping.source, context.clock(), by=by.strip(), reason=reason.strip(), detail=mapping.detail
    )  # fmt: skip


def _otherwise_as_it_was(before: str, changed: str) -> str:
    """The changed text, with every line that the change does not touch as a person wrote it.

    The library drops a blank here and there, such as the one after a date in braces.
    """
    original, plain, lines = (
        text.splitlines(keepends=True) for text in (before, tomlkit.dumps(tomlkit.parse(before)), changed)
    )
    if len(original) != len(plain):
        return changed
    kept: list[str] = []
    for tag, first, last, start, end in SequenceMatcher(None, plain, lines, autojunk=False).get_opcodes():
        kept += original[first:last] if tag == "equal" else lines[start:end]
    return "".join(kept)


def _rename(document: tomlkit.TOMLDocument, old: str, new: str) -> None:
    for table, key in _places(document):
        named = table[key]
        if isinstance(named, str) and named.strip() == old:
            table[key] = new
        elif isinstance(named, list):
            for place, each in enumerate(named):
                if str(each).strip() == old:
                    named[place] = new


def _places(document: Any) -> Iterator[tuple[MutableMapping[str, Any], str]]:
    """Where a declaration names columns."""
    for field in document.get("fields", {}).values():
        yield from ((field, key) for key in ("column", "and_columns") if key in field)
    for chosen in document.get("rows", []):
        yield chosen, "column"
    counted = document.get("counted", {})
    if "unit" in counted:
        yield counted, "unit"
    if "column" in counted.get("period", {}):
        yield counted["period"], "column"
    yield from ((counted["values"], key) for key in counted.get("values", {}))


def _add_code(document: Any, source: Source, code: str, target: str) -> str:
    field, _, value = target.rpartition(".")
    if field:
        about = topic(source.topic).field(field)
        if about is None or field not in source.fields or (not about.choices and value not in ("yes", "no")):
            raise _wrong(f"{field} is no field of codes of {source.id}.", "Name GROUP, or FIELD.VALUE.")
        table, lists = document.setdefault("values", tomlkit.table()), source.values.get(field, {})
        table, key, what = table.setdefault(field, tomlkit.table()), value, f"value {value} of {field}"
    else:
        groups = [group.key for group in source.plain_groups()]
        if target not in groups:
            raise _wrong(f"{target} is neither a column of {source.id} nor a group.", closest(target, groups))
        table, lists, key = document.setdefault("categories", tomlkit.table()), source.categories, target
        what = f"group {target}"
    listed = {each.strip().casefold(): name for name, codes in lists.items() for each in codes}
    if code.casefold() in listed:
        raise _wrong(f"the code {code!r} is already in {listed[code.casefold()]}.", "Move it by hand if that is wrong.")
    if key in table:
        table[key].append(code)
    else:
        table[key] = [code]
    return f"code {code!r} is in {what}"


def _wrong(what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("command line", "holds map", what, remedy)
