"""Whether a Parquet file is there to its end, without reading it."""

import os
from pathlib import Path

_END = b"PAR1"


def is_whole(path: Path) -> bool:
    """Whether the file is there, and neither cut off nor written over at its end."""
    try:
        with path.open("rb") as file:
            file.seek(-len(_END), os.SEEK_END)
            return file.read() == _END
    except OSError:
        return False
