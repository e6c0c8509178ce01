"""What pages tell search engines as JSON-LD, in the words of schema.org."""

from typing import Any

from flask import current_app

from portal.addresses import permanent
from portal.config import Settings
from portal.filters import iso_moment
from portal.site.articles import Article

Node = dict[str, Any]


def of_site() -> Node:
    """The site, how it is searched, and whose it is."""
    home, search = permanent("site.home"), permanent("search.results")
    site: Node = {
        "@type": "WebSite",
        "@id": f"{home}#site",
        "url": home,
        "name": _settings().site_name,
        "inLanguage": "zh-CN",
        "publisher": {"@id": f"{home}#organiser"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }
    return {"@context": "https://schema.org", "@graph": [site, _organiser()]}


def of_article(article: Article) -> Node:
    """A text and its place in the site."""
    own = article.path[-1][1]
    node: Node = {
        "@type": article.kind,
        "@id": own,
        "url": own,
        "headline": article.title,
        "inLanguage": "zh-CN",
        "dateCreated": article.issued_on.isoformat() if article.issued_on else None,
        "datePublished": iso_moment(article.published_at),
        "dateModified": iso_moment(article.modified_at),
        "description": article.description,
        "keywords": ",".join(article.keywords),
        "image": permanent("static", filename="icons/512.png"),
        "author": {"@type": "GovernmentOrganization", "name": article.source} if article.source else None,
        "publisher": _organiser(),
        "isPartOf": {"@id": article.part_of} if article.part_of else None,
    }
    steps = [
        {"@type": "ListItem", "position": position, "name": name, "item": address}
        for position, (name, address) in enumerate(article.path, 1)
    ]
    graph = [_without_gaps(node), {"@type": "BreadcrumbList", "itemListElement": steps}]
    return {"@context": "https://schema.org", "@graph": graph}


def _organiser() -> Node:
    settings = _settings()
    return _without_gaps(
        {
            "@type": "GovernmentOrganization",
            "@id": f"{permanent('site.home')}#organiser",
            "name": settings.organiser or settings.site_name,
            "url": permanent("site.home"),
            "logo": permanent("static", filename="icons/512.png"),
            "telephone": settings.contact_phone,
            "email": settings.contact_email,
            "address": settings.contact_address,
        }
    )


def _without_gaps(node: Node) -> Node:
    return {name: value for name, value in node.items() if value}


def _settings() -> Settings:
    settings: Settings = current_app.config["PORTAL"]
    return settings
