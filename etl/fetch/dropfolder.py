"""A folder into which an agency or a mail rule drops files. They are read, and never changed or deleted."""

import shutil
from collections.abc import Sequence
from fnmatch import fnmatch
from itertools import count
from pathlib import Path

import polars as pl

from etl.city.filedrops import DropFolderConnector
from etl.errors import SourceUnreadable
from etl.fetch.attachments import ENDINGS, attachments
from etl.fetch.connector import Fetched, Request
from etl.fetch.drops import Lying, Taken, chosen, ready
from etl.fetch.fileformats import read_files
from etl.fetch.filenames import names_hidden

_MESSAGE = ".eml"


class DropFolder:
    """`kind = "dropfolder"`."""

    kind = "dropfolder"

    def fetch(self, declared: DropFolderConnector, request: Request) -> Fetched:
        """The newest file, or all; with `Request.since`, only what was not taken before.

        The watermark lists what was taken. Files that it lists were accepted, so they are moved away if the
        declaration says so.
        """
        folder = request.city_folder / declared.folder
        taken = Taken.of(request.since)
        if not folder.is_dir():
            raise SourceUnreadable(
                f"There is no folder {declared.folder!r}.", "Is it mounted? The last release stays up."
            )
        try:
            if declared.after == "archive" and request.since is not None:
                _archive(folder, declared, taken)
            lying = ready(_found(folder, declared, archived=request.since is None), declared, request.now)
            return chosen(
                declared.keep,
                lying,
                request.since,
                lambda one, number: _brought(folder / one.path, declared, request, number),
                f"{declared.folder}/{declared.files}",
            )
        except OSError as error:
            raise SourceUnreadable(f"The drop folder cannot be read: {error.strerror}.") from None

    def read(self, declared: DropFolderConnector, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """As files of the declared kind are read, in the order in which they were dropped."""
        return read_files(declared.file, files, scratch)


def _found(folder: Path, declared: DropFolderConnector, *, archived: bool) -> list[Lying]:
    places = [folder, folder / declared.archive] if archived and declared.after == "archive" else [folder]
    files = [file for place in places for file in place.glob(declared.files) if _is_own(file, place)]
    return [_lying(file, folder) for file in files]


def _is_own(file: Path, folder: Path) -> bool:
    """Whether it is a file of this folder: whoever may drop files shall not have us read others, by a link."""
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _lying(file: Path, folder: Path) -> Lying:
    about = file.stat()
    return Lying(file.relative_to(folder).as_posix(), about.st_size, about.st_mtime_ns)


def _brought(file: Path, declared: DropFolderConnector, request: Request, number: int) -> list[Path]:
    """The file itself, or the attachments of a message, unpacked into our own folder."""
    if file.suffix.lower() != _MESSAGE:
        return [file]
    with names_hidden([file.name], declared):
        return attachments(file, request.arriving / f"{number:06d}", lambda name: _is_wanted(name, declared))


def _is_wanted(name: str, declared: DropFolderConnector) -> bool:
    if declared.attachments is not None:
        return fnmatch(name.lower(), declared.attachments.lower())
    return name.lower().endswith(ENDINGS[declared.file.kind])


def _archive(folder: Path, declared: DropFolderConnector, taken: Taken) -> None:
    """Move what was taken and accepted. A file of that name which lies there already stays as it is."""
    archive = folder / declared.archive
    archive.mkdir(parents=True, exist_ok=True)
    for one in _found(folder, declared, archived=False):
        if taken.knows(one):
            file = folder / one.path
            names = (file.name if n == 1 else f"{file.stem}.{n}{file.suffix}" for n in count(1))
            shutil.move(file, next(archive / name for name in names if not (archive / name).exists()))
