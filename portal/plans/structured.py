"""A plan as data for machines: the JSON interface and the JSON download give the same."""

from typing import Any

from portal.plans.catalogue import PublishedPage, PublishedPlan
from portal.plans.listing import Listed
from portal.plans.reading import Paragraph


def about(plan: Listed | PublishedPlan) -> dict[str, Any]:
    """What is known of a plan, without its text."""
    return {
        "slug": plan.slug,
        "title": plan.title,
        "issuer": plan.issuer,
        "issued_on": plan.issued_on.isoformat() if plan.issued_on else None,
        "issued_on_text": plan.issued_on_text,
        "release": plan.release,
    }


def whole(plan: PublishedPlan) -> dict[str, Any]:
    """A plan with its whole text."""
    return about(plan) | {"pages": [_page(page) for page in plan.pages]}


def _page(page: PublishedPage) -> dict[str, Any]:
    outline = page.outline
    return {
        "number": page.number,
        "label": page.label,
        "title": page.title,
        "anchor": page.anchor,
        "revision": page.revision,
        "paragraphs": _paragraphs(outline.paragraphs),
        "sections": [
            {
                "label": section.label,
                "title": section.title,
                "anchor": section.anchor,
                "paragraphs": _paragraphs(section.paragraphs),
            }
            for section in outline.sections
        ],
    }


def _paragraphs(paragraphs: tuple[Paragraph, ...]) -> list[dict[str, str]]:
    return [{"anchor": paragraph.anchor, "text": paragraph.text} for paragraph in paragraphs]
