"""What the tests of this room send, and the two steps of sending it."""

import io
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.support.client import form_of, tree_of

CORRECTION = {
    "error_type": "typo",
    "page_url": "http://localhost/plans/2023-work-plan/2#s2-1-p1",
    "page_title": "(一)强化企业科技创新主体地位。",
    "description": "第二行多了一个字",
    "name": "张三",
}
CONSULTATION = {"subject": "创新券", "content": "今年什么时候可以申请？", "name": "李四"}
ANSWERS = {"correction": CORRECTION, "consultation": CONSULTATION}


def check_page(client: FlaskClient, kind: str, /, **changes: Any) -> TestResponse:
    """The check-your-answers page for a good form with some changes."""
    response = client.post(f"/feedback/{kind}", data=ANSWERS[kind] | changes)
    assert response.status_code == 200, response.text
    return response


def confirm(client: FlaskClient, kind: str, page: TestResponse, **extra: Any) -> TestResponse:
    """Press the confirming button of a check page."""
    return client.post(f"/feedback/{kind}", data=form_of(page) | {"confirm": "1"} | extra)


def send(client: FlaskClient, kind: str, /, **changes: Any) -> TestResponse:
    """Both steps; the answer leads to the receipt."""
    response = confirm(client, kind, check_page(client, kind, **changes))
    assert response.status_code == 303, response.text
    return response


def upload(client: FlaskClient, kind: str, page: TestResponse, data: bytes, name: str) -> TestResponse:
    """Confirm with a file. Encoded in memory: the test client would leave a big one open on disk."""
    values = form_of(page) | {"attachment": FileStorage(io.BytesIO(data), filename=name)}
    boundary, body = encode_multipart(values)
    return client.post(
        f"/feedback/{kind}", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def receipt(client: FlaskClient, answer: TestResponse) -> tuple[str, str]:
    """Number and query code on the receipt that an answer leads to."""
    tree = tree_of(client.get(answer.headers["Location"]))
    return (
        str(tree.xpath("string(//@data-receipt-number)")),
        str(tree.xpath("string(//@data-receipt-code)")),
    )
