"""``make bench``: measures every subject and writes ``docs/performance.md``.

``make bench ONLY="serving posts"`` measures some and prints what they found, no more.
Exit status 1 when a subject could not be measured. A target that is missed is told, and is no failure.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Iterator

from tests.bench import document
from tests.bench.document import Section
from tests.bench.figures import Measured
from tests.bench.load import LoadError
from tests.bench.progress import report
from tests.bench.subjects import SUBJECTS


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the portal.")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"{', '.join(SUBJECTS)}; none: all")
    wanted = parser.parse_args().subjects or list(SUBJECTS)
    if unknown := [name for name in wanted if name not in SUBJECTS]:
        parser.error(f"there is no subject {unknown[0]}; there are: {', '.join(SUBJECTS)}")
    sections = {}
    for name in wanted:
        begin = time.monotonic()
        sections[name] = measure(name)
        report("")
        print("\n".join(told(name, sections[name], time.monotonic() - begin)), flush=True)
    if list(sections) == list(SUBJECTS):
        document.write(sections)
        print(f"\nwritten: {document.DOCUMENT}")
    return 1 if any(isinstance(section.found, str) for section in sections.values()) else 0


def measure(name: str) -> Section:
    """One subject. Whatever goes wrong ends this subject alone, and the document tells it in one line."""
    subject = SUBJECTS[name]
    found: Measured | str
    try:
        found = subject.measure()
    except Exception as error:
        if not isinstance(error, LoadError):
            traceback.print_exc()
        found = " ".join(f"{type(error).__name__}: {error}".split())
    return Section(subject.title, subject.how, found)


def told(name: str, section: Section, seconds: float) -> Iterator[str]:
    """A subject on the terminal: its tables with columns in line, then its targets."""
    yield f"\n{name}: {section.title} ({seconds:.0f} s)"
    if isinstance(section.found, str):
        yield f"not measured: {section.found}"
        return
    for table in section.found.tables:
        lines = [table.heads, *table.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for first, *others in lines:
            yield first.ljust(widths[0]) + "".join(
                f"  {cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)
            )
    for target in section.found.targets:
        what, limit, measured, verdict = document.cells(target)
        yield f"{what}: {measured}, target {limit}: {verdict.strip('*')}"


if __name__ == "__main__":
    sys.exit(main())
