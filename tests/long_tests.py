"""Add what took long in a run of the tests to long_tests.txt: `make test-quick` leaves it out.

Usage: python -m tests.long_tests RUN.xml ..., from `pytest --junitxml=RUN.xml`. Where the first
test that uses a costly fixture is left out, the next one pays for it: look at a quick run, too.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.conftest import LONG

#: seconds
LIMIT = 0.25


def long_tests(run: Path) -> set[str]:
    """Return the tests of a run, without their parameters, that took longer than `LIMIT`."""
    found = set()
    for case in ElementTree.parse(run).iter("testcase"):
        if float(case.get("time", 0)) > LIMIT:
            *folders, last = str(case.get("classname")).split(".")
            file, inside = f"{'/'.join([*folders, last])}.py", ""
            if last.startswith("Test"):
                file, inside = f"{'/'.join(folders)}.py", f"{last}::"
            found.add(f"{file}::{inside}{str(case.get('name')).partition('[')[0]}")
    return found


def main(runs: list[str]) -> None:
    """Write the list anew: what it has and what was long in these runs, if it is still there."""
    found = set(LONG.read_text(encoding="utf-8").split()).union(
        *(long_tests(Path(r)) for r in runs)
    )
    top = LONG.parents[1]
    kept = sorted(test for test in found if (top / test.partition("::")[0]).is_file())
    LONG.write_text("".join(f"{test}\n" for test in kept), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
