"""The security headers that every answer carries, errors and files included."""

from flask import Flask, Response, request

from portal.compression import compress

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONE_YEAR = 365 * 24 * 3600
ALWAYS_ASK = "public, max-age=0, must-revalidate"
# What makes a request conditional, or asks for a part: most have none of it.
CONDITIONS = {
    f"HTTP_{name}"
    for name in ("IF_MATCH", "IF_NONE_MATCH", "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE", "IF_RANGE", "RANGE")
}


def always(*, secure: bool) -> list[tuple[str, str]]:
    """The headers that every answer carries; ``secure``: the site is reached by HTTPS alone."""
    https = [("Strict-Transport-Security", f"max-age={ONE_YEAR}; includeSubDomains")]
    return [*ALWAYS.items(), *(https if secure else ())]


def init_app(app: Flask, *, secure: bool) -> None:
    """Add the headers after each request, and compress; a view may set a stricter value of its own.

    An answer that says nothing about caching is private: public pages say that they are public.
    """
    added = always(secure=secure)

    @app.after_request
    def add(response: Response) -> Response:
        given = {name.lower() for name, _ in response.headers}
        response.headers.extend([header for header in added if header[0].lower() not in given])
        if "cache-control" not in given or request.endpoint is None:
            response.headers["Cache-Control"] = "no-store"
        compress(response)
        return response


def cacheable(response: Response, length: int | None = None) -> Response:
    """Let any cache keep a public answer, as long as it asks each time whether it is still true.

    With its ``length`` in bytes, a part of it may be asked for.

    Raises:
        RequestedRangeNotSatisfiable: there is no such part.
    """
    response.headers["Cache-Control"] = ALWAYS_ASK
    response.add_etag()
    if length is not None or not CONDITIONS.isdisjoint(request.environ):
        response.make_conditional(request, accept_ranges=length is not None, complete_length=length)
    return response
