"""The pages of the site itself, and what machines ask of it."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, url_for

from portal.feedback import origins
from portal.headers import cacheable
from portal.plans import catalogue, errata
from portal.site import readiness

blueprint = Blueprint("site", __name__)

# Errata on the home page.
NEWEST = 3


@blueprint.app_context_processor
def _settings() -> dict[str, Any]:
    return {"settings": current_app.config["PORTAL"], "site_origin": origins.root()}


@blueprint.get("/")
def home() -> Response:
    """The plans, the search box, what was corrected last, and the ways to send something."""
    html = render_template(
        "site/home.html", plans=catalogue.list_plans(), errata=errata.newest(NEWEST), path=errata.path
    )
    return cacheable(make_response(html))


@blueprint.get("/guide")
def guide() -> Response:
    """使用说明."""
    return cacheable(make_response(render_template("site/guide.html")))


@blueprint.get("/privacy")
def privacy() -> Response:
    """隐私说明."""
    return cacheable(make_response(render_template("site/privacy.html")))


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public page that should be found, with the date of its newest revision."""
    xml = render_template("site/sitemap.xml", plans=catalogue.list_plans(), errata=errata.addresses())
    response = make_response(xml)
    response.mimetype = "application/xml"
    return cacheable(response)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may read, and where the sitemap is."""
    lines = ["User-agent: *", "Disallow: /moderation/", "Disallow: /account/", "Disallow: /feedback/"]
    text = "\n".join([*lines, f"Sitemap: {origins.root()}{url_for('site.sitemap')}", ""])
    response = make_response(text)
    response.mimetype = "text/plain"
    return cacheable(response)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Browsers ask for it here whatever the page says."""
    return current_app.send_static_file("favicon.svg")


@blueprint.get("/healthz")
def healthz() -> Response:
    """Alive: the process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Ready: the database answers, and the index is in step with it."""
    report = readiness.check(current_app.extensions["search"])
    return jsonify(report), 200 if report["ready"] else 503
