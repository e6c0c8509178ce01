"""``flask --app wsgi search …``"""

import sys
from typing import TYPE_CHECKING

import click
from flask import current_app, url_for

from portal.search.index import NotReady, SearchIndex
from portal.search.results import Results

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

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
        if sys.stdout.isatty():
            _rebuild_with_bar(index)
        else:
            index.rebuild()
    except OSError as error:
        raise click.ClickException(f"the search index was not rebuilt: {error}") from None
    click.echo(f"The search index holds release {index.release}.")


def _rebuild_with_bar(index: SearchIndex) -> None:
    bar: ProgressBar[int]
    with click.progressbar(length=1, label="Indexing") as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        index.rebuild(show)


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


def _notes(found: Results) -> list[str]:
    part = ", parts of the query only" if found.partial else ""
    notes = [f"{len(found.hits)} of {found.total}{part}"]
    notes += [f"{word}: also {', '.join(others)}" for word, others in found.synonyms]
    if found.spelled:
        notes.append(f"read as: {', '.join(found.spelled)}")
    if found.suggestion:
        notes.append(f"perhaps meant: {found.suggestion}")
    return notes
