"""What benchmarks of the portal share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def city_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Public store of the whole demonstration city."""
    named = os.environ.get("HEARTHMAP_BENCH_STORE")
    if named:
        return Path(named)
    folder = tmp_path_factory.mktemp("bench")
    for arguments in (["demo", str(folder / "city")], ["run", str(folder / "city"), "--var", str(folder / "var")]):
        subprocess.run([sys.executable, "-m", "etl", *arguments], cwd=ROOT, check=True, capture_output=True)
    return folder / "var" / "public"
