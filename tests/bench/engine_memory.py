"""The memory that one engine takes: loaded and asked in this process, which does nothing else.

``python -m tests.bench.engine_memory ENGINE FOLDER`` takes queries as JSON and prints bytes as JSON.
"""

import json
import sys
from pathlib import Path

from tests.bench.corpus import Corpus
from tests.bench.engines import ENGINES


def taken(name: str) -> int:
    """What Linux says in bytes: VmRSS, what is in memory now; VmHWM, the most that was."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:")))


def main() -> None:
    name, folder = sys.argv[1:]
    queries = json.load(sys.stdin)
    before = taken("VmRSS")
    engine = ENGINES[name](Path(folder), Corpus(()))
    for query in queries:
        engine.first_ten(query)
        engine.answer(query)
    print(json.dumps({"growth": taken("VmRSS") - before, "most": taken("VmHWM")}))


if __name__ == "__main__":
    main()
