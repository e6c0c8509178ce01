"""The downloads read back, as other programs would."""

import io
import re
import zipfile
from collections.abc import Iterator

import lxml.html
import markdown
import pypdf
from flask import Flask
from lxml import etree

from portal.plans import catalogue
from portal.plans.catalogue import PublishedPlan
from tests.plans.corrected import publish_other

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
XHTML = "{http://www.w3.org/1999/xhtml}"
ODD = "2024-work-plan"
# What a format may take for its own signs, what is rare, and every kind of block.
ODD_FILES = {
    "plan.md": (
        "---\ntitle: '规划*_[]#<>&“$1~2”|\\: \"x\"'\nissuer: R&D <委>_办_\nissued_on: 2024-02-01\n"
        "issued_on_text: 2024年2月1日\npages:\n- preface\n- '1'\n---\n"
    ),
    "preface.md": (
        "---\nnumber: preface\nlabel: ''\ntitle: ''\nanchor: s0\n---\n\n"
        "𠮷林路㐂楽，〇年①第Ⅳ类，３％～５％，3~5个、6~8个，$5和$6，a|b，C#，2 * 3 * 4，"
        "snake_case_名。\n{: #s0-p1 }\n\n"
        "1\\. 不是列表。\n{: #s0-p2 }\n\n"
        "1) 也不是列表&lt;b&gt;&amp;amp;，http://example.com/?a=1&amp;b=2。\n{: #s0-p3 }\n\n"
        "\\- 也不是，\\`不是代码\\`，\\{: #不是锚点 }。\n{: #s0-p4 }\n"
    ),
    "1.md": (
        "---\nnumber: '1'\nlabel: 第一章\ntitle: '目标*与#任务 #'\nanchor: s1\n---\n\n"
        "第一行  \n第二行有**“重点”**、**重点**、*强调*、`code`和[链接](2#s2)、[本章](1#s1-1)、[外面](https://example.com/?a=1&b=2)。\n"
        "{: #s1-p1 }\n\n"
        "## (一)指标\\*。 {: #s1-1 }\n\n"
        '<table id="s1-1-p1"><caption>表1 主*要*<em>指标</em></caption>'
        "<thead><tr><th>指标</th><th>目标值</th><th>单位</th></tr></thead><tbody>"
        "<tr><td>研发投入|强度</td><td>4.5</td><td rowspan='2'>%</td></tr>"
        "<tr><td colspan='2'>占_比_</td></tr>"
        "</tbody></table>\n\n"
        '<ul id="s1-1-p2"><li>甲<em>项</em></li><li>乙&lt;项&gt;<ol><li>内</li></ol></li></ul>\n\n'
        '<ol id="s1-1-p3"><li>一级</li><li>二级</li></ol>\n\n'
        '<blockquote id="s1-1-p4"><p>引用的话。</p></blockquote>\n\n'
        "### 更小的标题 {: #s1-1-p5 }\n\n"
        f"{'很长的段落，' * 120}{'东门-西路、' * 60}完。\n{{: #s1-1-p6 }}\n"
    ),
}


def publish_odd(app: Flask) -> None:
    """Publish a plan of what is hard to write."""
    publish_other(app, ODD_FILES)


def published(app: Flask, slug: str) -> PublishedPlan:
    """The plan as it is now."""
    with app.app_context():
        plan = catalogue.find_plan(slug)
    assert plan
    return plan


def bare(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def source(plan: PublishedPlan) -> str:
    """The published text as the source has it: title, chapters, who issued it and when."""
    parts = [plan.title]
    for page in plan.pages:
        parts += [page.label, page.title, *(block.text for block in page.blocks)]
    return bare("".join([*parts, plan.issuer, plan.issued_on_text]))


def of_markdown(data: bytes) -> str:
    """The words of a rendered Markdown file, without its front matter."""
    body = data.decode().split("\n---\n", 1)[1]
    html = markdown.markdown(body, extensions=["tables", "sane_lists"])
    return bare(lxml.html.fragment_fromstring(html, create_parent="div").text_content())


def of_word(data: bytes) -> str:
    """The words of a Word file's body."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    return bare("".join(body.itertext(f"{WORD}t")))


def of_pdf(data: bytes, plan: PublishedPlan) -> str:
    """The words of a PDF from its first chapter on, without the head and foot of each page, and without the
    marks of lists, which stand beside the text.
    """
    reader = pypdf.PdfReader(io.BytesIO(data))
    start = reader.get_destination_page_number(reader.outline[0])
    frame = re.compile(rf"(•|\d\.)*{re.escape(bare(plan.title))}第{plan.release}版\d+$")
    pages = [bare(page.extract_text()) for page in reader.pages[start:]]
    assert all(frame.search(page) for page in pages), pages
    return "".join(frame.sub("", page) for page in pages)


def chapters_of_epub(data: bytes) -> Iterator[etree._Element]:
    """The bodies of an EPUB's chapters, in the order of its spine."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        package = etree.fromstring(archive.read("EPUB/package.opf"))
        files = {item.get("id"): item.get("href") for item in package.iterfind(".//{*}item")}
        for reference in package.iterfind(".//{*}itemref"):
            name = files[reference.get("idref")]
            if name.startswith("page-"):
                yield etree.fromstring(archive.read(f"EPUB/{name}")).find(f"{XHTML}body")
