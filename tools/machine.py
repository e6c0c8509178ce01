"""Installs what is missing from Debian: for the tests a browser, servers and what judges the files
of deploy/, and what PDF files are made with, which `make run` asks for too.
"""

import ctypes
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from environment import SetUpError, install_packages, only_one


def loads(library: str) -> bool:
    """Whether programs find a shared library, wherever this system keeps them."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


# What WeasyPrint loads beside what comes with these, and the fonts that are put into each PDF.
PRINTING: dict[str, Callable[[], object]] = {
    "libpango-1.0-0": lambda: loads("libpango-1.0.so.0"),
    "libpangoft2-1.0-0": lambda: loads("libpangoft2-1.0.so.0"),
    "libharfbuzz-subset0": lambda: loads("libharfbuzz-subset.so.0"),
    "fonts-noto-cjk": lambda: list(Path("/usr/share/fonts").glob("**/NotoSerifCJK*")),
}
TESTING: dict[str, Callable[[], object]] = {
    "chromium": lambda: shutil.which("chromium"),
    "postgresql": lambda: list(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    "redis-server": lambda: shutil.which("redis-server"),
    "wrk": lambda: shutil.which("wrk"),
    "nginx": Path("/usr/sbin/nginx").exists,
    "libnginx-mod-http-brotli-static": Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so").exists,
    "logrotate": Path("/usr/sbin/logrotate").exists,
    "systemd": lambda: shutil.which("systemd-analyze"),
}


def install_missing(needed: dict[str, Callable[[], object]]) -> None:
    """Install those packages whose part is not there; looks at files alone when nothing is missing.

    Raises:
        SetUpError: something is missing and cannot be installed.
    """
    if missing := [package for package, found in needed.items() if not found()]:
        install_packages(missing)


def main() -> int:
    try:
        with only_one():
            install_missing(TESTING | PRINTING)
    except SetUpError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
