"""How pages are shown: the elder view (关怀版), the theme, the size of the text.

Public pages are the same for everyone, so that any cache may hold them. A browser with scripts keeps the
choices itself and applies them before the first paint (``view.js``). Without scripts they stand in the
address, and every link of such a page leads to pages shown the same way.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, has_request_context, request
from markupsafe import Markup

# Argument of the address, attribute ``data-…`` of the page, and the values that each may have. The standard
# is none of them. 18 to 30 px: what the national rules for elder views ask for.
CHOICES = {
    "view": ("elder",),
    "theme": ("light", "dark", "contrast"),
    "size": ("20", "22", "24", "26", "28", "30"),
}


def chosen() -> dict[str, str]:
    """The choices in the address of this request."""
    given = {name: request.args.get(name, "") for name in CHOICES}
    return {name: value for name, value in given.items() if value in CHOICES[name]}


def attributes() -> Markup:
    """The choices as attributes of the root element."""
    return Markup("").join(Markup(' data-{}="{}"').format(name, value) for name, value in chosen().items())


def address(**changed: str) -> str:
    """The address of this page shown another way; an empty value takes a choice back."""
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name not in changed]
    arguments += [(name, value) for name, value in changed.items() if value]
    return request.path + (f"?{urlencode(arguments)}" if arguments else "")


def init_app(app: Flask) -> None:
    """Let links keep the choices of the page that they stand on, and templates know them."""

    @app.url_defaults
    def keep(endpoint: str, values: dict[str, Any]) -> None:
        if has_request_context() and endpoint != "static":
            for name, value in chosen().items():
                values.setdefault(name, value)

    app.jinja_env.globals.update(display=chosen, display_attributes=attributes, display_address=address)
