"""Write an outline as the Markdown files of ``content/<plan>/``: one for the plan, one for each page."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import frontmatter

from portal.plans.reading import PageOutline, Paragraph, PlanMetadata, PlanOutline

PLAN_FILE = "plan.md"

# What Python-Markdown would read as markup anywhere in a line …
INLINE = re.compile(r"[\\`*_\[{#]")
# … and at its beginning: lists, headings, quotations, rules.
LEADING = re.compile(r"^([>+=-]|\d+(?=\.)|:)")


def write_plan(plan: PlanOutline) -> dict[str, str]:
    """The files of a plan, name to text. Reading them back gives the same outline."""
    about = PlanMetadata(
        plan.title,
        plan.issuer,
        plan.issued_on,
        plan.issued_on_text,
        tuple(page.number for page in plan.pages),
    )
    files = {PLAN_FILE: write_metadata(about)}
    for page in plan.pages:
        files[page_file(page.number)] = write_page(page)
    return files


def write_metadata(about: PlanMetadata) -> str:
    """The plan's own file."""
    return with_front_matter(asdict(about) | {"pages": list(about.pages)}, "")


def page_file(number: str) -> str:
    """The name of a page's file."""
    return f"{number}.md"


def write_page(page: PageOutline) -> str:
    """One page as Markdown with front matter, every block followed by its anchor."""
    about = {"number": page.number, "label": page.label, "title": page.title, "anchor": page.anchor}
    return with_front_matter(about, "\n\n".join(_blocks(page)))


def heading(label: str, title: str) -> str:
    """Label and title on one line; 第一节 needs a space to be told from its title, (一) does not."""
    return f"{label} {title}".strip() if label.startswith("第") else label + title


def escape(text: str) -> str:
    """Plain text as Markdown that renders to exactly that text."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = INLINE.sub(lambda match: "\\" + match[0], text)
    return LEADING.sub(_escape_leading, text)


def _escape_leading(match: re.Match[str]) -> str:
    # A backslash cannot stand before "=", ":" or a digit: an entity or the dot is escaped instead.
    found = match[0]
    if found.isdigit():
        return found + "\\"
    return f"&#{ord(found)};" if found in "=:" else "\\" + found


def _blocks(page: PageOutline) -> Iterator[str]:
    yield from _paragraphs(page.paragraphs)
    for section in page.sections:
        yield f"## {escape(heading(section.label, section.title))} {{: #{section.anchor} }}"
        yield from _paragraphs(section.paragraphs)


def _paragraphs(paragraphs: tuple[Paragraph, ...]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield f"{escape(paragraph.text)}\n{{: #{paragraph.anchor} }}"


def with_front_matter(about: dict[str, Any], body: str) -> str:
    """A file's front matter and body, as every file of the content folder is written."""
    post = frontmatter.Post(body, **about)
    # A very wide line keeps every value on a line of its own, which makes a diff readable.
    return str(frontmatter.dumps(post, sort_keys=False, width=1_000_000)) + "\n"
