"""The page as a site made with Django serves it: a template, behind Django's cache of whole pages."""

import json
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import cache_page

FOLDER = Path(os.environ["BENCH_PAGE"])
CHAPTER = json.loads((FOLDER / "chapter.json").read_text(encoding="utf-8"))

# What `startproject` writes, as far as a public page needs it: no session, no accounts.
settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="only for this measurement",
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [FOLDER]}],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
)
django.setup()


@cache_page(3600)
def chapter(request: HttpRequest, address: str) -> HttpResponse:
    """Made once an hour by each process."""
    return render(request, "chapter.html", CHAPTER)


urlpatterns = [path("<path:address>", chapter)]
app = get_wsgi_application()
