"""What every HTML page of the portal must be like; the test client asks this of each answer."""

from collections import Counter
from functools import lru_cache
from typing import Any

import html5lib
from html5lib.html5parser import ParseError

UNLABELLED_TYPES = {"hidden", "submit", "button", "reset", "image"}
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls")


@lru_cache(maxsize=16)
def parsed(text: str) -> Any:
    """A page as a tree, for XPath; parsing is slow, so a test that looks at a page again gets the same tree.

    Raises:
        ParseError: it is not well-formed.
    """
    builder = html5lib.getTreeBuilder("lxml")
    return html5lib.HTMLParser(builder, strict=True, namespaceHTMLElements=False).parse(text)


def problems(text: str) -> list[str]:
    """All that is wrong with a page, a line each; an empty list when nothing is."""
    try:
        tree = parsed(text)
    except ParseError as error:
        return [f"not well-formed HTML: {error}"]
    return _outline(tree) + _identifiers(tree) + _labels(tree) + _inline_code(tree) + _forms(tree)


def _outline(tree: Any) -> list[str]:
    found = []
    if not tree.getroot().get("lang"):
        found.append("no language")
    if not (tree.findtext("head/title") or "").strip():
        found.append("no title")
    headings = [int(name.tag[1]) for name in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if headings.count(1) != 1:
        found.append(f"{headings.count(1)} h1 elements")
    # An error summary stands above the h1, with an h2 of its own.
    for before, after in zip([1, *headings], headings, strict=False):
        if after > before + 1:
            found.append(f"h{after} follows h{before}")
    # Read without styles: the way in, the page, and what belongs to every page.
    parts = [part.tag for part in tree.xpath("//body/header | //main | //body/footer")]
    if parts not in (["header", "main", "footer"], ["header", "main"], ["main"]):
        found.append(f"read in the order {parts}")
    found += [
        f"image without alt: {image.get('src')}" for image in tree.iter("img") if image.get("alt") is None
    ]
    return found


def _identifiers(tree: Any) -> list[str]:
    ids = Counter(tree.xpath("//@id"))
    found = [f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1]
    for element in tree.iter("*"):
        for attribute in REFERENCES:
            found += [
                f"{attribute} names no element: {name}"
                for name in (element.get(attribute) or "").split()
                if name not in ids
            ]
    found += [
        f"link to a missing anchor: {target}"
        for target in tree.xpath("//a/@href[starts-with(., '#')]")
        if target[1:] and target[1:] not in ids
    ]
    return found


def _labels(tree: Any) -> list[str]:
    labelled = set(tree.xpath("//label/@for"))
    return [
        f"no label: {field.tag} {field.get('name')}"
        for field in tree.iter("input", "select", "textarea")
        if field.get("type") not in UNLABELLED_TYPES
        and field.get("id") not in labelled
        and not field.get("aria-label")
        and not field.get("aria-labelledby")
        and not any(parent.tag == "label" for parent in field.iterancestors())
    ]


def _inline_code(tree: Any) -> list[str]:
    # JSON-LD is data, which no browser runs.
    scripts = (script for script in tree.iter("script") if script.get("type") != "application/ld+json")
    found = ["inline script" for script in scripts if not script.get("src")]
    found += ["inline style" for _ in tree.iter("style")]
    for element in tree.iter("*"):
        found += [
            f"{name} on {element.tag}" for name in element.attrib if name == "style" or name.startswith("on")
        ]
    found += [f"script address: {url}" for url in tree.xpath("//@href[starts-with(., 'javascript:')]")]
    return found


def _forms(tree: Any) -> list[str]:
    found = [
        f"form posts elsewhere: {form.get('action')}"
        for form in tree.iter("form")
        if (form.get("action") or "").startswith(("http:", "https:", "//"))
    ]
    found += [
        f"form without a button: {form.get('action')}" for form in tree.iter("form") if not _button(form)
    ]
    return found


def _button(form: Any) -> bool:
    own = form.xpath(".//button[not(@type) or @type='submit'] | .//input[@type='submit']")
    name = form.get("id")
    return bool(own) or bool(name and form.getroottree().xpath("//button[@form=$name]", name=name))
