"""The keys that homes are hashed with: one per topic, tier and calendar year, made when needed, destroyed when done.

With another key every home of a year would be a new one and could be counted beyond its cap, so a key stays until the
last table of its year has closed. Then it is destroyed: nobody can tell any more which home a number stood for.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from os import fsync
from pathlib import Path

from etl.errors import StorageFailed
from etl.folders import KEY_BYTES, Folders, write_once
from etl.protect.measurements import sync_folder

_SINGLE = "homes"
"""The one key of older private folders, for every topic and year."""


@dataclass(frozen=True, slots=True)
class HomeKeys:
    """`private/keys/homes-<topic>-<tier>-<year>.key`, and `….retired` once that year is done.

    `progress` is told `marked`, `overwritten`, `destroyed` as a key is retired.
    """

    folders: Folders
    topic: str
    tier: str
    progress: Callable[[str], None] = lambda _: None

    def of(self, years: Iterable[int]) -> dict[int, bytes]:
        """The key of each of these years that is not retired, made by the operating system when first asked for.

        Raises StorageFailed where one is damaged, or gone although homes were counted under it.
        """
        self._adopt_single()
        done = self.retired()
        return {year: self._key(year) for year in sorted(set(years)) if year not in done}

    def kept(self) -> frozenset[int]:
        """The years that have a key."""
        return self._years("key")

    def retired(self) -> frozenset[int]:
        """The years whose key is destroyed, or is about to be: nothing of them is ever measured again."""
        return self._years("retired")

    def retire(self, years: Iterable[int]) -> None:
        """Destroy the keys of these years for good, and of those that a killed run had marked. Durable when it returns.

        Raises StorageFailed where the disk refuses.
        """
        try:
            for year in sorted(set(years) & self.kept()):
                if not self._path(year, "retired").exists():
                    write_once(self._path(year, "retired"), b"")
                self.progress("marked")
            for year in sorted(self.retired() & self.kept()):
                self._destroy(self._path(year, "key"))
        except OSError as error:
            raise StorageFailed(f"A key of homes could not be destroyed ({error.strerror}).") from error

    def _key(self, year: int) -> bytes:
        purpose = f"{_SINGLE}-{self.topic}-{self.tier}-{year}"
        if not self._path(year, "key").exists() and year in self._booked():
            raise StorageFailed(
                f"The key of homes of {self.topic}, {self.tier}, {year} is gone, but homes were counted under it.",
                f"Put {purpose}.key back into the private folder's keys from a copy.",
            )
        key = self.folders.key(purpose)
        self._refuse_another(year, key)
        return key

    def _refuse_another(self, year: int, key: bytes) -> None:
        """Raises StorageFailed where homes of the year were counted under another key than this one.

        What is remembered is a hash of the key, beside the book of the homes that were counted under it.
        """
        path = self._book / f"{year}.key-sha256"
        mark = sha256(key).hexdigest().encode()
        if path.exists() and path.read_bytes() == mark:
            return
        if path.exists() and year in self._booked():
            raise StorageFailed(
                f"The key of homes of {self.topic}, {self.tier}, {year} is not the one that homes were counted under.",
                "Put the keys and the book of the private folder back from the same backup.",
            )
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_once(path, mark)

    def _booked(self) -> set[int]:
        """The years of which homes stand in the contribution book."""
        return {int(path.stem) for path in self._book.glob("*/[0-9]*.parquet")}

    def _years(self, ending: str) -> frozenset[int]:
        pattern = re.compile(rf"{_SINGLE}-{re.escape(self.topic)}-{re.escape(self.tier)}-(\d+)\.{ending}")
        names = (pattern.fullmatch(path.name) for path in self._folder.glob(f"{_SINGLE}-*.{ending}"))
        return frozenset(int(name[1]) for name in names if name)

    def _path(self, year: int, ending: str) -> Path:
        return self._folder / f"{_SINGLE}-{self.topic}-{self.tier}-{year}.{ending}"

    @property
    def _book(self) -> Path:
        return self.folders.private / "book" / self.topic / self.tier

    @property
    def _folder(self) -> Path:
        return self.folders.private / "keys"

    def _destroy(self, path: Path) -> None:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            fsync(file.fileno())
        self.progress("overwritten")
        path.unlink()
        sync_folder(path.parent)
        self.progress("destroyed")

    def _adopt_single(self) -> None:
        """An older folder's one key becomes the key of every topic and year that was counted under it, then goes."""
        single = self._folder / f"{_SINGLE}.key"
        if not single.exists():
            return
        key = self.folders.key(_SINGLE)
        for path in (self.folders.private / "book").glob("*/*/*/[0-9]*.parquet"):
            topic, tier, _, name = path.relative_to(self.folders.private / "book").parts
            own = self._folder / f"{_SINGLE}-{topic}-{tier}-{Path(name).stem}.key"
            if not own.exists() and not own.with_suffix(".retired").exists():
                write_once(own, key)
        self._destroy(single)
