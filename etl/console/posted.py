"""What a form sent, read in memory alone: an uploaded list of records never lies in a temporary file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Posted:
    """Fields by name (the last of several), and the one file."""

    said: Mapping[str, str]
    file: bytes | None = field(default=None, repr=False)


def posted(content_type: str, body: bytes) -> Posted:
    """The form. Raises ValueError where it is none."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return Posted(dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True)))
    if kind == "multipart/form-data":
        return _parts(content_type, body)
    raise ValueError("no form")


def _parts(content_type: str, body: bytes) -> Posted:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    said: dict[str, str] = {}
    file: bytes | None = None
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(content, bytes) or not isinstance(name, str):
            continue
        if part.get_filename() is not None:
            file = content
        else:
            said[name] = content.decode("utf-8")
    return Posted(said, file)
