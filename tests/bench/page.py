"""The page that every contender serves: a chapter as the portal answers it at this moment."""

import json
from pathlib import Path
from typing import Any

from tests.bench.load import Answer, LoadError, ask

PLAN, NUMBER = "2023-work-plan", "1"
ADDRESS = f"/plans/{PLAN}/{NUMBER}"
# What gunicorn writes itself, for every application.
GUNICORN_WRITES = {"server", "date", "connection"}
# The text of a chapter as data; Jinja and Django read the same.
SECTIONS = """{% for section in sections %}
<section><h2 id="{{ section.anchor }}">{{ section.label }}{{ section.title }}</h2>{% for paragraph in section.paragraphs %}
<p id="{{ paragraph.anchor }}" tabindex="-1">{{ paragraph.text }}
<a class="permalink no-print" href="#{{ paragraph.anchor }}" title="这一段的链接">¶</a>
<a class="permalink no-print" href="/feedback/correction?plan={{ plan }}&amp;page={{ number }}&amp;anchor={{ paragraph.anchor }}">纠错</a></p>
{% endfor %}</section>{% endfor %}
"""  # noqa: E501


def write_page(folder: Path, url: str) -> Answer:
    """Fetch the chapter from a portal and write what ``tests/bench/apps`` serves; gives the portal's answer.

    ``page.html`` are its bytes, ``headers.json`` its headers, ``chapter.json`` the text as data and
    ``chapter.html`` a template of about the same length that needs it.
    """
    answer = ask(url + ADDRESS, {})
    if answer.status != 200:
        raise LoadError(f"{ADDRESS} answers {answer.status}")
    chapter = _chapter(ask(f"{url}/api/v1/plans/{PLAN}", {}).body)
    headers = [[name, value] for name, value in answer.headers.items() if name not in GUNICORN_WRITES]
    folder.mkdir()
    (folder / "page.html").write_bytes(answer.body)
    (folder / "headers.json").write_text(json.dumps(headers), encoding="utf-8")
    (folder / "chapter.json").write_text(json.dumps(chapter), encoding="utf-8")
    (folder / "chapter.html").write_text(_template(answer.body.decode(), chapter), encoding="utf-8")
    return answer


def _chapter(plan: bytes) -> dict[str, Any]:
    page = next(page for page in json.loads(plan)["pages"] if page["number"] == NUMBER)
    return {"plan": PLAN, "number": NUMBER, "sections": page["sections"]}


def _template(page: str, chapter: dict[str, Any]) -> str:
    """The portal's head and foot as they are; between them the sections, made from data."""
    begin = page.rindex("<", 0, page.index(f'id="{chapter["sections"][0]["anchor"]}"'))
    end = page.index("</article>")
    head, foot = page[:begin], page[end:]
    assert not {"{{", "{%", "{#"} & {pair for pair in ("{{", "{%", "{#") if pair in head + foot}
    return head + SECTIONS + foot
