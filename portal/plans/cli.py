"""``flask plan …``: import, export and check plans."""

import sys
from collections.abc import Iterable
from pathlib import Path

import click
from flask import current_app

from portal.plans import catalogue, confusables, exporting, publishing
from portal.plans.conflicts import Conflict, CorrectionsLost
from portal.plans.confusables import ConfusablesError
from portal.plans.content import content_folders, read_folder
from portal.plans.models import Plan
from portal.plans.reading import DocumentError
from portal.plans.writing import PLAN_FILE
from portal.search.index import SearchIndex
from portal.search.lexicon import LexiconError, read_files

group = click.Group("plan", help="Import, export, check and list plans.")


@group.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--slug", help="The plan's address; by default the name of the file or folder.")
def import_(path: Path, slug: str | None) -> None:
    """Import a source document, a plan's folder, or a folder of plans."""
    content: Path = current_app.config["PORTAL"].content
    try:
        if path.is_file():
            results = [publishing.import_document(path, content, slug)]
        else:
            results = import_folders(path, slug)
    except CorrectionsLost as error:
        for conflict in error.conflicts:
            _show(conflict)
        raise click.ClickException(str(error)) from None
    except DocumentError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}") from None
    for result in results:
        if result.changed:
            click.echo(f"{result.slug}: {', '.join(result.changed)} changed, release {result.release}")
        else:
            click.echo(f"{result.slug}: nothing changed, release {result.release}")
        if result.left_out:
            first, last = result.left_out[0], result.left_out[-1]
            click.echo(f"{len(result.left_out)} lines after the date are not plan text: {first} … {last}")
    refresh_index()


@group.command("export")
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
def export(slugs: tuple[str, ...]) -> None:
    """Write the newest text of all plans, or of these, back to the content folder."""
    content: Path = current_app.config["PORTAL"].content
    try:
        if sys.stdout.isatty():
            results = exporting.export(content, slugs, _with_bar)
        else:
            results = exporting.export(content, slugs)
    except DocumentError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}") from None
    for result in results:
        files = "file" if result.written == 1 else "files"
        said = [f"{result.written} {files} written"] if result.written else []
        said += [f"{result.removed} removed"] if result.removed else []
        click.echo(f"{result.slug}: {', '.join(said) or 'nothing to write'}")
    if not results:
        click.echo("no plan is published")


@group.command("check")
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
def check(path: Path | None) -> None:
    """Check a source document, or a content folder with its lists of words, without importing it."""
    path = path or current_app.config["PORTAL"].content
    try:
        if path.is_file():
            names = [publishing.check_document(path)]
        else:
            names = [folder.name for folder in _folders(path) if read_folder(folder)]
            read_files(path)
            confusables.read_file(path)
    except (DocumentError, LexiconError, ConfusablesError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot read {error.filename}: {error.strerror}") from None
    for name in names:
        click.echo(f"{name}: good")


@group.command("list")
def list_() -> None:
    """Print each plan: address, tab, number of pages, tab, title."""
    for published in catalogue.list_plans():
        click.echo(f"{published.slug}\t{len(published.pages)}\t{published.title}")


def import_folders(path: Path, slug: str | None = None) -> list[publishing.Imported]:
    """Import one plan's folder, or every plan below a folder.

    Raises:
        DocumentError: a folder cannot be read, or would undo corrections. Nothing is imported then.
    """
    folders = _folders(path)
    if slug and len(folders) > 1:
        raise DocumentError(f"--slug names one plan, but {path} holds {len(folders)}")
    return publishing.import_content(folders, slug)


def refresh_index() -> None:
    """Bring the search index in step; say so when it cannot be, since what is published stays published.

    Snapshots are brought in step by those who serve them.
    """
    index: SearchIndex = current_app.extensions["search"]
    index.catch_up()
    index.settle()
    if index.release != catalogue.current_release():
        click.echo("the search index is not up to date yet: see the log, then `search rebuild`", err=True)


def _show(conflict: Conflict) -> None:
    """The three texts of a paragraph whose correction an import would undo."""
    click.echo(f"{conflict.place}#{conflict.anchor}", err=True)
    for name, text in (
        ("last imported", conflict.imported),
        (f"published, {conflict.erratum}", conflict.published),
        ("to be imported", conflict.file),
    ):
        click.echo(f"  {name}: {'(not there)' if text is None else text}", err=True)


def _with_bar(plans: list[Plan]) -> Iterable[Plan]:
    with click.progressbar(plans, label="Exporting") as bar:
        yield from bar


def _folders(path: Path) -> list[Path]:
    if (path / PLAN_FILE).is_file():
        return [path.resolve()]
    folders = content_folders(path)
    if not folders:
        raise DocumentError(f"no plan in {path}: no folder below it holds {PLAN_FILE}")
    return folders
