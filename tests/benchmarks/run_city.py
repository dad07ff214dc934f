"""`python -m tests.benchmarks.run_city ARGUMENTS…` does what `python -m etl ARGUMENTS…` does, and says what it took.

The last line is JSON: seconds, seconds of processors (its children's too), and peak memory in MB.
"""

import json
import os
import resource
import sys
import time

from etl.__main__ import main
from tests.benchmarks.peak import peak_bytes


def measured(arguments: list[str]) -> int:
    """Run the command, print what it took, and return its exit code."""
    started = time.perf_counter()
    code = main(arguments, os.environ)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "seconds": round(time.perf_counter() - started, 1),
        "processor": round(time.process_time() + children.ru_utime + children.ru_stime, 1),
        "peak_mb": round(peak_bytes() / 1e6),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(measured(sys.argv[1:]))
