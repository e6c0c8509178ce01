"""``flask --app wsgi search …``"""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import current_app, url_for

from portal.progress import bar
from portal.search import evaluation
from portal.search.index import NotReady, SearchIndex
from portal.search.results import Hit, Results

if TYPE_CHECKING:
    pass

group = click.Group("search", help="The search index.")
RESULTS = 20


def _index() -> SearchIndex:
    index: SearchIndex = current_app.extensions["search"]
    return index


@group.command()
def rebuild() -> None:
    """Build the index afresh from what is published."""
    index = _index()
    try:
        with bar("Indexing") as show:
            index.rebuild(show)
    except OSError as error:
        raise click.ClickException(f"the search index was not rebuilt: {error}") from None
    click.echo(f"The search index holds release {index.release}.")


@group.command()
@click.argument("text")
def query(text: str) -> None:
    """Print the best results for TEXT: address, title, excerpt; what was made of it on standard error."""
    try:
        found = _index().search(text, per_page=RESULTS)
    except NotReady:
        raise click.ClickException("there is no search index, and none could be built: see the log") from None
    with current_app.test_request_context():  # addresses without a host
        for hit in found.hits:
            place = hit.passage
            address = url_for("plans.page", plan=place.plan, page=place.page, _anchor=place.anchor)
            click.echo(f"{address}\t{place.title}\t{hit.snippet.striptags()}")
    for line in _notes(found):
        click.echo(line, err=True)


def _notes(found: Results[Hit]) -> list[str]:
    part = ", parts of the query only" if found.partial else ""
    notes = [f"{len(found.hits)} of {found.total}{part}"]
    notes += [f"{word}: also {', '.join(others)}" for word, others in found.synonyms]
    if found.spelled:
        notes.append(f"read as: {', '.join(found.spelled)}")
    if found.suggestion:
        notes.append(f"perhaps meant: {found.suggestion}")
    return notes


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command()
@click.option("--paragraphs", type=FILE, required=True, help="Tab-separated: id, title, text.")
@click.option("--questions", type=FILE, required=True, help="Tab-separated: id, question, paragraph id.")
def evaluate(paragraphs: Path, questions: Path) -> None:
    """Print how well QUESTIONS find the PARAGRAPHS that answer them: hit@1, hit@10, mrr@10.

    A question has one row for each paragraph that answers it.
    """
    try:
        with bar("Asking") as show:
            scores = evaluation.evaluate(paragraphs, questions, show)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"hit@1 {scores.hit_1:.4f}")
    click.echo(f"hit@10 {scores.hit_10:.4f}")
    click.echo(f"mrr@10 {scores.mrr_10:.4f}")
