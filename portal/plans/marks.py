"""The names of punctuation and white space, for readers who would overlook a change in them (GB/T 15834)."""

from collections.abc import Collection, Iterable, Mapping

FULL = (
    "，逗号 、顿号 。句号 ；分号 ：冒号 ？问号 ！感叹号 “左双引号 ”右双引号 ‘左单引号 ’右单引号"
    " （左括号 ）右括号 《左书名号 》右书名号 〈左单书名号 〉右单书名号 【左方头括号 】右方头括号"
    " 〔左六角括号 〕右六角括号 ［左方括号 ］右方括号 「左直角引号 」右直角引号 『左双直角引号 』右双直角引号"
    " —一字线 －短横线 –半字线 …半个省略号 ·间隔号 •圆点 ．句点 ／斜线 ＼反斜线 ｜竖线 ～波浪线 ＋加号"
    " ＝等号 ＜小于号 ＞大于号 ＂双引号 ＇单引号 ＿下划线 ＃井号 ＊星号 ＆和号 ％百分号"
)
HALF = (
    ",逗号 .句点 ;分号 :冒号 ?问号 !感叹号 \"双引号 '单引号 (左括号 )右括号 [左方括号 ]右方括号 -短横线"
    " /斜线 \\反斜线 |竖线 ~波浪线 +加号 =等号 <小于号 >大于号 _下划线 #井号 *星号 &和号 %百分号"
)


def _table(listed: str) -> dict[str, str]:
    return {item[0]: item[1:] for item in listed.split(" ")}


HALF_NAMES = _table(HALF)
NAMES: Mapping[str, str] = {
    **_table(FULL),
    "——": "破折号",
    "……": "省略号",
    " ": "空格",
    "\u3000": "全角空格",
    "\u00a0": "不换行空格",
    "\t": "制表符",
    "\n": "换行",
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", "不可见字符"),
}


def is_mark(token: str) -> bool:
    """Whether it is punctuation or white space."""
    return token in NAMES or token in HALF_NAMES


def names(marks: Iterable[str], others: Iterable[str]) -> str:
    """``逗号和换行``; half-width forms are told apart from full-width ones where both are of that name."""
    half = {HALF_NAMES[other] for other in others if other in HALF_NAMES}
    return "和".join(dict.fromkeys(_name(mark, half) for mark in marks))


def _name(mark: str, half: Collection[str]) -> str:
    if mark in HALF_NAMES:
        return "半角" + HALF_NAMES[mark]
    return ("全角" if NAMES[mark] in half else "") + NAMES[mark]
