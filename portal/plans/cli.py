"""``flask plan …``: import and check plans."""

from pathlib import Path

import click
from flask import current_app

from portal.plans import catalogue, publishing
from portal.plans.content import content_folders, read_folder
from portal.plans.reading import DocumentError
from portal.plans.writing import PLAN_FILE
from portal.search.index import SearchIndex
from portal.search.lexicon import LexiconError, read_files

group = click.Group("plan", help="Import, check and list plans.")


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


@group.command("check")
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
def check(path: Path | None) -> None:
    """Check a source document, or a content folder with its lexicon, without importing it."""
    path = path or current_app.config["PORTAL"].content
    try:
        if path.is_file():
            names = [publishing.check_document(path)]
        else:
            names = [folder.name for folder in _folders(path) if read_folder(folder)]
            read_files(path)
    except (DocumentError, LexiconError) as error:
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
        DocumentError: a folder cannot be read. Nothing is imported then.
    """
    folders = _folders(path)
    for folder in folders:
        read_folder(folder)
    if slug and len(folders) > 1:
        raise DocumentError(f"--slug names one plan, but {path} holds {len(folders)}")
    return [publishing.import_content(folder, slug) for folder in folders]


def refresh_index() -> None:
    """Bring the search index in step; say so when it cannot be, since what is published stays published."""
    index: SearchIndex = current_app.extensions["search"]
    index.catch_up()
    if index.release != catalogue.current_release():
        click.echo("the search index is not up to date yet: see the log, then `search rebuild`", err=True)


def _folders(path: Path) -> list[Path]:
    if (path / PLAN_FILE).is_file():
        return [path.resolve()]
    folders = content_folders(path)
    if not folders:
        raise DocumentError(f"no plan in {path}: no folder below it holds {PLAN_FILE}")
    return folders
