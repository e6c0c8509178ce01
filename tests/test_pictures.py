"""The pictures of the guide and the READMEs show the pages as they are now."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import Browser

from tests.support.client import tree_of
from tests.support.server import ROOT, serving
from tools import pictures

# Pictures are compared square by square, in grey: a changed label fills a square, smoothed edges do not.
SQUARE = 32
MOST = 10  # levels of 255, on average over a square


def difference(one: Image.Image, other: Image.Image) -> int:
    """How far two pictures are apart in the square where they differ most: 0 to 255."""
    if one.size != other.size:
        return 255
    apart = ImageChops.difference(
        *(picture.convert("L").filter(ImageFilter.BoxBlur(2)) for picture in (one, other))
    )
    return int(apart.reduce(SQUARE).getextrema()[1])


def kept(file: Path) -> Image.Image:
    """A picture as it lies in the repository."""
    with Image.open(ROOT / file) as picture:
        return picture.convert("RGB")


def test_the_pictures_are_of_the_pages_as_they_are(browser: Browser, tmp_path: Path) -> None:
    taken: dict[Path, Image.Image] = {}
    with serving(tmp_path) as server:
        pictures.take_all(taken.__setitem__, server, browser.browser_type)
    changed = []
    for file, picture in taken.items():
        if not (ROOT / file).exists() or difference(kept(file), picture) > MOST:
            changed.append(str(file))
    assert not changed, f"these pages have changed, so run `make pictures`: {', '.join(changed)}"
    folders = [ROOT / pictures.GUIDE, ROOT / pictures.READMES]
    assert {path.relative_to(ROOT) for folder in folders for path in folder.iterdir()} == set(taken)


def test_a_label_or_a_place_that_changes_is_seen_and_smoothing_is_not() -> None:
    picture = kept(pictures.GUIDE / "check.webp")
    assert difference(picture, picture.filter(ImageFilter.GaussianBlur(0.7))) <= MOST
    moved = picture.copy()
    moved.paste(picture.crop((0, 0, 720, 300)), (0, 16))
    assert difference(picture, moved) > MOST
    blank = picture.copy()
    blank.paste(picture.getpixel((120, 80)), (290, 60, 430, 110))
    assert difference(picture, blank) > MOST


def test_the_guide_shows_every_picture_in_its_size_and_says_what_is_seen(client: FlaskClient) -> None:
    images = tree_of(client.get("/guide")).xpath("//figure/img")
    files = {Path(urlsplit(image.get("src")).path).name: image for image in images}
    assert files.keys() == {path.name for path in (ROOT / pictures.GUIDE).iterdir()}
    for name, image in files.items():
        size = tuple(int(image.get(side)) * pictures.DENSITY for side in ("width", "height"))
        assert kept(pictures.GUIDE / name).size == size, name
        assert len(image.get("alt")) >= 8, name
        assert image.get("loading") == "lazy", name
        assert image.getparent().find("figcaption").text, name


def test_the_pictures_of_the_guide_are_light() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / pictures.GUIDE).iterdir()}
    assert max(sizes.values()) <= 40_000, sizes
    assert sum(sizes.values()) <= 400_000


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readmes_show_every_picture_made_for_them(name: str) -> None:
    shown = set(re.findall(r"docs/images/[a-z-]+\.webp", (ROOT / name).read_text(encoding="utf-8")))
    assert shown == {str(path.relative_to(ROOT)) for path in (ROOT / pictures.READMES).iterdir()}
