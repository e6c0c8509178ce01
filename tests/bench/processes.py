"""What Linux says about a server's processes."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    found = [pid]
    for parent in found:
        tasks = Path(f"/proc/{parent}/task").glob("*/children")
        found += [int(child) for task in tasks for child in task.read_text(encoding="ascii").split()]
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time that a process, its threads and its descendants have taken, user and system; those that
    have ended count once their parent has taken notice.
    """
    return sum(_ticks(member) for member in family(pid)) / TICKS


def cpu_spent(pid: int) -> float:
    """The same to the nanosecond, of those that live: none may end between two looks."""
    # The number of another process's clock, as clock_getcpuclockid(3) makes it on Linux.
    return sum(time.clock_gettime(~member << 3 | 2) for member in family(pid))


def _ticks(pid: int) -> int:
    # The name, in brackets, may hold blanks: proc(5) numbers the fields, and utime is the 14th.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))
