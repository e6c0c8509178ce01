"""Links as everyone may keep them: whole, and without the reader's choices of display."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, request, url_for

from portal import display
from portal.addresses import root

# The national entrance for errors of government sites; its two arguments as the sites of ministries use them.
ENTRANCE = "https://zfwzgl.www.gov.cn/exposure/jiucuo.html"
POLICE_RECORDS = "https://beian.mps.gov.cn/#/query/webSearch"
# Whose address is a secret of its reader: what is told to others is the page beside it.
SECRET = {"feedback.receipt": "feedback.status"}


def permanent(endpoint: str, **values: Any) -> str:
    """The address of a page of this site."""
    return root() + url_for(endpoint, **dict.fromkeys(display.CHOICES) | values)


def of_page(number: int = 1) -> str:
    """The address of the page that is asked for, without its query; of a list, with its page number."""
    endpoint = request.endpoint or ""
    if endpoint in SECRET:
        return permanent(SECRET[endpoint])
    return root() + quote(request.path) + (f"?page={number}" if number > 1 else "")


def of_entrance() -> str:
    """政府网站找错: where an error of the page that is asked for is reported to the national office."""
    about = {"site_code": current_app.config["PORTAL"].site_id_code, "url": of_page()}
    return f"{ENTRANCE}?{urlencode(about)}"


def of_police_record() -> str:
    """Where 公安备案 of this site can be looked up."""
    return f"{POLICE_RECORDS}?code={current_app.config['PORTAL'].police_record_code}"
