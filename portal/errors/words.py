"""What is said to a reader when something goes wrong, and what is taken for a search."""

import re
import unicodedata
from typing import NamedTuple


class Words(NamedTuple):
    """The heading of an error page, and what helps."""

    heading: str
    advice: str


WORDS = {
    400: Words("没能看懂这次请求", "请返回上一页，核对内容后再试一次。"),
    401: Words("请先登录", "登录后即可继续。"),
    403: Words("您没有权限查看此页", "如需办理，请联系管理员。"),
    404: Words("没有找到这个页面", "地址可能抄错了，或者页面已经调整。"),
    405: Words("此页不支持这样访问", "请从首页重新进入。"),
    409: Words("内容已有变化", "请返回查看最新内容后再操作。"),
    410: Words("这一章已撤下", "它不再公布，以前的文字仍可查看。"),
    413: Words("提交的内容太大", "附件不能超过5 MB，请换一个较小的文件。"),
    429: Words("操作过于频繁", "为了让大家都能使用，请稍等片刻。"),
    500: Words("网站出现故障", "我们已记录这个问题，请过几分钟再试。"),
    503: Words("网站暂时打不开", "我们正在恢复。"),
}
EXPIRED = Words("这一页打开得太久了", "请返回上一页，刷新后再提交。")
ELSEWHERE = Words(
    "这次提交不是从本网站的页面发出的", "请从本站页面再次提交。浏览器隐藏了来源的，请换一个再试。"
)
STAFF_NOT_FOUND = Words("没有找到这件来件或页面", "地址可能有误。请从来件队列重新查找。")
OTHER = Words("暂时无法完成", "请返回上一页，稍后再试。")
# Nothing is stored by a request that fails.
NOT_SENT = "您填写的内容没有提交。返回上一页，文字还在，可以再次提交。"

# What may be a word to search for: Chinese, with the letters and digits that belong to it.
HAN = re.compile(r"[0-9A-Za-z]*[\u3400-\u9fff][0-9A-Za-z\u3400-\u9fff]*")
SEARCHED_LENGTH = 40


def waiting(seconds: int) -> str:
    """How long to wait, as people say it."""
    return f"{seconds}秒" if seconds < 60 else f"{-(-seconds // 60)}分钟"


def searched(path: str, typed: str) -> str:
    """What to search for in place of a page: what was typed to find something, or Chinese in the path."""
    found = typed or " ".join(HAN.findall(unicodedata.normalize("NFKC", path)))
    return " ".join(found.split())[:SEARCHED_LENGTH]
