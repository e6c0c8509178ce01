"""Installs the outside judges of ``make audit`` from Debian, npm and PyPI, each only when it is missing.

The Node tools lie in ``tests/audit/node_modules``, the Python tools in ``build/audit``: neither touches
``.venv``. A stamp beside each, written last, says which list was installed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable

from environment import PYTHON, ROOT, SetUpError, install_apart, only_one
from machine import PRINTING, TESTING, install_missing

NEEDED: dict[str, Callable[[], object]] = {
    "chromium": TESTING["chromium"],
    **PRINTING,
    "nodejs": lambda: shutil.which("node"),
    "npm": lambda: shutil.which("npm"),
    "default-jre-headless": lambda: shutil.which("java"),
    "libreoffice-writer-nogui": lambda: shutil.which("soffice"),
    "poppler-utils": lambda: shutil.which("pdftotext") and shutil.which("pdffonts"),
}
NODE_TOOLS = ROOT / "tests" / "audit"
PYTHON_TOOLS = ROOT / "build" / "audit"
LEAST_NODE = (18, 19)


def install_node_tools() -> None:
    """html-validate, Nu, axe-core and Lighthouse, as the lock file has them; no script of a package runs.

    Raises:
        SetUpError: Node.js is too old, or the packages cannot be installed.
    """
    done, lock = NODE_TOOLS / "node_modules" / "installed", NODE_TOOLS / "package-lock.json"
    version = subprocess.run(
        ["node", "--version"], check=False, capture_output=True, text=True
    ).stdout.strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < LEAST_NODE:
        raise SetUpError(f"Node.js 18.19 or newer is needed, and this one is {version}; install a newer one")
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {PYTHON}"
    if done.is_file() and done.read_text() == wanted:
        return
    print(f"portal: installing {lock.name} (once, and when it changes)", flush=True)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"]
    environment = os.environ | {"PUPPETEER_SKIP_DOWNLOAD": "1", "NO_UPDATE_NOTIFIER": "1"}
    command = ["npm", "ci", *quiet]
    if subprocess.run(
        command, check=False, cwd=NODE_TOOLS, env=environment, stdout=subprocess.DEVNULL
    ).returncode:
        raise SetUpError(f"could not install {lock.name}: see above, mend it, and run the same command again")
    done.write_text(wanted)


def main() -> int:
    try:
        with only_one():
            install_missing(NEEDED)
            install_apart(PYTHON_TOOLS, "requirements-audit.txt")
            install_node_tools()
    except SetUpError as error:
        print(f"portal: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
