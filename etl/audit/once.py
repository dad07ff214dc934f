"""What an attack on one release alone found, remembered while the process lives and the files stay as they are.

Every night attacks what was published before once more; a release never changes, and neither does the answer.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import TypeVar

from etl.audit.published import PublishedRelease

_Found = TypeVar("_Found")
_MOST = 4_000
"""How many answers of an attack are remembered: more releases than a topic has in years. They are small."""

Stamp = tuple[tuple[str, int, int, int], ...]
"""Name, size, time of last change and number of each file."""


def once_of_a_release(find: Callable[[PublishedRelease], _Found]) -> Callable[[PublishedRelease], _Found]:
    """`find`, asked again only when a file of the release, or a shape in its store, is another one."""
    known: OrderedDict[tuple[str, str, str, Path], tuple[Stamp, _Found]] = OrderedDict()

    @wraps(find)
    def asked(release: PublishedRelease) -> _Found:
        name, stamp = (release.tier, release.topic, release.id, release.folder), stamp_of(release)
        before = known.get(name)
        if before is None or before[0] != stamp:
            known[name] = (stamp, find(release))
        known.move_to_end(name)
        while len(known) > _MOST:
            known.popitem(last=False)
        return known[name][1]

    return asked


def stamp_of(release: PublishedRelease) -> Stamp:
    """Tells whether any file that an attack on the release reads was replaced."""
    return (*_stamps(release.folder, ""), *_stamps(release.folder.parents[2] / "geo", "geo/"))


def _stamps(folder: Path, within: str) -> Iterator[tuple[str, int, int, int]]:
    if not folder.is_dir():
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            yield from _stamps(Path(entry.path), f"{within}{entry.name}/")
        else:
            stat = entry.stat()
            yield f"{within}{entry.name}", stat.st_size, stat.st_mtime_ns, stat.st_ino
