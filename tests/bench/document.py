"""``docs/performance.md`` with its plot: written by ``make bench`` from what it has measured."""

import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from tests.bench.figures import Bar, Measured, Table, Target, rounded
from tests.bench.plot import draw
from tests.support.server import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.svg"
HEAD = """<!-- Written by `make bench` as a whole: change tests/bench and run it again. -->

# How fast it is

`make bench` measures everything on this page in one run. Whoever is compared takes turns, round by round,
so that a busy machine slows all alike: **the ratios tell more than the figures**. Each figure is the median
of the rounds, with the least and the most in brackets. Processor time is what Linux counted for the
server's own processes, user and system.
"""


@dataclass(frozen=True)
class Section:
    """What one subject found, or why it found nothing."""

    title: str
    how: str
    found: Measured | str


def write(sections: Mapping[str, Section]) -> None:
    """Write both files anew."""
    panels: dict[str, list[Bar]] = {}
    for section in sections.values():
        if isinstance(section.found, Measured):
            panels |= section.found.panels
    DOCUMENT.write_text(text(sections, bool(panels)), encoding="utf-8")
    if panels:
        PLOT.write_text(draw(panels), encoding="utf-8")


def text(sections: Mapping[str, Section], is_plotted: bool) -> str:
    """The document in Markdown."""
    blocks = [HEAD, machine()]
    if is_plotted:
        blocks.append("![The ratios of the tables below, on a logarithmic scale](performance.svg)\n")
    blocks += ["## What it is held to\n", "\n".join(target_table(sections.values())) + "\n"]
    for section in sections.values():
        blocks += [f"## {section.title}\n", section.how.strip() + "\n"]
        if isinstance(section.found, str):
            blocks.append(f"**Not measured**: {section.found}\n")
        else:
            blocks += ["\n".join(rows(table)) + "\n" for table in section.found.tables]
    return "\n".join(blocks)


def machine() -> str:
    """On what it was measured, and when; nothing that names the machine."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {cores} cores ({platform.machine()}), "
        f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}, "
        f"gunicorn {version('gunicorn')}, Flask {version('flask')}; "
        f"{os.getloadavg()[0]:.1f} processes were busy at the end of the run.\n"
    )


def target_table(sections: Iterable[Section]) -> Iterator[str]:
    """Every target with what was measured."""
    yield from rows(Table(("what", "target", "measured", "verdict"), []))
    for section in sections:
        found = section.found
        for target in found.targets if isinstance(found, Measured) else ():
            yield f"| {' | '.join(cells(target))} |"


def cells(target: Target) -> tuple[str, str, str, str]:
    """A target as a row of a table."""
    unit = f" {target.unit}" if target.unit else ""
    sign = "≥" if target.at_least else "≤"
    verdict = "met" if target.is_met else "**missed**"
    return target.name, f"{sign} {target.limit:g}{unit}", f"{rounded(target.measured)}{unit}", verdict


def rows(table: Table) -> Iterator[str]:
    """A table in Markdown: names on the left, figures on the right."""
    yield f"| {' | '.join(table.heads)} |"
    yield f"|---|{'--:|' * (len(table.heads) - 1)}"
    for row in table.rows:
        yield f"| {' | '.join(row)} |"


def skeleton(document: str) -> list[str]:
    """What stays the same from run to run: headings, heads of tables, targets without figures, the plot."""
    kept = []
    lines = document.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(("#", "![")) or following.startswith("|---"):
            kept.append(line)
        elif match := re.match(r"\| .+ \| [≥≤] \S+.*? \|", line):
            kept.append(match[0])
    return kept
