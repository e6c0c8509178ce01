"""The columns (栏目) of the site, as pages tell machines (国办发〔2017〕47号): which one a page stands in."""

from typing import NamedTuple

from flask import request


class Column(NamedTuple):
    """Name and kind of a column, and a sentence about it. Without a name it is the site itself."""

    name: str
    type: str
    description: str


SITE = Column("", "", "公开工作要点，可以阅读、搜索和下载。发现错误可以纠错，有疑问可以咨询。")
# By endpoint, else by blueprint; the kinds are those that sites of offices use.
COLUMNS = {
    "site.guide": Column("使用说明", "网站帮助", "怎样阅读、搜索、纠错、咨询和查询回执，怎样把字变大。"),
    "site.privacy": Column("隐私说明", "网站帮助", "本站收集什么、为什么、保存多久，以及您的权利。"),
    "site.accessibility": Column(
        "无障碍说明", "网站帮助", "本站怎样方便每个人使用，还有哪些不足，怎样告诉我们。"
    ),
    "site.display": Column("显示设置", "网站帮助", "选择大字版、深色或高对比，调整字的大小。"),
    "plans": Column("工作要点", "规划计划", "已公开的工作要点，最新的在前。可以按章阅读，也可以查看全文。"),
    "history": Column("修订记录", "规划计划", "每一章的每次修订：什么时候改的，改了哪里，为什么改。"),
    "errata": Column("勘误公示", "信息公开", "已发布的文字改过哪里、为什么改，都在这里公布。"),
    "search": Column("搜索", "网站检索", "在全部工作要点里搜索，直接打开写着这些词的段落。"),
    "feedback.correction": Column(
        "我要纠错", "互动交流", "内容有误，请告诉我们。不用注册，提交后凭回执查询结果。"
    ),
    "feedback.consultation": Column(
        "我要咨询", "互动交流", "对工作要点有疑问，请留言。不用注册，凭回执查询答复。"
    ),
    "feedback": Column("回执查询", "互动交流", "凭受理编号和查询码，查看纠错和咨询的办理进度和结果。"),
}


def of_page() -> Column:
    """The column of the page that is asked for."""
    return COLUMNS.get(request.endpoint or "") or COLUMNS.get(request.blueprint or "") or SITE
