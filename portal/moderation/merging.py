"""Two changes to one text, made without knowing of each other, put together."""

from portal.plans.differences import compare
from portal.plans.quotes import FORMS, one_form
from portal.search.analysis import located


def merge(base: str, mine: str, theirs: str) -> str | None:
    """Both sets of changes to one text together; None where they touch the same characters."""
    edits = {*_edits(base, mine), *_edits(base, theirs)}
    result, limit = base, len(base) + 1
    for start, end, text in sorted(edits, reverse=True):
        if end >= limit:
            return None
        result, limit = result[:start] + text + result[end:], start
    return result


def carry(base: str, mine: str, theirs: str) -> str | None:
    """The changes of one text made in another; None where the two have changed the same characters.

    Where the texts are the same but for white space and the width of characters, these stay as they are in
    the other one.
    """
    form, at = located(theirs, FORMS)
    if base == theirs or one_form(base) != form:
        return merge(base, mine, theirs)
    result = theirs
    for start, end, text in reversed(_edits(base, mine)):
        first, last = len(one_form(base[:start])), len(one_form(base[:end]))
        opening = at[first] if first < last else at[first - 1] + 1 if first else 0
        closing = at[last - 1] + 1 if first < last else opening
        # White space is replaced together with what stands beside it, but is not there to be replaced.
        spaced = any(character.isspace() for character in base[start:end])
        new = (text.strip() if spaced else text).replace("\n", "")
        result = result[:opening] + new + result[closing:]
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
