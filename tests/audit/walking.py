"""Goes through the portal once, as readers and as staff do, and keeps every page as it was answered.

The judges look at these answers: each page is the same for all of them, whatever they do to it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree, html
from playwright.sync_api import APIRequestContext, APIResponse, sync_playwright

from tests.audit.findings import Finding, Verdict
from tests.support.client import MODERATOR, PASSWORD

PLAN, WITHDRAWN = "2023-work-plan", "withdrawn-plan"
CHAPTER, ANCHOR = f"/plans/{PLAN}/2", "s2-1-p1"
PLACE = f"?plan={PLAN}&page=2&anchor={ANCHOR}"
CORRECTION = {
    "error_type": "typo",
    "page_url": CHAPTER,
    "page_title": "(一)强化企业科技创新主体地位。",
    "description": "少了一个字。",
    "name": "张三丰",
    "contact": "reader@example.org",
    "anchor": ANCHOR,
    "quote": "苏河湾功能区",
    "suggestion": "苏州河湾功能区",
    "publish": "y",
}
CONSULTATION = {
    "kind": "question",
    "subject": "创新券",
    "content": "今年什么时候可以申请？",
    "name": "李四",
    "publish": "y",
}
PACKING = ("content-encoding", "content-length", "transfer-encoding")
# What stands in no sitemap, with the status that is right for it.
READERS = {
    f"/plans/{PLAN}/full": 200,
    f"{CHAPTER}?q=数据": 200,
    f"{CHAPTER}?view=elder&theme=contrast&size=30": 200,
    f"{CHAPTER}/history": 200,
    f"{CHAPTER}/history/1": 200,
    f"{CHAPTER}/history/2": 200,
    f"{CHAPTER}/history/99": 404,
    "/search": 200,
    "/search?q=数据": 200,
    "/search?q=qukewei": 200,
    "/search?q=苏州河弯": 200,
    "/search?q=龘龘": 200,
    "/feedback/correction": 200,
    f"/feedback/correction{PLACE}": 200,
    "/feedback/consultation": 200,
    "/feedback/status": 200,
    "/account/login": 200,
    "/no/such/page": 404,
    f"/plans/{PLAN}/99": 404,
    f"/plans/{WITHDRAWN}/2": 410,
    "/api/v1/nothing": 404,
}
STAFF = {
    "/moderation/": 200,
    "/moderation/?state=all": 200,
    "/moderation/plans": 200,
    f"/moderation/plans/{PLAN}/2": 200,
    f"/moderation/plans/{PLAN}/2/{ANCHOR}": 200,
    "/moderation/errata": 200,
    "/moderation/searches": 200,
    "/moderation/submissions/JC-0": 404,
    "/account/change": 200,
}


@dataclass(frozen=True)
class Document:
    """A page as it was answered, and where it was; ``name`` says what it shows."""

    name: str
    url: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The address within the site, with what was asked."""
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def is_html(self) -> bool:
        """Whether it is a page, and not JSON or a feed."""
        return self.headers.get("content-type", "").startswith("text/html")

    @property
    def tree(self) -> html.HtmlElement:
        """The page as lxml reads it, with addresses made whole."""
        tree = html.document_fromstring(self.body.decode(), base_url=self.url)
        tree.make_links_absolute()
        return tree


class Walk:
    """A visitor with cookies of its own, and all pages that were kept."""

    def __init__(self, visitor: APIRequestContext, kept: list[Document], wrong: list[Finding]) -> None:
        self.visitor, self.kept, self.wrong = visitor, kept, wrong

    def get(self, path: str, status: int = 200, name: str = "") -> Document:
        """Open an address and keep the page."""
        return self._keep(name or path, self.visitor.get(path), status)

    def send(self, page: Document, action: str, typed: dict[str, str], status: int, name: str) -> Document:
        """Fill in a form of a page, press its button, and keep the answer."""
        forms = [form for form in page.tree.forms if urlsplit(form.action or page.url).path == action]
        if not forms:
            self.wrong.append(Finding(page.name, f"has no form that sends to {action}"))
            return page
        answer = self.visitor.post(action, form=dict(forms[0].form_values()) | typed)
        return self._keep(name, answer, status)

    def _keep(self, name: str, answer: APIResponse, status: int) -> Document:
        # The body has been unpacked by now.
        headers = {key: value for key, value in answer.headers.items() if key not in PACKING}
        page = Document(name, answer.url, answer.status, headers, answer.body())
        self.kept.append(page)
        if page.status != status:
            self.wrong.append(Finding(name, f"answers {page.status}, not {status}"))
        return page


@contextmanager
def walks(url: str) -> Iterator[Callable[[], Walk]]:
    """Makes visitors; all that they see is kept in one list."""
    kept: list[Document] = []
    wrong: list[Finding] = []
    with sync_playwright() as playwright:

        def start() -> Walk:
            context = playwright.request.new_context(
                base_url=url, extra_http_headers={"Accept": "text/html", "Accept-Language": "zh-CN"}
            )
            return Walk(context, kept, wrong)

        yield start


def walk(url: str, plans: list[str]) -> tuple[list[Document], Verdict]:
    """Every public and staff page in every state; on the way one correction is published.

    ``plans`` are further plans, of which the contents and the whole text are looked at.
    """
    with walks(url) as start:
        reader, office = start(), start()
        number, code = _report(reader)
        _decide(office, number)
        _read(reader, plans)
        _ask(reader, number, code)
        _work(office, number)
        kept, wrong = reader.kept, reader.wrong
    unknown = [page for page in kept if not page.is_html and not page.path.startswith("/api/")]
    wrong += [Finding(page.name, f"is {page.headers.get('content-type')}") for page in unknown]
    return [page for page in kept if page.is_html], Verdict(len(kept), wrong)


def _report(reader: Walk) -> tuple[str, str]:
    """Both forms with something left out, checked, sent; returns the receipt of the correction."""
    receipt = ("", "")
    for kind, words, answers in (
        ("consultation", "咨询", CONSULTATION),
        ("correction", "纠错", CORRECTION),
    ):
        path = f"/feedback/{kind}"
        form = reader.get(path, name=f"{words}：表单")
        reader.send(form, path, {"name": "", "contact": "x"}, 422, f"{words}：填错")
        check = reader.send(form, path, answers, 200, f"{words}：核对")
        done = reader.send(check, path, {"confirm": "1"}, 200, f"{words}：回执")
        receipt = tuple(done.tree.xpath(f"string(//@data-receipt-{part})") for part in ("number", "code"))
    return receipt


def _decide(office: Walk, number: str) -> None:
    """Sign in, with a wrong password first, and accept the correction."""
    login = office.get("/account/login", name="登录")
    office.send(login, "/account/login", {"email": MODERATOR, "password": "wrong"}, 422, "登录：填错")
    office.send(login, "/account/login", {"email": MODERATOR, "password": PASSWORD}, 200, "来件队列：待处理")
    case = office.get(f"/moderation/submissions/{number}", name="来件：待处理")
    action = f"/moderation/submissions/{number}/decision"
    office.send(case, action, {"decision": "preview"}, 200, "来件：预览")
    office.send(case, action, {"decision": "reject", "reply": ""}, 422, "来件：填错")
    office.send(case, action, {"decision": "accept"}, 200, "来件：已采纳")
    office.send(case, action, {"decision": "accept"}, 409, "来件：已有人处理")


def _read(reader: Walk, plans: list[str]) -> None:
    """All that the sitemap names of the first plan and of the site, and what it does not name."""
    sitemap = etree.fromstring(reader.visitor.get("/sitemap.xml").body())
    for address in sitemap.xpath("//*[local-name() = 'loc']/text()"):
        path = urlsplit(str(address)).path
        if not path.startswith("/plans/") or path.startswith(f"/plans/{PLAN}/"):
            reader.get(path)
    for path, status in READERS.items():
        reader.get(path, status)
    for plan in plans:
        reader.get(f"/plans/{plan}/")
        reader.get(f"/plans/{plan}/full")


def _ask(reader: Walk, number: str, code: str) -> None:
    """The status of the correction, first with a wrong code."""
    form = reader.get("/feedback/status", name="回执查询")
    reader.send(form, "/feedback/status", {"number": number, "code": ""}, 422, "回执查询：填错")
    reader.send(form, "/feedback/status", {"number": number, "code": code}, 200, "回执查询：进度")


def _work(office: Walk, number: str) -> None:
    """The pages of the staff."""
    for path, status in STAFF.items():
        office.get(path, status)
    open_cases = office.get("/moderation/").tree.xpath("//main//a/@href[contains(., '/submissions/')]")
    for address in sorted({urlsplit(str(link)).path for link in open_cases})[:2]:
        office.get(address)
    office.get(f"/moderation/errata/{number}", name="勘误：撤回")
    path = f"/moderation/plans/{PLAN}/2/{ANCHOR}"
    edit = office.get(path, name="原文修改")
    office.send(edit, path, {"decision": "preview", "text": "改过的一段。"}, 200, "原文修改：预览")
    office.send(edit, path, {"decision": "edit", "text": "改过的一段。", "reason": ""}, 422, "原文修改：填错")


def scratch(folder: Path, pages: list[Document]) -> dict[Path, Document]:
    """The pages as files, for judges that read files."""
    folder.mkdir(exist_ok=True)
    files = {folder / f"{number:03}.html": page for number, page in enumerate(pages)}
    for file, page in files.items():
        file.write_bytes(page.body)
    return files
