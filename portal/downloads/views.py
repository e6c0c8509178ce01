"""The addresses of the downloads."""

import os
from collections.abc import Callable
from typing import BinaryIO
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    abort,
    copy_current_request_context,
    current_app,
    jsonify,
    make_response,
    render_template,
    send_file,
)
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from portal.addresses import permanent
from portal.cores import on_any
from portal.downloads import document, epub, markdown, programs, text
from portal.downloads.edition import Edition, read
from portal.downloads.shelf import BusyError, FailedError, Title
from portal.headers import cacheable
from portal.plans import structured

blueprint = Blueprint("downloads", __name__)

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _by_program(name: str) -> Callable[[Edition], bytes]:
    """What has a program make a file."""

    def make(edition: Edition) -> bytes:
        html = document.make(edition)
        with on_any():
            return programs.run(name, html)

    return make


# The form of a file: its type, and what makes it.
FORMS: dict[str, tuple[str, Callable[[Edition], bytes]]] = {
    "pdf": ("application/pdf", _by_program("pdf")),
    "docx": (WORD, _by_program("word")),
    "epub": ("application/epub+zip", epub.make),
    "txt": ("text/plain", text.make),
    "md": ("text/markdown", markdown.make),
    "json": ("application/json", lambda edition: jsonify(structured.whole(edition.plan)).data),
}
# Heading, advice, and the seconds after which another try is worth it.
BUSY = ("文件正在生成", "生成文件需要一点时间。请一分钟后再试，或者先下载其他格式。", 30)
FAILED = ("这种格式暂时无法下载", "我们已记录这个问题。请先下载其他格式，或者在网页上阅读全文。", 600)


@blueprint.get(f"/plans/<plan>.<any({','.join(FORMS)}):form>")
def download(plan: str, form: str) -> Response:
    """A plan as a file: made when it is first asked for after a release."""
    published, listed = permanent("plans.plan", plan=plan), permanent("errata.index", plan=plan)
    edition = read(plan, current_app.config["PORTAL"].site_name, published, listed)
    if edition is None:
        abort(404)
    _, make = FORMS[form]
    title = Title(plan, edition.plan.release, edition.variant, form)
    try:
        file = current_app.extensions["downloads"].fetch(
            title, copy_current_request_context(lambda: make(edition))
        )
    except BusyError:
        return _unavailable(edition, form, *BUSY)
    except FailedError:
        return _unavailable(edition, form, *FAILED)
    return _answer(file, title, edition)


def _answer(file: BinaryIO, title: Title, edition: Edition) -> Response:
    """The file under a name for people; programs that know ASCII names alone get that of the address."""
    response = send_file(file, FORMS[title.form][0], conditional=False)
    length = response.content_length = file.seek(0, os.SEEK_END)
    file.seek(0)
    response.set_etag(str(title))
    response.headers.set(
        "Content-Disposition",
        "attachment",
        filename=f"{title.plan}-{title.edition}.{title.form}",
        **{"filename*": f"UTF-8''{quote(f'{edition.name}.{title.form}')}"},
    )
    response.headers["Link"] = f'<{edition.address}>; rel="canonical"'
    try:
        return cacheable(response, length)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise


def _unavailable(edition: Edition, form: str, heading: str, advice: str, seconds: int) -> Response:
    page = render_template(
        "downloads/unavailable.html", plan=edition.plan, form=form, heading=heading, advice=advice
    )
    response = make_response(page, 503)
    response.headers["Retry-After"] = str(seconds)
    return response
