"""The pages of the site itself, and what machines ask of it."""

from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, make_response, render_template, url_for

from portal.addresses import of_page, own_path, permanent
from portal.config import Settings
from portal.display import CHOICES
from portal.headers import cacheable
from portal.plans import catalogue, errata, listing, news
from portal.site import articles, columns, linked_data, links, readiness
from portal.site import sitemap as sitemaps

blueprint = Blueprint("site", __name__)

# On the home page, and in the feed.
PLANS = 6
ERRATA = 3
ENTRIES = 50
# Seconds: browsers ask for it again and again, and it is not worth it.
ICON_KEPT = 24 * 3600
# What base.html, its head and its foot are made of.
for _name, _function in (
    ("permanent", permanent),
    ("page_address", of_page),
    ("own_path", own_path),
    ("entrance_for_errors", links.of_entrance),
    ("police_record", links.of_police_record),
    ("column_of_page", columns.of_page),
    ("article_of_plan", articles.of_plan),
    ("article_of_page", articles.of_page),
    ("article_of_erratum", articles.of_erratum),
    ("linked_data", linked_data.of_article),
    ("linked_data_of_site", linked_data.of_site),
):
    blueprint.add_app_template_global(_function, _name)


@blueprint.app_context_processor
def _settings() -> dict[str, Any]:
    return {"settings": current_app.config["PORTAL"]}


@blueprint.get("/")
def home() -> Response:
    """The newest plans, the search box, what was corrected last, and the ways to send something."""
    newest = [plan.slug for plan in listing.plans(PLANS)]
    html = render_template(
        "site/home.html",
        plans=catalogue.list_plans(newest),
        total=listing.count(),
        errata=errata.newest(ERRATA),
        path=errata.path,
    )
    return cacheable(make_response(html))


@blueprint.get("/guide")
def guide() -> Response:
    """使用说明."""
    return cacheable(make_response(render_template("site/guide.html")))


@blueprint.get("/display")
def display() -> Response:
    """显示设置: chosen by address here, or kept by the browser's script."""
    return cacheable(make_response(render_template("site/display.html", choices=CHOICES)))


@blueprint.get("/privacy")
def privacy() -> Response:
    """隐私说明."""
    return cacheable(make_response(render_template("site/privacy.html")))


@blueprint.get("/accessibility")
def accessibility() -> Response:
    """无障碍说明."""
    return cacheable(make_response(render_template("site/accessibility.html")))


@blueprint.get("/feed.atom")
def feed() -> Response:
    """What was published, brought up to date or corrected last, as a feed (RFC 4287)."""
    told: list[tuple[Any, Any]] = [(plan, None) for plan in news.newest()]
    told += [(None, erratum) for erratum in errata.feed()]
    moments = {entry: entry[0].updated_at if entry[0] else errata.updated_at([entry[1]]) for entry in told}
    entries = sorted(told, key=moments.__getitem__, reverse=True)[:ENTRIES]
    updated_at = moments[entries[0]] if entries else errata.last_published()
    xml = render_template("site/feed.xml", entries=entries, updated_at=updated_at, path=errata.path)
    return _of_type(xml, "application/atom+xml")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public page that should be found; where that is too much for one file, where its parts are."""
    if parts := sitemaps.count():
        return _of_type(render_template("site/sitemaps.xml", parts=parts), "application/xml")
    return _of_type(render_template("site/sitemap.xml", entries=sitemaps.part(1)), "application/xml")


@blueprint.get("/sitemap-<int:part>.xml")
def sitemap_part(part: int) -> Response:
    """A part of what the sitemap lists, from 1."""
    if not 1 <= part <= max(1, sitemaps.count()):
        abort(404)
    return _of_type(render_template("site/sitemap.xml", entries=sitemaps.part(part)), "application/xml")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may read, and where the sitemap is."""
    lines = ["User-agent: *", "Disallow: /moderation/", "Disallow: /account/", "Disallow: /feedback/receipt/"]
    text = "\n".join([*lines, f"Sitemap: {permanent('site.sitemap')}", ""])
    return _of_type(text, "text/plain")


@blueprint.get("/site.webmanifest")
def manifest() -> Response:
    """How the site is named and drawn where a reader keeps it on a home screen."""
    settings: Settings = current_app.config["PORTAL"]
    icons = [("192", "any"), ("512", "any"), ("maskable", "maskable")]
    about = {
        "name": settings.site_name,
        "short_name": settings.site_name[:12],
        "lang": "zh-CN",
        "dir": "ltr",
        "start_url": url_for("site.home"),
        "scope": url_for("site.home"),
        "display": "browser",
        "background_color": "#FFFFFF",
        "theme_color": "#0B4FA0",
        "icons": [
            {
                "src": url_for("static", filename=f"icons/{name}.png"),
                "type": "image/png",
                "sizes": "192x192" if name == "192" else "512x512",
                "purpose": purpose,
            }
            for name, purpose in icons
        ],
    }
    return _of_type(current_app.json.dumps(about), "application/manifest+json")


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Browsers ask for it here whatever the page says."""
    response = current_app.send_static_file("favicon.ico")
    response.headers["Cache-Control"] = f"public, max-age={ICON_KEPT}"
    return response


@blueprint.get("/healthz")
def healthz() -> Response:
    """Alive: the process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Ready: the database answers, and the index is in step with it."""
    report = readiness.check(current_app.extensions["search"])
    return jsonify(report), 200 if report["ready"] else 503


def _of_type(text: str, mimetype: str) -> Response:
    response = make_response(text)
    response.mimetype = mimetype
    return cacheable(response)
