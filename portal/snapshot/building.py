"""Brings the snapshot of one origin in step with the record: only what has changed is made anew.

New files are written beside those in use, and then take their place. Meanwhile ``about.json`` is away, so
that workers see either all pages of one edition or, for the moment that this takes, none.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from portal.progress import Progress
from portal.snapshot import several
from portal.snapshot.files import (
    ABOUT,
    DAMAGED,
    SITE,
    About,
    Edition,
    file_of,
    inode,
    is_form,
    read_about,
    read_meta,
    replace,
)
from portal.snapshot.inventory import PLANS, Inventory, Stored
from portal.snapshot.pages import Contents
from portal.snapshot.rendering import Rendered, Renderer, put_in_place, remove, remove_all_but
from portal.snapshot.work import TooMuch, Work

UNKNOWN = "unknown"
# A release may come while the pages of the one before are made: so often it is begun again.
ATTEMPTS = 5


class Builder:
    """Writes below the folder of one origin; the caller sees to it that nobody else does. ``changed`` is
    called when pages are about to be replaced, and when they have been.
    """

    def __init__(
        self,
        folder: Path,
        contents: Contents,
        renderer: Renderer,
        program: str,
        changed: Callable[[], None],
    ) -> None:
        self._folder, self._contents, self._renderer, self._program = folder, contents, renderer, program
        self._changed, self._inventory = changed, Inventory(folder)

    def build(
        self,
        newest: Callable[[], Edition | None],
        most: int | None = None,
        progress: Progress | None = None,
        processes: int = 1,
        before_copies: Callable[[], None] = lambda: None,
        *,
        begins: bool = True,
        check: bool = False,
        whole: bool = True,
    ) -> int:
        """Make what has changed until the snapshot is of the ``newest`` edition; gives the number of pages.
        With ``check``, what is missing or damaged counts as changed, and what belongs to no page is removed.
        If it is not to be ``whole``, pages that may be made later are taken away when they have changed. Who
        makes only those gives way: it ends when another release has come, for whoever publishes it.

        Raises:
            TooMuch: there are more than ``most`` pages to make, or all of them and nobody ``begins`` here;
                none was made.
            RenderingError: a page cannot be made now. What was in use is still there.
            OSError: files cannot be written.
        """
        made, gives_way = 0, whole and not check
        for _ in range(1 if gives_way else ATTEMPTS):
            edition = newest()
            if edition is None or not (check or self._lacks(edition, whole)):
                break
            stored = self._stored(edition)
            (self._folder / SITE).mkdir(parents=True, exist_ok=True)
            site = inode(self._folder / SITE)
            if not (begins or stored.program):
                raise TooMuch
            work = self._work(stored, check, whole, most)
            made += work.size
            rendered = []
            for one in self._rendered(work, progress, processes, before_copies):
                rendered.append(one)
                if gives_way and newest() != edition:
                    return made
            if newest() == edition:
                self._publish(edition, site, stored, work, rendered)
                break
        return made

    def _lacks(self, edition: Edition, whole: bool) -> bool:
        """Whether there is anything to make, as far as is known."""
        about = read_about(self._folder)
        if about is None or about.site != inode(self._folder / SITE) or (whole and not about.whole):
            return True
        return about[:2] != (edition, self._program)

    def _stored(self, edition: Edition) -> Stored:
        """What is there already and can be kept: nothing of another program or database, or of its future."""
        try:
            stored = self._inventory.read()
        except (OSError, ValueError, TypeError):
            # Nobody knows what lies there, and some of it may no longer be published.
            for name in (SITE, PLANS):
                shutil.rmtree(self._folder / name, ignore_errors=True)
            return Stored()
        record, release, _ = stored.edition
        if stored.program != self._program or record != edition.record or release > edition.release:
            return Stored(others=_unknown(stored.others), plans=_unknown(stored.plans))
        return stored

    def _work(self, stored: Stored, check: bool, whole: bool, most: int | None) -> Work:
        """What there is to do.

        Raises:
            TooMuch: see ``build``; nobody looks for the rest then, which takes long of many plans.
        """
        every = list(self._contents.others())
        others = {
            page.address: page.stamp
            for page in every
            if whole or not page.later or stored.others.get(page.address) == page.stamp
        }
        plans = dict(self._contents.plans())
        gone = [slug for slug in stored.plans if slug not in plans]
        work = Work(plans, len(others) == len(every), check, gone, most)
        work.take("", others, stored.others)
        dirty = {slug for slug, stamp in plans.items() if stored.plans.get(slug) != stamp}
        shown = self._inventory.shown(stored, dirty.union(gone))
        damaged = {slug for slug, one in shown.items() if not one}
        outdated = (self._contents.outdated(shown) | damaged) & plans.keys()
        grown = {slug for slug in dirty if self._take(work, stored, slug, slug in outdated)}
        if stored.plans:
            outdated |= self._contents.near(grown) & plans.keys()
        for slug in outdated - dirty:
            self._take(work, stored, slug, True)
        if check:
            for slug in plans.keys() - dirty - outdated:
                self._take(work, stored, slug, False)
            work.take_damaged(self._intact)
        return work

    def _take(self, work: Work, stored: Stored, slug: str, outdated: bool) -> bool:
        """Look what is to be made of a plan; gives whether it has pages that it had not before."""
        pages, before = list(self._contents.pages_of(slug)), self._inventory.pages(slug)[0]
        if not before:  # nobody knows what lies there, and some of it may no longer be published
            shutil.rmtree(self._folder / SITE / "plans" / slug, ignore_errors=True)
        known = before if stored.plans.get(slug, UNKNOWN) != UNKNOWN else _unknown(before)
        if outdated:
            known = known | {page.address: UNKNOWN for page in pages if page.names_others}
        work.take(slug, {page.address: page.stamp for page in pages}, known)
        return any(page.names_others and page.address not in before for page in pages)

    def _intact(self, address: str, stamp: str) -> bool:
        path = self._folder / SITE / (file_of(address) or "")
        meta = read_meta(path)
        return (
            meta is not None
            and meta.stamp == stamp
            and all(is_form(path, encoding, expected) for encoding, expected in meta.checksums.items())
        )

    def _rendered(
        self, work: Work, progress: Progress | None, processes: int, before_copies: Callable[[], None]
    ) -> Iterator[Rendered]:
        pages = work.wanted()
        made: Iterable[Rendered] = map(self._renderer.render, pages)
        if processes > 1 and len(pages) > several.CHUNK:
            before_copies()
            made = several.render(self._renderer, pages, processes)
        for done, one in enumerate(made, 1):
            yield one
            if progress:
                progress(done, len(pages))

    def _publish(
        self, edition: Edition, folder: int, stored: Stored, work: Work, rendered: Sequence[Rendered]
    ) -> None:
        site = self._folder / SITE
        if inode(site) != folder:
            raise FileNotFoundError(f"{site} was replaced while its pages were made")
        (self._folder / ABOUT).unlink(missing_ok=True)
        self._changed()
        for one in rendered:
            path = site / (file_of(one.address) or "")
            if one.written:
                put_in_place(path)
            elif not one.kept:
                remove(path)
        for address in work.gone:
            remove(site / (file_of(address) or ""))
        for slug in work.gone_plans:
            shutil.rmtree(site / "plans" / slug, ignore_errors=True)
            self._inventory.forget(slug)
        if work.checked:
            remove_all_but(site, map(file_of, work.addresses))
            (self._folder / DAMAGED).unlink(missing_ok=True)
        self._note(edition, stored, work, rendered)
        about = About(edition, self._program, work.whole, folder)
        replace(self._folder / ABOUT, json.dumps(about).encode())
        self._changed()

    def _note(self, edition: Edition, stored: Stored, work: Work, rendered: Iterable[Rendered]) -> None:
        """Write down what the snapshot holds now."""
        told = {one.address: one.shown for one in rendered}
        named = {slug: one for slug, one in stored.named.items() if slug in work.plans}
        for slug, stamps in work.stamps.items():
            if slug:
                before = self._inventory.pages(slug)[1]
                shown = {address: told.get(address, before.get(address, {})) for address in stamps}
                named[slug] = self._inventory.write_pages(slug, stamps, shown)
        self._inventory.write(Stored(self._program, edition, work.stamps[""], work.plans, named))


def _unknown(names: Iterable[str]) -> dict[str, str]:
    """The same names with a stamp that nothing has."""
    return dict.fromkeys(names, UNKNOWN)
