#!/bin/sh
# Everything that can be said about the code without serving it. The first complaint ends it.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
export PORTAL_INSTANCE="$scratch/instance" PORTAL_SEARCH_INDEX="$scratch/search_index"
export PORTAL_SECRET_KEY="only for these checks"
unset PORTAL_DATABASE_URL PORTAL_REDIS_URL PORTAL_CONTENT

step() { echo "check: $*"; "$@"; }

step ruff format --quiet --check .
step ruff check --quiet .
step mypy --no-error-summary
step lint-imports --no-cache --no-logo
step djlint --quiet --lint portal/templates
step flask --app wsgi plan check
step pytest -q -p no:cacheprovider tests/test_docs.py tests/test_settings.py tests/test_architecture.py
