"""What the staff teach the search: a term, and the release that brings it to every index, in one commit."""

from dataclasses import dataclass
from pathlib import Path

from portal.database import transaction
from portal.plans import publishing
from portal.search import terms
from portal.search.lexicon import Group, LexiconError, Problem, read_group, read_word, write_group
from portal.search.models import SearchTerm, TermKind


@dataclass(frozen=True)
class Added:
    """A new term, and the groups of synonyms that it has a word of: they are one group with it now."""

    term: SearchTerm
    joined: tuple[Group, ...]


def add_term(content: Path, kind: TermKind, text: str, by: str) -> Added:
    """Add a word, or a group of synonyms such as ``AI = 人工智能``; ``by`` is the e-mail address of who does.

    Raises:
        LexiconError: it cannot be used, or files or staff have it already. Nothing is changed then.
    """
    group = read_group(text) if kind is TermKind.SYNONYM else (read_word(text),)
    with transaction() as session:
        # The release comes first: whoever adds at the same time waits there, and then finds this term.
        publishing.next_release(session)
        lexicon = terms.site_lexicon(content)
        if lexicon.has_group(group) if kind is TermKind.SYNONYM else lexicon.has_word(group[0]):
            raise LexiconError(Problem.KNOWN)
        term = SearchTerm(kind=kind, text=write_group(group), added_by=by)
        session.add(term)
    return Added(term, lexicon.touching(group) if kind is TermKind.SYNONYM else ())


def remove_term(number: int) -> SearchTerm | None:
    """Remove a term and return it; None, and no new release, when somebody else has removed it."""
    with transaction() as session:
        # As above: of two at the same time one removes it.
        publishing.next_release(session)
        term = session.get(SearchTerm, number)
        if term is None:
            session.rollback()
        else:
            session.delete(term)
    return term
