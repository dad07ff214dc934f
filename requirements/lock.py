"""Write the pins anew: `make lock`. Run by the oldest Python we support, which needs the most packages.

Resolves what pyproject.toml declares in an empty environment and writes name==version lines, nothing else: no address
and no hash of a file, so that any mirror of the package index can serve them.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

HERE = Path(__file__).parent
HEADINGS = {
    "runtime": "# What the two programs need. Written by make lock from pyproject.toml; do not edit.",
    "test": "# What tests, checks and benchmarks need on top. Written by make lock from pyproject.toml; do not edit.",
}


def main() -> None:
    """Resolve, freeze, write runtime.txt and test.txt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the present pins where they still fit")
    keep = parser.parse_args().keep
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    extras = [need for group in project["optional-dependencies"].values() for need in group]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        constraints = _present_pins(Path(folder)) if keep else []
        runtime = _frozen_after_installing(python, project["dependencies"], constraints)
        everything = _frozen_after_installing(python, extras, constraints)
    _write("runtime", runtime)
    _write("test", ["-r runtime.txt", *(pin for pin in everything if pin not in runtime)])


def _present_pins(folder: Path) -> list[str]:
    pins = [line for name in HEADINGS for line in _lines(HERE / f"{name}.txt") if "==" in line]
    path = folder / "constraints.txt"
    path.write_text("\n".join(pins))
    return ["--constraint", str(path)]


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _frozen_after_installing(python: Path, needs: list[str], options: list[str]) -> list[str]:
    subprocess.run([python, "-m", "pip", "install", "--quiet", *options, *needs], check=True, stdout=sys.stderr)
    frozen = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
    return sorted(frozen.split(), key=str.lower)


def _write(name: str, pins: list[str]) -> None:
    (HERE / f"{name}.txt").write_text("\n".join([HEADINGS[name], *pins]) + "\n")


if __name__ == "__main__":
    main()
