"""Whether this machine has memory to spare for temporary files."""

import os
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
NEEDED = 4 * 1024**3
"""Bytes: about twice what all tests hold at a time."""


def in_memory(folder: Path = SHARED_MEMORY, memory: Path = Path("/proc/meminfo"), needed: int = NEEDED) -> Path | None:
    """A folder in memory that takes `needed` bytes and leaves as much memory free; None where there is none."""
    try:
        room = os.statvfs(folder)
        free = next(int(line.split()[1]) * 1024 for line in memory.open() if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None
    enough = room.f_bavail * room.f_frsize >= needed and free >= 2 * needed
    return folder if enough and os.access(folder, os.W_OK | os.X_OK) else None
