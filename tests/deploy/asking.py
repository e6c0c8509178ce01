"""Asks a server as it is: no redirect followed, nothing decoded, every header seen."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from lxml import etree

from tests.support.html import parsed

# What differs between two servers, and between two moments.
PASSING = {"date", "server", "connection", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Answer:
    """What came back; the names of headers in small letters, each once."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def tree(self) -> etree._ElementTree:
        """The parsed page, for XPath."""
        return parsed(self.body.decode())

    @property
    def form(self) -> dict[str, str]:
        """The hidden and filled-in fields of the form with a token."""
        inputs = self.tree.xpath("//form[.//input[@name='csrf_token']][1]//input[@name and @type!='file']")
        return {field.get("name"): field.get("value") or "" for field in inputs}

    @property
    def lasting(self) -> dict[str, str]:
        """Without the headers that tell of the server and the moment."""
        return {name: value for name, value in self.headers.items() if name not in PASSING}


def ask(
    url: str,
    address: str,
    method: str = "GET",
    *,
    form: Mapping[str, str] | None = None,
    body: bytes | None = None,
    source: str = "127.0.0.1",
    server_name: str = "",
    **headers: str,
) -> Answer:
    """Ask for an address; ``accept_encoding="br"`` becomes a header, ``form`` a posted form."""
    connection = _connected(url, source, server_name)
    if form is not None:
        method, body = "POST", urlencode(form).encode()
        headers["content_type"] = "application/x-www-form-urlencoded"
    connection.putrequest(method, address, skip_host="host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    names = [name.lower() for name, _ in answer.getheaders()]
    assert len(names) == len(set(names)), f"a header twice: {sorted(names)}"
    headers_of = {name.lower(): value for name, value in answer.getheaders()}
    found = Answer(answer.status, headers_of, answer.read())
    connection.close()
    return found


def _connected(url: str, source: str, server_name: str) -> http.client.HTTPConnection:
    """By TLS where the address says so; nobody has signed the certificates of tests."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20, source_address=(source, 0))
    connection.connect()
    if parts.scheme == "https":
        context = ssl._create_unverified_context()
        connection.sock = context.wrap_socket(connection.sock, server_hostname=server_name)
    return connection
