"""kill -9 between every two steps of a change of the vault: what is seen is the old state or the new one, whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from etl.vault import Marks, Vault, sweep_vaults

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = {"key": pl.UInt64, "filed": pl.Date, "category": pl.String}
OLD = pl.DataFrame({"key": [1, 2, 3], "filed": ["2026-01-05", "2026-02-05", "2026-03-05"], "category": list("aaa")})
NEW = pl.DataFrame({"key": [1, 3, 4], "filed": ["2026-02-06", "2026-03-05", "2026-04-05"], "category": list("bac")})

#   after which step it dies      what is seen then
STEPS = (
    pytest.param("written 1", "old", marks=pytest.mark.slow),
    ("written 2", "old"),
    ("swapped 1", "new"),
    pytest.param("swept 1", "new", marks=pytest.mark.slow),
)


def typed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("filed").str.to_date()).cast(SCHEMA)  # type: ignore[arg-type]  # cast takes a schema


def change(private: Path, step: str = "") -> None:
    """The change that is killed: record 1 moves to February, 2 leaves, 4 comes."""
    passed: list[str] = []

    def told(name: str) -> None:
        passed.append(name)
        if step == f"{name} {passed.count(name)}":
            os.kill(os.getpid(), signal.SIGKILL)

    vault = Vault(private, "evictions", "court", progress=told)
    vault.upsert(typed(NEW), pl.Series([2], dtype=pl.UInt64), marks=Marks("second"))


@pytest.mark.parametrize(("step", "seen"), STEPS)
def test_killed_after_a_step(tmp_path: Path, step: str, seen: str) -> None:
    vault = Vault(tmp_path, "evictions", "court")
    vault.replace(typed(OLD), marks=Marks("first"))
    old, wanted = vault.months(), Vault(tmp_path / "quiet", "evictions", "court")
    wanted.replace(typed(NEW))
    here = {**os.environ, "PYTHONPATH": str(ROOT)}

    killed = subprocess.run([sys.executable, __file__, str(tmp_path), step], env=here, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert vault.months() == (old if seen == "old" else wanted.months())
    assert vault.marks.watermark == ("first" if seen == "old" else "second")
    assert vault.scan().collect().height == 3
    sweep_vaults(tmp_path)
    named = {path.name for path in vault.folder.glob("*.parquet")}
    assert len(named) == len(vault.months())

    change(tmp_path)

    assert vault.months() == wanted.months()
    assert vault.marks.watermark == "second"
    assert {path.suffix for path in vault.folder.iterdir()} == {".json", ".parquet"}
    assert len(list(vault.folder.iterdir())) == len(vault.months()) + 1


if __name__ == "__main__":
    change(Path(sys.argv[1]), sys.argv[2])
