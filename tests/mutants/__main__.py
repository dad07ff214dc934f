"""Mutation testing of what protects: `make mutants`, or `python -m tests.mutants [MODULE…]`; see docs/mutation.md.

Each module is changed in small ways by mutmut in a copy of the tree under var/mutants, one change at a time, and the
quick tests that state its promises are run; a change that no test notices has survived and is printed.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "var" / "mutants"
PROTECT = "tests/etl/protect/"
RUN = (PROTECT + "test_measure_once.py", PROTECT + "test_partner_rows.py")
POLICY = ("tests/layers/test_policy.py", "tests/layers/test_ladder.py", "tests/layers/test_policy_refusals.py")
ROWS = (PROTECT + "test_publish_rows.py",)

TESTS: dict[str, tuple[str, ...]] = {
    "layers/policy.py": POLICY,
    "layers/ladder.py": POLICY,
    "etl/steps/audit.py": ("tests/etl/steps/test_audit.py",),
    "etl/steps/protect.py": (PROTECT + "test_protect_step.py",),
    "etl/protect/mechanism.py": (PROTECT + "test_mechanism.py",),
    "etl/protect/bounding.py": (PROTECT + "test_bounding.py",),
    "etl/protect/reconcile.py": (PROTECT + "test_reconcile.py",),
    "etl/protect/twoway.py": (PROTECT + "test_twoway.py",),
    "etl/protect/fit.py": (PROTECT + "test_fit.py",),
    "etl/protect/ledger.py": (PROTECT + "test_ledger.py",),
    "etl/protect/measurements.py": (PROTECT + "test_measurements.py",),
    "etl/protect/calendar.py": ROWS,
    "etl/protect/quality.py": ROWS,
    "etl/protect/publish_rows.py": ROWS,
    "etl/protect/claims.py": (PROTECT + "test_bounding.py", *RUN),
    "etl/protect/measure.py": RUN,
}
"""What is changed, in order of importance, and the quick tests that should notice."""

SETTINGS = """
[tool.mutmut]
source_paths = ["layers", "etl"]
only_mutate = ["{module}"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = [
    "-m", "not slow and not bench", "-k", "not killed_at_any_step and not postgresql", "-p", "no:cacheprovider",
]
also_copy = ["portal"]
process_isolation = "forkserver"  # Polars starts threads, which a process forked after a test would wait for in vain
timeout_constant = 20.0
use_git_change_detection = false
track_dependencies = false
"""


def main() -> int:
    """Run mutmut module by module. 1 when anything survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", nargs="*", choices=[*TESTS, []], help="such as layers/policy.py; all without any")
    parser.add_argument("--at-once", type=int, default=2, help="how many changed copies are tested at the same time")
    given = parser.parse_args()
    return max([survivors(module, given.at_once) for module in given.module or TESTS])


def survivors(module: str, at_once: int) -> int:
    """1 when a change of the module survived; each is printed, with its difference."""
    work = WORK / module.replace("/", ".").removesuffix(".py")
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("layers", "etl", "portal", "tests"):
        shutil.copytree(ROOT / folder, work / folder, ignore=shutil.ignore_patterns("__pycache__"))
    tests = [name for name in TESTS[module] if (ROOT / name).exists()]
    settings = (ROOT / "pyproject.toml").read_text() + SETTINGS.format(module=module, tests=tests)
    (work / "pyproject.toml").write_text(settings)
    _mutmut(work, "run", "--max-children", str(at_once))
    told = [line.split(":") for line in _mutmut(work, "results", "--all", "true").splitlines() if ": " in line]
    verdicts = {name.strip(): verdict.strip() for name, verdict in told}
    alive = [name for name, verdict in verdicts.items() if verdict not in ("killed", "timeout")]
    late = sum(verdict == "timeout" for verdict in verdicts.values())
    killed = len(verdicts) - len(alive)
    print(f"{module}: {len(verdicts)} mutants, {killed} killed ({late} of them by never ending)", flush=True)
    for name in alive:
        print(f"\n{verdicts[name]}: {name}\n{_mutmut(work, 'show', name)}", flush=True)
    return 1 if alive else 0


def _mutmut(work: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *command], cwd=work, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-4000:], file=sys.stderr)
        raise SystemExit(f"mutmut {command[0]} failed in {work}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
