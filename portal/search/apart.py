"""Work of an index in processes of their own.

Dictionaries, pinyin and shapes of characters take 70 MB, and texts that are put together more; a process that
answers requests would keep that for good. ``python -m portal.search.apart`` writes a part from what it is
given, ``… FOLDER`` puts the parts of the index in that folder together.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from portal.cores import on_any
from portal.search import documents, part, vocabulary
from portal.search.documents import Document, Filled

if TYPE_CHECKING:
    from portal.search.building import Record
    from portal.search.postings import Progress

ROOT = Path(__file__).resolve().parents[2]


class Writer:
    """A process that writes one part, or none. It loads what it needs, which takes longer than to write a
    small part, while it is not told yet what to write.
    """

    def __init__(self) -> None:
        with on_any():
            self._process = subprocess.Popen(
                _command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=ROOT
            )

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(
        self,
        folder: Path,
        filled: Sequence[Filled],
        words: Sequence[str],
        is_first: bool,
        progress: "Progress | None",
    ) -> None:
        """As ``part.write_part``; nobody is told of the progress.

        Raises:
            OSError: the part could not be written; why is on standard error.
        """
        given = {
            "folder": str(folder.resolve()),
            "words": words,
            "is_first": is_first,
            "filled": [
                (document.dump(), [(documents.row(passage), passage.text) for passage in held])
                for document, held in filled
            ],
        }
        self._process.communicate(documents.as_json(given).encode())
        _went_well(folder, self._process.returncode)


def tidy(folder: Path) -> None:
    """Put the parts of an index together, where that is due.

    Raises:
        OSError: the process has failed; why is on standard error.
    """
    command = _command(str(folder.resolve()))
    with on_any():
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=ROOT, check=False
        )
    _went_well(folder, done.returncode)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", __name__, *arguments]


def _went_well(folder: Path, status: int) -> None:
    if status:
        raise OSError(f"the process for {folder} ended with {status}")


def _write(given: Any) -> None:
    filled = [
        (document := Document.load(written), [document.passage(row, text) for row, text in held])
        for written, held in given["filled"]
    ]
    part.write_part(Path(given["folder"]), filled, given["words"], given["is_first"], None)


def main(folder: str = "") -> None:
    """Do what the command line asks for."""
    if folder:
        from portal.search.index import SearchIndex

        # Who puts parts together asks nothing of the record.
        SearchIndex(Path(folder), cast("Record", None)).tidy()
        return
    vocabulary.load()
    if given := sys.stdin.buffer.read():
        _write(json.loads(given))


if __name__ == "__main__":
    main(*sys.argv[1:])
