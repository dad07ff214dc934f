"""`python -m tests.benchmarks.utility`: prints the utility report; `--write FILE` puts its numbers into a page."""

import argparse
import time
from pathlib import Path

from tests.benchmarks.utility.compare import SEEDS, Compared, compare
from tests.benchmarks.utility.demo import demo_cases
from tests.benchmarks.utility.newyork import newyork_case
from tests.benchmarks.utility.tables import bars_of, report_of

FOLDER = Path("var") / "bench-utility"
BEGIN, END = "<!-- numbers: begin -->", "<!-- numbers: end -->"
NO_NEW_YORK = (
    "### New York\n\nNot computed: the public files of New York's lots and evictions are not beside this repository."
)


def main() -> None:
    """Build what is missing, compare, print."""
    options = _options()
    cases = demo_cases(options.folder)
    newyork = newyork_case()
    started = time.perf_counter()
    done = [compare(case, seeds=SEEDS[: options.seeds]) for case in (*cases, *([newyork] if newyork else []))]
    text = "\n\n".join([_bars(done[0]), *map(report_of, done), *([] if newyork else [NO_NEW_YORK])])
    print(text)
    print(f"\n{len(done)} cases, {options.seeds} seeds, {time.perf_counter() - started:.0f} s")
    if options.write:
        _write(options.write, text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.utility", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the demonstration city is kept")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many draws the means are taken over")
    parser.add_argument("--write", type=Path, help="a page with the two marks between which the numbers go")
    return parser.parse_args()


def _bars(done: Compared) -> str:
    return f"### Quality bars, {done.case.title}\n\n{bars_of(done)}"


def _write(page: Path, text: str) -> None:
    before, rest = page.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
