"""The portal used once by itself, before processes begin as copies of it: they share what its first use
makes, such as templates, statements, and the words of the search.

Python writes to whatever it uses, and so has the system copy it; but what is used once alone, compilers above
all, it then leaves as it is.
"""

import logging
from collections.abc import Iterator

from flask import Flask, current_app, url_for
from werkzeug.test import Client

from portal.database import close_connections
from portal.plans import current, listing
from portal.search.counting import UNCOUNTED

logger = logging.getLogger(__name__)

# Asked as they are; those of a plan are asked for the newest one.
SITE = (
    *("site.home", "plans.index", "errata.index", "errata.csv", "errata.atom", "errata.api"),
    *("feedback.correction", "feedback.consultation", "feedback.status", "security.login"),
)
# Plain, misspelt, in pinyin, as a question: each looks for what was meant in a way of its own.
QUERIES = ("企业", "优化营商还境", "yingshanghuanjing", "怎样申请人才公寓")

HEADERS = {"Accept-Encoding": "br"}


def rehearse(app: Flask) -> None:
    """Ask for a page of each kind, and leave no connection behind. What cannot be asked now is not shared."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    try:
        _ask(app)
    except Exception:
        logger.exception("The portal could not be rehearsed")
    finally:
        close_connections(app)


def _ask(app: Flask) -> None:
    client = Client(app, use_cookies=False)
    origin = app.config["PORTAL"].site_url or None
    with app.test_request_context(base_url=origin):
        for address in _addresses():
            with client.get(address, base_url=origin, headers=HEADERS) as answer:
                if answer.status_code == 503:
                    return


def _addresses() -> Iterator[str]:
    """A page of each kind, with a choice of display as those have that are not given out ready."""
    for endpoint in SITE:
        yield url_for(endpoint, theme="dark")
    # Who searches, or reads a plan, would build an index that is missing: that takes long, and a thread.
    if not current_app.extensions["search"].in_step():
        return
    for query in QUERIES:
        for endpoint in ("search.results", "search_api.search"):
            yield url_for(endpoint, q=query, **UNCOUNTED)
    for listed in listing.plans(limit=1):
        plan = current.find_plan(listed.slug)
        for endpoint in ("plans.plan", "plans.full", "plans.api_plan"):
            yield url_for(endpoint, plan=listed.slug, theme="dark")
        for page in plan.pages[:1] if plan else ():
            for endpoint in ("plans.page", "history.revisions", "plans.qr", "feedback.correction"):
                yield url_for(endpoint, plan=listed.slug, page=page.number, theme="dark")
