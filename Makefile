# `make` alone prints the targets. What they do is in tools/.
PORT ?= 8000
BIND ?= 127.0.0.1
PYTHON ?=
PLANS ?=
export PORT BIND PYTHON PLANS

.PHONY: help run test check bench bench-search bench-accepting audit pictures shell lock
.SILENT:

help: ## print this list
	sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

run: ## set up what is missing and serve at http://127.0.0.1:8000 (PORT=8080 BIND=0.0.0.0 PYTHON=python3.12)
	python="$$(tools/python.sh)" && exec "$$python" -B tools/run.py

test: ## install what the tests need and run all checks and tests
	python="$$(tools/python.sh)" && "$$python" -B tools/machine.py
	python="$$(tools/python.sh)" && "$$python" -B tools/environment.py requirements.txt requirements-dev.txt
	tools/check.sh
	.venv/bin/pytest -n auto

audit: ## install the outside judges (Nu, Lighthouse, epubcheck, …) and ask them all, or ONLY="axe links"
	python="$$(tools/python.sh)" && "$$python" -B tools/audit.py
	python="$$(tools/python.sh)" && "$$python" -B tools/environment.py requirements.txt requirements-dev.txt
	.venv/bin/python -m tests.audit $(ONLY)

check: ## the checks alone: format, lint, types, imports, templates, content, documentation
	python="$$(tools/python.sh)" && "$$python" -B tools/environment.py requirements.txt requirements-dev.txt
	tools/check.sh

bench: ## measure everything side by side and write docs/performance.md, or ONLY="serving posts"; PLANS=1000 for a big site
	python="$$(tools/python.sh)" && "$$python" -B tools/bench.py
	python="$$(tools/python.sh)" && "$$python" -B tools/environment.py requirements.txt requirements-dev.txt
	.venv/bin/python -m tests.bench $(ONLY)

bench-search: ## search beside FTS5 and Whoosh: CORPUS=FILE.jsonl.xz SIZE=1000|10000|100000
	python="$$(tools/python.sh)" && "$$python" -B tools/environment.py requirements.txt requirements-dev.txt
	.venv/bin/python -m tests.bench.search "$$CORPUS" "$$SIZE"

bench-accepting: ## from accepting a correction to finding it in another worker: CORPUS=FILE.jsonl.xz SIZE=10000
	python="$$(tools/python.sh)" && "$$python" -B tools/environment.py requirements.txt requirements-dev.txt
	.venv/bin/python -m tests.bench.accepting "$$CORPUS" "$$SIZE"

pictures: ## take the pictures of the guide and the READMEs again, after a page has changed
	python="$$(tools/python.sh)" && "$$python" -B tools/machine.py
	python="$$(tools/python.sh)" && "$$python" -B tools/environment.py requirements.txt requirements-dev.txt
	.venv/bin/python -m tools.pictures

shell: ## a shell with the environment: flask, pytest, …
	python="$$(tools/python.sh)" && "$$python" -B tools/environment.py requirements.txt
	PATH="$(CURDIR)/.venv/bin:$$PATH" FLASK_APP=wsgi "$${SHELL:-/bin/sh}" || true

lock: ## pin requirements*.in again, with hashes (needs uv)
	uv pip compile --quiet --universal --generate-hashes --upgrade requirements.in -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --upgrade requirements-dev.in -o requirements-dev.txt
	uv pip compile --quiet --universal --generate-hashes --upgrade requirements-audit.in -o requirements-audit.txt
	uv pip compile --quiet --universal --generate-hashes --upgrade requirements-bench.in -o requirements-bench.txt
