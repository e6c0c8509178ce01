"""Installs what ``make bench`` measures with: wrk, nginx and PostgreSQL from Debian, Django from PyPI.

Django lies in ``build/bench``: it never touches ``.venv``.
"""

import sys

from environment import ROOT, SetUpError, install_apart, only_one
from machine import TESTING, install_missing

NEEDED = {
    package: TESTING[package] for package in ("wrk", "nginx", "libnginx-mod-http-brotli-static", "postgresql")
}


def main() -> int:
    try:
        with only_one():
            install_missing(NEEDED)
            install_apart(ROOT / "build" / "bench", "requirements-bench.txt")
    except SetUpError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
