"""Debian's nginx with the files of deploy/, in a folder and on a port of the tests."""

import contextlib
import getpass
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.server import ROOT, free_port
from tests.support.services import running, wait_until

DEPLOY = ROOT / "deploy" / "nginx"
NAME = "plan.example.gov.cn"
# nginx's own static file: no portal, and no more than a web server needs.
PLAIN = """
server {{
    listen 127.0.0.1:{port};
    access_log off;
    location = {address} {{ alias {file}; default_type "text/html; charset=utf-8"; {static} }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its address, the process that the others come from, the folder with its logs."""

    url: str
    pid: int
    folder: Path
    # Where it leads on to TLS.
    plain_url: str = ""


@contextlib.contextmanager
def in_front(folder: Path, tree: Path, upstream: str, *, port: int = 0, tls: bool = False) -> Iterator[Nginx]:
    """The portal's nginx, by plain HTTP unless asked for TLS.

    Args:
        folder: an empty one, for its files.
        tree: the snapshot that it serves.
        upstream: where gunicorn listens, as nginx names it: ``127.0.0.1:8000`` or ``unix:/…``.
    """
    port = port or free_port()
    _install(folder, tree, upstream)
    site = folder / "portal.conf"
    text, plain_port = re.sub(r".*listen \[::\].*\n", "", site.read_text(encoding="utf-8")), free_port()
    if tls:
        _certify(folder)
        text = text.replace("listen 443 ", f"listen 127.0.0.1:{port} ")
        text = text.replace("listen 80 ", f"listen 127.0.0.1:{plain_port} ")
    else:
        text = text[: text.index("server {")] + (
            f"server {{\n listen 127.0.0.1:{port};\n root {tree};\n include {folder}/site.conf;\n}}\n"
        )
    site.write_text(text, encoding="utf-8")
    (folder / "pages").symlink_to(DEPLOY / "pages")
    with _started(folder, port) as pid:
        url, plain_url = f"127.0.0.1:{port}", f"http://127.0.0.1:{plain_port}"
        yield Nginx(f"https://{url}" if tls else f"http://{url}", pid, folder, plain_url)


@contextlib.contextmanager
def alone(folder: Path, tree: Path) -> Iterator[Nginx]:
    """nginx with an export of the site, and no portal."""
    port = free_port()
    _install(folder, tree, "none")
    text = (folder / "export.conf").read_text(encoding="utf-8").replace("/srv/www/plan", str(tree))
    (folder / "portal.conf").write_text(
        text.replace("listen 80;", f"listen 127.0.0.1:{port};"), encoding="utf-8"
    )
    with _started(folder, port) as pid:
        yield Nginx(f"http://127.0.0.1:{port}", pid, folder)


@contextlib.contextmanager
def plain(folder: Path, address: str, file: Path, static: str = "gzip_static on;") -> Iterator[Nginx]:
    """nginx that answers one address with a file, or its compressed form: the measure for ours."""
    port = free_port()
    text = PLAIN.format(port=port, address=address, file=file, static=static)
    (folder / "portal.conf").write_text(text, encoding="utf-8")
    with _started(folder, port) as pid:
        yield Nginx(f"http://127.0.0.1:{port}", pid, folder)


def _install(folder: Path, tree: Path, upstream: str) -> None:
    """The files of deploy/, with the places of the tests."""
    places = {
        "/srv/portal/deploy/nginx": str(folder),
        "/srv/portal": str(ROOT),
        "unix:/run/portal/portal.sock": upstream,
        "/var/lib/nginx/": f"{folder}/",
        "/var/log/portal/": f"{folder}/",
        f"/var/cache/portal/https_{NAME}/site": str(tree),
        f"/etc/letsencrypt/live/{NAME}": str(folder),
    }
    for file in DEPLOY.glob("*.conf"):
        (folder / file.name).write_text(_replaced(file.read_text(encoding="utf-8"), places), encoding="utf-8")


def _certify(folder: Path) -> None:
    """A certificate that nobody but the tests believes."""
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-subj", f"/CN={NAME}", "-keyout", str(folder / "privkey.pem")]
    subprocess.run([*command, "-out", str(folder / "fullchain.pem")], check=True, capture_output=True)


@contextlib.contextmanager
def _started(folder: Path, port: int) -> Iterator[int]:
    """nginx with Debian's own main file, but for the places; and with the site of the folder."""
    main = _replaced(
        Path("/etc/nginx/nginx.conf").read_text(encoding="utf-8"),
        {
            "user www-data;": f"user {getpass.getuser()};",
            "worker_processes auto;": "worker_processes 1;",
            "/run/nginx.pid": f"{folder}/nginx.pid",
            "/var/log/nginx/": f"{folder}/",
            "include /etc/nginx/conf.d/*.conf;": _temporary(folder),
            "include /etc/nginx/sites-enabled/*;": f"include {folder}/portal.conf;",
        },
    )
    (folder / "nginx.conf").write_text(main, encoding="utf-8")
    command = ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    if checked.returncode:
        raise RuntimeError(checked.stderr)
    with running([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: _listens(port), process, "nginx")
        yield process.pid


def _temporary(folder: Path) -> str:
    kinds = {"client_body": "body", "proxy": "proxy", "fastcgi": "fastcgi", "uwsgi": "uwsgi", "scgi": "scgi"}
    return " ".join(f"{kind}_temp_path {folder}/{name};" for kind, name in kinds.items())


def _replaced(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
