"""Two changes to one text, made without knowing of each other, put together."""

from portal.plans.differences import compare


def merge(base: str, mine: str, theirs: str) -> str | None:
    """Both sets of changes to one text together; None where they touch the same characters."""
    edits = {*_edits(base, mine), *_edits(base, theirs)}
    result, limit = base, len(base) + 1
    for start, end, text in sorted(edits, reverse=True):
        if end >= limit:
            return None
        result, limit = result[:start] + text + result[end:], start
    return result


def _edits(before: str, after: str) -> list[tuple[int, int, str]]:
    """The stretches of a text that another one has otherwise, and what it has there."""
    edits: list[tuple[int, int, str]] = []
    at = start = 0
    inserted = ""
    for piece in compare(before, after).pieces:
        if piece.kind == "equal":
            if at > start or inserted:
                edits.append((start, at, inserted))
            at += len(piece.text)
            start, inserted = at, ""
        elif piece.kind == "delete":
            at += len(piece.text)
        else:
            inserted += piece.text
    return [*edits, (start, at, inserted)] if at > start or inserted else edits
