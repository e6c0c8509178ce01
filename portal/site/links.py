"""Links to the national offices that watch over government sites."""

from urllib.parse import urlencode

from flask import current_app

from portal.addresses import of_page

# The national entrance for errors of government sites; its two arguments as the sites of ministries use them.
ENTRANCE = "https://zfwzgl.www.gov.cn/exposure/jiucuo.html"
POLICE_RECORDS = "https://beian.mps.gov.cn/#/query/webSearch"


def of_entrance() -> str:
    """政府网站找错: where an error of the page that is asked for is reported to the national office."""
    about = {"site_code": current_app.config["PORTAL"].site_id_code, "url": of_page()}
    return f"{ENTRANCE}?{urlencode(about)}"


def of_police_record() -> str:
    """Where 公安备案 of this site can be looked up."""
    return f"{POLICE_RECORDS}?code={current_app.config['PORTAL'].police_record_code}"
