"""What a catalog must hold, and its file: sorted, one message a line, without dates or line numbers."""

import ast
import io
import re
from collections.abc import Iterable, Iterator
from importlib import resources

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from portal.locale.vocabulary import vocabulary

KEYWORDS = {"_": 1, "_n": 2, "N_": 1, "woven": 1}
"""The functions of `portal.language`, and how many of their arguments are texts of the message."""

MessageId = str | tuple[str, str]
_HEADER = """\
# The words of the portal in {name}. Messages are collected by `make messages`; only the msgstr lines are written
# by hand. A {{place}} in braces is filled in by the program and must stay as it is.
msgid ""
msgstr ""
"Language: {code}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
_PLACES = re.compile(r"\{[^{}]*\}")


def messages() -> list[MessageId]:
    """Every message of the interface: those in the code of the portal, and the vocabulary's titles and sentences."""
    found: set[MessageId] = {*vocabulary(), *_in_code()}
    return sorted(found, key=lambda each: each if isinstance(each, tuple) else (each, ""))


def _in_code() -> Iterator[MessageId]:
    for path in sorted(resources.files("portal").rglob("*.py")):  # type: ignore[attr-defined]  # a folder of files
        yield from messages_of(path.read_text("utf-8"))


def messages_of(source: str) -> Iterator[MessageId]:
    """The messages of a module, wherever their calls stand: inside one another, or inside an f-string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            wanted = KEYWORDS[node.func.id]
            if len(texts) >= wanted and all(texts[:wanted]):
                yield texts[0] if wanted == 1 else (texts[0], texts[1])


def updated(text: str, code: str, wanted: Iterable[MessageId]) -> str:
    """A catalog's file with exactly the messages wanted, translations kept. `text` may be empty: a new language."""
    known = read_po(io.StringIO(text), locale=code)
    catalog = Catalog(locale=code)
    for each in wanted:
        kept = known.get(each if isinstance(each, str) else each[0])
        same = kept is not None and _key(kept.id) == each
        catalog.add(each, kept.string if kept and same else None, user_comments=kept.user_comments if kept else ())
    body = io.BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    return _header(code, catalog.plural_forms) + body.getvalue().decode("utf-8").strip() + "\n"


def _header(code: str, plurals: str) -> str:
    return _HEADER.format(name=Locale.parse(code).get_language_name("en"), code=code, plurals=plurals)


def _key(ident: object) -> MessageId:
    return ident if isinstance(ident, str) else (ident[0], ident[1])  # type: ignore[index]  # a list or tuple of two


def faults(text: str, code: str) -> list[str]:
    """What is wrong with a catalog: messages without a translation, in doubt, or with another set of places."""
    return [fault for message in read_po(io.StringIO(text), locale=code) if message.id for fault in _faults(message)]


def _faults(message: Message) -> Iterator[str]:
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    found = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    if message.fuzzy:
        yield f"in doubt: {sources[0]}"
    if not all(found):
        yield f"not translated: {sources[0]}"
    elif any(_places(each) != _places(sources[-1]) for each in found):
        yield f"another set of places: {sources[0]}"


def _places(text: str) -> list[str]:
    return sorted(set(_PLACES.findall(text)))
