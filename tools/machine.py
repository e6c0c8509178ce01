"""Installs what the tests need from Debian, when it is missing: a browser, fonts, and two servers."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from environment import SetUpError, install_packages, only_one

NEEDED: dict[str, Callable[[], object]] = {
    "chromium": lambda: shutil.which("chromium"),
    "fonts-noto-cjk": lambda: list(Path("/usr/share/fonts").glob("**/NotoSansCJK*")),
    "postgresql": lambda: list(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    "redis-server": lambda: shutil.which("redis-server"),
}


def main() -> int:
    missing = [package for package, found in NEEDED.items() if not found()]
    try:
        if missing:
            with only_one():
                install_packages(missing)
    except SetUpError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
