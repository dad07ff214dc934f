"""Which program made a release: its version, and the beginning of the hash of its own code."""

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("etl", "layers")
_DIGITS = 12


@lru_cache(maxsize=1)
def code_version() -> str:
    """`<version>+<12 hex digits>`: the digits change with any line of the code that measures, attacks and publishes."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(path for package in _PACKAGES for path in (root / package).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{_installed()}+{digest.hexdigest()[:_DIGITS]}"


def _installed() -> str:
    try:
        return version("hearthmap")
    except PackageNotFoundError:  # run from its folder, not installed
        return "0"
