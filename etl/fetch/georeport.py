"""The answers of an Open311 GeoReport v2 server, JSON or XML, as flat rows of text."""

from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

import orjson

from etl.errors import SourceUnreadable

ID = "service_request_id"

_LISTS = ("service_requests", "requests", "request")
_NAMED_BY = ("name", "code", "label")
_PIECE, _DEEPEST = 1 << 16, 20


class NotUnderstood(Exception):
    """The answer is no list of service requests: a page to sign in, half a document, or something else."""


def service_requests(body: bytes, form: str) -> list[dict[str, str | None]]:
    """The requests of one answer, `form` being `json` or `xml`; what is nested has dots in its name.

    Raises NotUnderstood for what is cut off or something else, and SourceUnreadable for a refusal by the server (its
    own words may repeat the key and are not told) and for a document with a DOCTYPE.
    """
    found = _from_json(body) if form == "json" else _from_xml(body)
    rows = [dict(_flat(record)) for record in found]
    for row in rows:
        if ID not in row and "description" in row and (row.get("code") or "").strip():
            raise _refused(row["code"] or "")
    return rows


def _refused(code: str) -> SourceUnreadable:
    told = code.strip() if code.strip().isdigit() else "unknown"
    remedy = "Check jurisdiction, api_key and parameters in [connector]; the last release stays up."
    return SourceUnreadable(f"The Open311 server refused the question (code {told}).", remedy)


def _from_json(body: bytes) -> list[dict[str, Any]]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotUnderstood from None
    while isinstance(found, dict):
        inner = [found[key] for key in (*_LISTS, "errors", "error") if key in found]
        if not inner:
            raise NotUnderstood
        found = inner[0] if isinstance(inner[0], list) or not {"code", ID} & set(inner[0] or ()) else [inner[0]]
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise NotUnderstood
    return found


def _from_xml(body: bytes) -> list[dict[str, Any]]:
    tree = _Tree()
    try:
        for start in range(0, len(body), _PIECE):
            tree.parser.Parse(body[start : start + _PIECE], False)
        tree.parser.Parse(b"", True)
    except expat.ExpatError:
        raise NotUnderstood from None
    if tree.root not in ("service_requests", "requests", "errors"):
        raise NotUnderstood
    return tree.records


class _Tree:
    """The elements right under the root as objects. A document that brings a DOCTYPE, and so may bring entities that
    unfold without end, is refused before anything unfolds."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.records: list[dict[str, Any]] = []
        self._open: list[tuple[str, list[str], list[tuple[str, Any]]]] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _doctype(self, *_: object) -> None:
        raise SourceUnreadable(
            "The Open311 server sent XML with a DOCTYPE, which is refused because it can unfold without end.",
            'Ask the agency, or declare format = "json"; the last release stays up.',
        )

    def _start(self, name: str, _: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if self.root is None:
            self.root = name
        self._open.append((name, [], []))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1][1].append(text)

    def _end(self, _: str) -> None:
        name, texts, children = self._open.pop()
        value = _value(name, "".join(texts).strip() or None, children)
        if len(self._open) == 1:
            self.records.append(value if isinstance(value, dict) else {name: value})
        elif self._open:
            self._open[-1][2].append((name, value))


def _value(name: str, text: str | None, children: list[tuple[str, Any]]) -> Any:
    """An element's text, or its children by name; a list where it is one of equals: `notes` of `note`."""
    if not children:
        return text
    names = {child for child, _ in children}
    if len(names) == 1 and (len(children) > 1 or name == f"{children[0][0]}s"):
        return [value for _, value in children]
    return {child: next(v for c, v in reversed(children) if c == child) for child in dict(children)}


def _flat(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    if prefix.count(".") > _DEEPEST:
        raise NotUnderstood
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and (named := _named(value)) is not None:
            yield from _flat(named, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _told(value)


def _named(values: list[Any]) -> dict[str, Any] | None:
    """Attributes given as a list of names with values, as an object; None for any other list."""
    for key in _NAMED_BY:
        if values and all(isinstance(v, dict) and isinstance(v.get(key), str) and "value" in v for v in values):
            return {v[key]: v["value"] for v in values}
    return None


def _told(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
