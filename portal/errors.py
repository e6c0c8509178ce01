"""Error pages in the site's look; JSON where JSON was asked for."""

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

HELP = {
    400: ("请求无法识别", "请返回上一页，核对内容后再试一次。"),
    401: ("请先登录", "登录后即可继续。"),
    403: ("您没有权限查看此页", "如需办理，请联系管理员。"),
    404: ("没有找到这个页面", "地址可能有误，或者页面已调整。您可以搜索，或从首页重新查找。"),
    405: ("此页不支持这样访问", "请从首页重新进入。"),
    409: ("内容已有变化", "请返回查看最新内容后再操作。"),
    413: ("提交的内容太大", "附件不能超过 5 MB。请返回上一页，换一个较小的文件。"),
    429: ("操作过于频繁", "请稍等片刻再试。"),
    500: ("网站出现故障", "我们已记录这个问题。请稍后再试。"),
    503: ("暂时无法访问", "网站正在准备内容，请一分钟后再试。"),
}
STAFF_NOT_FOUND = ("没有找到这件来件或页面", "地址可能有误。请从来件队列重新查找。")
OTHER = ("暂时无法完成", "请返回上一页，稍后再试。")


def init_app(app: Flask) -> None:
    """Answer every HTTP error, and every unexpected one as a 500, with a page that helps."""
    app.register_error_handler(HTTPException, show)


def show(error: HTTPException) -> Response:
    """The page for one error; the status and headers of the error are kept."""
    status = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    heading, advice = HELP.get(status, OTHER)
    if request.path.startswith("/api/"):
        response = jsonify(error={"status": status, "message": heading})
    elif isinstance(error, SecurityError):
        # The host is not ours, so the links of a page could not be made.
        response = make_response(f"{heading}。{advice}")
        response.mimetype = "text/plain"
    else:
        # A failure may be the database's, and the frame of staff pages asks it who is there.
        staff = request.path.startswith("/moderation/") and status < 500
        if staff and status == 404:
            heading, advice = STAFF_NOT_FOUND
        template = "errors/staff.html" if staff else "errors/error.html"
        response = make_response(render_template(template, heading=heading, advice=advice, status=status))
    response.status_code = status
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    return response
