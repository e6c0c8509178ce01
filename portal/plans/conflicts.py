"""What a file that is imported would undo of the corrections that were published since it was written."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.plans.reading import DocumentError
from portal.plans.rendering import render
from portal.plans.writing import heading


@dataclass(frozen=True)
class Version:
    """One revision of a page: its file and, when an erratum brought or took it back, that one's number.

    ``stands`` is whether the erratum is published still.
    """

    source: str
    erratum: str = ""
    stands: bool = False


@dataclass(frozen=True)
class Conflict:
    """A paragraph or heading whose correction an import would undo: its three texts, None where it has none.

    ``erratum`` is the number of the newest erratum there; when nothing ``stands``, it was taken back, which
    the file does not know. A page that the import takes away is ``gone``.
    """

    place: str
    anchor: str
    erratum: str
    imported: str | None
    published: str | None
    file: str | None
    stands: bool
    gone: bool


class CorrectionsLost(DocumentError):
    """An import would undo corrections; the message is one English line that says how to go on."""

    def __init__(self, message: str, conflicts: Sequence[Conflict]) -> None:
        super().__init__(message)
        self.conflicts = tuple(conflicts)


def texts(source: str) -> dict[str, str]:
    """The plain text of each block of a page's file, and the page's heading, by anchor."""
    page = render(source)
    return {page.anchor: heading(page.label, page.title)} | {
        block.anchor: block.text for block in page.blocks
    }


def conflicts(place: str, history: Sequence[Version], base: int, file: str | None) -> list[Conflict]:
    """The corrected texts of a page that a file does not hold, in the order in which they were corrected.

    ``base`` is the place in the history of the version that the file was made from: what was corrected after
    it, the file must hold as it is published. What was corrected before, the file may change, but not back to
    what the correction replaced: that would be an old copy, or a withdrawal without its reason. A file of
    None takes the page away: nothing of it may carry a correction that stands.
    """
    newest, before = texts(history[-1].source), texts(history[base].source)
    wanted = {} if file is None else texts(file)
    found = []
    for anchor, (erratum, latest, replaced) in _corrected(history).items():
        has, published = wanted.get(anchor), newest.get(anchor)
        unseen = latest > base and before.get(anchor) != published
        undone = bool(replaced) if file is None else unseen or has in replaced
        if has != published and undone:
            three = (before.get(anchor), published, has)
            found.append(Conflict(place, anchor, erratum, *three, bool(replaced), file is None))
    return found


def _corrected(history: Sequence[Version]) -> dict[str, tuple[str, int, set[str | None]]]:
    """By anchor: the newest erratum, the place of its version, and what standing errata replaced there."""
    found: dict[str, tuple[str, int, set[str | None]]] = {}
    for place, version in enumerate(history):
        if version.erratum and place:
            old, new = texts(history[place - 1].source), texts(version.source)
            for anchor in [anchor for anchor in {**old, **new} if old.get(anchor) != new.get(anchor)]:
                replaced = found[anchor][2] if anchor in found else set()
                found[anchor] = (
                    version.erratum,
                    place,
                    replaced | ({old.get(anchor)} if version.stands else set()),
                )
    return found
