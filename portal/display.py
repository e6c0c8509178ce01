"""How pages are shown: the elder view (关怀版), the theme, the size of the text, the marks of errata.

Public pages are the same for everyone, so that any cache may hold them. A browser with scripts keeps the
choices itself and applies them before the first paint (``view.js``). Without scripts they stand in the
address, and every link of such a page leads to pages shown the same way.
"""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from flask import Flask, has_request_context, request
from markupsafe import Markup

# The size of the plan's text in pixels: 18 to 30 is what the national rules for elder views ask for.
SIZES = ("18", "20", "22", "24", "26", "28", "30")
# Argument of the address, attribute ``data-…`` of the page, and the values that each may have. The standard
# is none of them.
CHOICES = {
    "view": ("elder",),
    "theme": ("light", "dark", "contrast"),
    "size": SIZES,
    "errata": ("off",),
}
# Where a request keeps what was read of its address.
CHOSEN = "portal.display"


def chosen() -> dict[str, str]:
    """The choices in the address of this request; the view's own size is none."""
    if not request.query_string:
        return {}
    choices: dict[str, str] | None = request.environ.get(CHOSEN)
    if choices is None:  # it is asked for each link of a page
        given = {name: request.args.get(name, "") for name in CHOICES}
        choices = {name: value for name, value in given.items() if value in CHOICES[name]}
        if choices.get("size") == _own_size(choices):
            del choices["size"]
        request.environ[CHOSEN] = choices
    return choices


def attributes() -> Markup:
    """The choices as attributes of the root element."""
    return Markup("").join(Markup(' data-{}="{}"').format(name, value) for name, value in chosen().items())


def address(**changed: str) -> str:
    """The address of this page shown another way; an empty value or the own size takes a choice back."""
    if changed.get("size") == _own_size(chosen()):
        changed["size"] = ""
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name not in changed]
    return _joined(request.path, arguments + list(changed.items()))


def came_from() -> str:
    """The page that the settings were opened from, shown as chosen; the home page unless it is ours."""
    before, _, anchor = request.args.get("from", "").partition("#")
    path, _, query = before.partition("?")
    if not path.startswith("/"):
        return _joined("/", list(chosen().items()))
    kept = [(name, value) for name, value in parse_qsl(query) if name not in CHOICES]
    return _joined(path, kept + list(chosen().items())) + (f"#{quote(anchor)}" if anchor else "")


def size_steps() -> dict[str, str]:
    """The size of this page's text, and the next ``smaller`` and ``larger`` ones: empty at the ends."""
    choices = chosen()
    now = SIZES.index(choices.get("size") or _own_size(choices))
    return {
        "now": SIZES[now],
        "smaller": SIZES[now - 1] if now else "",
        "larger": SIZES[now + 1] if now + 1 < len(SIZES) else "",
    }


def _own_size(choices: dict[str, str]) -> str:
    """The size that the chosen view starts from."""
    return "22" if "view" in choices else "18"


def _joined(path: str, arguments: list[tuple[str, str]]) -> str:
    # One slash at the start: with two it would name another host.
    query = urlencode([(name, value) for name, value in arguments if value])
    return "/" + quote(path.lstrip("/\\")) + (f"?{query}" if query else "")


def init_app(app: Flask) -> None:
    """Let links keep the choices of the page that they stand on, and templates know them."""

    @app.url_defaults
    def keep(endpoint: str, values: dict[str, Any]) -> None:
        if has_request_context() and endpoint != "static":
            for name, value in chosen().items():
                values.setdefault(name, value)

    app.jinja_env.globals.update(
        display=chosen,
        display_attributes=attributes,
        display_address=address,
        display_sizes=size_steps,
        display_came_from=came_from,
    )
