"""The attachments of an e-mail that was saved as a file. Its text, sender and subject are never kept."""

import email
import email.policy
import os
from collections.abc import Callable, Iterator
from email.errors import CloseBoundaryNotFoundDefect, InvalidBase64LengthDefect, StartBoundaryNotFoundDefect
from email.message import EmailMessage
from pathlib import Path, PurePath, PureWindowsPath

from etl.errors import SourceUnreadable, StorageFailed
from etl.fetch.connector import MEGABYTE
from etl.fetch.drops import plain_name

MOST_BYTES = 200 * MEGABYTE
"""A message is read as a whole; a longer one is no e-mail that a server would have let through."""
ENDINGS = {
    "csv": (".csv", ".tsv", ".txt", ".gz", ".zip"),
    "spreadsheet": (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    "json": (".json", ".jsonl", ".ndjson", ".gz", ".zip"),
    "geofile": (".geojson", ".json", ".gpkg", ".zip", ".gz", ".fgb", ".kml", ".gml"),
    "parquet": (".parquet",),
}
"""Kind of file → the endings of its attachments, unless a glob is declared."""
_CUT = (CloseBoundaryNotFoundDefect, InvalidBase64LengthDefect, StartBoundaryNotFoundDefect)


def attachments(message: Path, into: Path, wanted: Callable[[str], bool]) -> list[Path]:
    """Write the attachments whose names are wanted into a private folder, in their order. Raises SourceUnreadable.

    What a message forwards is looked into as well. A message without such an attachment gives nothing.
    """
    if message.stat().st_size > MOST_BYTES:
        what = f"{message.name} is longer than {MOST_BYTES // MEGABYTE} MB."
        raise SourceUnreadable(what, "Take it out of the folder; the last release stays up.")
    with message.open("rb") as stream:
        parsed = email.message_from_binary_file(stream, policy=email.policy.default)
    written = []
    for place, (name, part) in enumerate(_named(parsed)):
        if name.lower() == "winmail.dat":
            raise SourceUnreadable(f"{message.name} holds its attachments as winmail.dat.", _OUTLOOK)
        if wanted(name):
            written.append(_written(into / f"{place:03d}-{plain_name(name)}", _content(part, parsed, message.name)))
    return written


_OUTLOOK = "Ask the sender to send mails as plain text or HTML, not as Rich Text; the last release stays up."


def _named(message: EmailMessage) -> Iterator[tuple[str, EmailMessage]]:
    for part in message.walk():
        name = part.get_filename()
        if name and not part.is_multipart():
            yield PureWindowsPath(PurePath(name).name).name, part


def _content(part: EmailMessage, message: EmailMessage, name: str) -> bytes:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or any(isinstance(d, _CUT) for d in (*part.defects, *message.defects)):
        raise SourceUnreadable(f"{name} is cut off.", "Have it sent again; the last release stays up.")
    return content


def _written(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as out:  # noqa: PTH123 - a descriptor has no path
            out.write(content)
    except OSError as error:
        raise StorageFailed(f"An attachment could not be kept: {error.strerror}.") from None
    return path
