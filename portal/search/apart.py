"""Work of an index in processes of their own.

Dictionaries, pinyin and shapes of characters take 70 MB, and texts that are put together more; a process that
answers requests would keep that for good. ``python -m portal.search.apart FOLDER`` writes a part from what it
is given, ``… FOLDER tidy`` puts the parts of the index in that folder together.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from portal.search import documents, reader
from portal.search.documents import Document, Filled

if TYPE_CHECKING:
    from portal.search.building import Record
    from portal.search.postings import Progress

ROOT = Path(__file__).resolve().parents[2]


def write_part(
    folder: Path,
    filled: Sequence[Filled],
    words: Sequence[str],
    is_first: bool,
    progress: "Progress | None",
) -> None:
    """As ``reader.write_part``; nobody is told of the progress.

    Raises:
        OSError: the part could not be written; why is on standard error.
    """
    given = {
        "words": words,
        "is_first": is_first,
        "filled": [
            (document.dump(), [(documents.row(passage), passage.text) for passage in held])
            for document, held in filled
        ],
    }
    _run(folder, content=documents.as_json(given).encode())


def tidy(folder: Path) -> None:
    """Put the parts of an index together, where that is due.

    Raises:
        OSError: the process has failed; why is on standard error.
    """
    _run(folder, "tidy")


def _run(folder: Path, *arguments: str, content: bytes = b"") -> None:
    command = [sys.executable, "-m", __name__, str(folder.resolve()), *arguments]
    done = subprocess.run(command, input=content, stdout=subprocess.DEVNULL, cwd=ROOT, check=False)
    if done.returncode:
        raise OSError(f"the process for {folder} ended with {done.returncode}")


def _write(folder: Path, given: Any) -> None:
    filled = [
        (document := Document.load(written), [document.passage(row, text) for row, text in held])
        for written, held in given["filled"]
    ]
    reader.write_part(folder, filled, given["words"], given["is_first"], None)


def main(folder: str, *arguments: str) -> None:
    """Do what the command line asks for."""
    if arguments:
        from portal.search.index import SearchIndex

        # Who puts parts together asks nothing of the record.
        SearchIndex(Path(folder), cast("Record", None)).tidy()
    else:
        _write(Path(folder), json.load(sys.stdin.buffer))


if __name__ == "__main__":
    main(*sys.argv[1:])
