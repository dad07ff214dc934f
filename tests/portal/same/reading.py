"""Tables, texts and charts of a page as it was sent, and of what its callbacks answer."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from starlette.testclient import TestClient

from portal.view import View
from tests.portal.same.said import plain

VOID = {"br", "img", "input", "hr", "link", "meta", "path"}
BESIDE = ("an-flag", "an-rank", "an-target", "visually-hidden", "icon")
"""Classes of what stands beside a figure in its cell."""


@dataclass(eq=False)
class Cell:
    text: str = ""
    href: str | None = None

    @property
    def view(self) -> View:
        """What its link asks for."""
        return View.read((self.href or "").partition("?")[2])


@dataclass(eq=False)
class Table:
    caption: str = ""
    rows: list[list[Cell]] = field(default_factory=list)

    @property
    def heads(self) -> list[str]:
        return [plain(cell.text) for cell in self.rows[0]]

    @property
    def body(self) -> list[list[Cell]]:
        return self.rows[1:]


class Reader(HTMLParser):
    """Tables; and the text of every element that has one of the classes asked for, with the first link in it."""

    def __init__(self, *classes: str) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self.found: list[tuple[str, Cell]] = []
        self._wanted = set(classes)
        self._open: list[tuple[str, list[Cell], bool]] = []
        """Tag, cells that end with it, whether its text is beside a figure."""
        self._into: list[Cell] = []
        self._skip = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        known = dict(attributes)
        names = (known.get("class") or "").split()
        cells: list[Cell] = []
        if tag == "table":
            self.tables.append(Table())
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
        elif tag in ("td", "th") and self.tables:
            cells.append(Cell())
            self.tables[-1].rows[-1].append(cells[0])
        elif tag == "caption":
            cells.append(Cell())
        for name in self._wanted & {*names, f"#{known.get('id')}"}:
            cells.append(Cell())
            self.found.append((name, cells[-1]))
        if tag == "a":
            for cell in (*self._into, *cells):
                cell.href = cell.href or html.unescape(known.get("href") or "")
        beside = any(name in BESIDE for name in names)
        self._skip += beside
        self._into += cells
        self._open.append((tag, cells, beside))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            opened, cells, beside = self._open.pop()
            self._skip -= beside
            for cell in cells:
                self._into.remove(cell)
                cell.text = plain(cell.text)
                if opened == "caption":
                    self.tables[-1].caption = cell.text
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._skip:
            for cell in self._into:
                cell.text += data


def read_html(page: str, *classes: str) -> Reader:
    reader = Reader(*classes)
    reader.feed(page)
    return reader


def table(reader: Reader, caption: str) -> Table:
    """The table whose caption begins so."""
    return next(each for each in reader.tables if each.caption.startswith(caption))


# ---- what a callback answers ----


class Screen:
    """Callbacks of the portal, asked as a browser asks them."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self._known = client.get("/_dash-dependencies").json()

    def page(self, path: str, query: str) -> Any:
        """The layout that fills a page in after its script has come."""
        return self._ask("page.children", path, query)

    def change(self, output: str, path: str, query: str) -> Any:
        """What is drawn again when the address changes."""
        return self._ask(output, path, query)

    def _ask(self, output: str, path: str, query: str) -> Any:
        known = next(each for each in self._known if output in each["output"] and not each["clientside_function"])
        several = known["output"].startswith("..")
        names = known["output"].strip(".").split("...")
        outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
        values = {"search": query, "pathname": path, "data": None}
        asked = {
            "output": known["output"],
            "outputs": outputs if several else outputs[0],
            "inputs": [{**each, "value": values[each["property"]]} for each in known["inputs"]],
            "state": [{**each, "value": values[each["property"]]} for each in known["state"]],
            "changedPropIds": [],
        }
        answer = self._client.post("/_dash-update-component", json=asked)
        assert answer.status_code == 200, (answer.status_code, path, query)
        return answer.json()["response"]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every component of an answer."""
    if isinstance(value, dict):
        if "props" in value and "type" in value:
            yield value
        for each in value.values():
            yield from parts(each)
    elif isinstance(value, list):
        for each in value:
            yield from parts(each)


def part(value: Any, ident: str) -> dict[str, Any]:
    """The properties of the component of that id."""
    return next(each["props"] for each in parts(value) if each["props"].get("id") == ident)


def html_of(value: Any) -> str:
    """Components as the markup that the browser makes of them."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, list):
        return "".join(map(html_of, value))
    if not isinstance(value, dict):
        return html.escape(str(value))
    props, tag = value.get("props", {}), value.get("type", "span").lower()
    names = {"className": "class", "href": "href", "id": "id"}
    said = "".join(f' {names[k]}="{html.escape(str(v))}"' for k, v in props.items() if k in names and v is not None)
    return f"<{tag}{said}>{html_of(props.get('children'))}</{tag}>"


def pointed(figure: dict[str, Any]) -> list[str]:
    """The texts that the pointer reads on a chart, markup left out."""
    texts = [text for trace in figure["data"] for text in trace.get("text") or [] if "hovertemplate" in trace]
    return [plain(re.sub(r"<[^>]+>", "\n", text).replace("\n", " ")) for text in texts]
