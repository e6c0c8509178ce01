from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.snapshot.files import ENDINGS, META, NEW, file_of, folder_of


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"),
        ("/plans/", "plans/index.html"),
        ("/plans/a-plan/", "plans/a-plan/index.html"),
        ("/plans/a-plan/1", "plans/a-plan/1.html"),
        ("/plans/a-plan/1/history/2", "plans/a-plan/1/history/2.html"),
        ("/plans/a-plan/1/qr.svg", "plans/a-plan/1/qr.svg"),
        ("/plans/a-plan.qr.svg", "plans/a-plan/qr.svg"),
        ("/api/v1/plans/a-plan", "plans/a-plan/api.json"),
        ("/api/v1/plans", "api/v1/plans.json"),
        ("/errata", "errata.html"),
        ("/errata.csv", "errata.csv"),
        ("/errata/JC-20230712-0001", "errata/JC-20230712-0001.html"),
        ("/site.webmanifest", "site.webmanifest"),
    ],
)
def test_each_address_has_its_file(address: str, file: str) -> None:
    assert file_of(address) == file


@pytest.mark.parametrize(
    "address",
    [
        *("", "plans", "//", "//plans/", "/plans//1", "/../about.json", "/plans/../../about.json"),
        *(
            "/./",
            "/plans/.hidden",
            "/index",
            "/plans/a/index",
            "/plans/a/qr.svg",
            "/计划",
            "/a\nb",
            "/a\0",
            "/a%2fb",
            "/a b",
        ),
    ],
)
def test_other_addresses_have_none(address: str) -> None:
    assert file_of(address) is None


PARTS = st.sampled_from(
    ["plans", "api", "v1", "a", "a-plan", "1", "full", "history", "qr.svg", "index", "x.csv"]
)
ADDRESSES = st.builds(
    lambda parts, end: "/" + "/".join(parts) + end,
    st.lists(PARTS, max_size=5),
    st.sampled_from(["", "/", ".qr.svg", ".csv", ".meta", ".gz", ".br", ".new", ".json", ".html"]),
)


@given(st.lists(ADDRESSES, unique=True, max_size=30))
def test_no_two_addresses_share_a_file(addresses: list[str]) -> None:
    files = [file for file in map(file_of, addresses) if file is not None]
    every = [file + ending for file in files for ending in (*ENDINGS.values(), META, NEW)]
    assert len(set(every)) == len(every)
    assert not any(file.startswith("/") or ".." in file.split("/") for file in files)


@pytest.mark.parametrize(
    ("origin", "folder"),
    [
        ("https://plan.example.gov.cn", "https_plan.example.gov.cn"),
        ("http://127.0.0.1:8000", "http_127.0.0.1_8000"),
        ("http://[::1]:8000", "http____1__8000"),
        ("http://1:8000", "http_1_8000"),
    ],
)
def test_each_origin_has_its_folder(origin: str, folder: str) -> None:
    assert folder_of(Path("/s"), origin) == Path("/s", folder)


@pytest.mark.parametrize(
    "origin", ["", "http://", "ftp://a", "http://a/b", "http://a b", "http://..:x", "http://A"]
)
def test_what_is_no_origin_has_none(origin: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        folder_of(Path("/s"), origin)
