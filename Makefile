# Vanguard. `make run` starts the platform on this machine, `make test` proves it; neither needs more than Python 3.12 and this file.
.DEFAULT_GOAL := help
.PHONY: help setup run test test-all test-pages lint format types contracts migrations check lock clean frontend security faults soak bench bench-watching bench-controls bench-admin bench-growth
.PHONY: certificate portal compose-secrets lint-delivery sbom test-image preview preview-down previews previews-clean test-previews
.PHONY: delivery scan scan-dependencies delivery-setup
PORT ?= 8000
export PORT
# The sources are compiled once, not by each process that starts (tests start a hundred); `make clean` takes the results away.
unexport PYTHONDONTWRITEBYTECODE
PYTHON := .venv/bin/python

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: ## .venv as the lock says (nothing to do when it is)
	@tools/setup.sh

run: setup ## the whole platform on SQLite with the demo book, at 127.0.0.1:$PORT
	@tools/run.sh

test: setup ## the tests, on SQLite, and on PostgreSQL and Redis where they are, but for the slow ones (ARGS=… goes to pytest)
	@$(PYTHON) -m tools.test $(ARGS)

test-all: setup ## all of them on both, and the slow ones: the whole book, every page of every role, real processes that come and go
	@TEST_ALL=1 $(PYTHON) -m tools.test $(ARGS)

test-pages: setup ## every page of the workbench by axe, light and dark, and at four widths (some minutes; needs Chromium)
	@TEST_EVERY_PAGE=1 $(PYTHON) -m pytest -q tests/workbench/test_in_the_browser.py -k accessible

lint: setup ## ruff: rules and format
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

format: setup ## ruff puts it right
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

types: setup ## mypy --strict with django-stubs
	@$(PYTHON) -m mypy

contracts: setup ## who may import whom
	@.venv/bin/lint-imports

migrations: setup ## none is missing, and all of them go back to nothing and forth again
	@$(PYTHON) -m tools.migrations

frontend: setup ## TypeScript libraries and the portal: lint, unit tests, build by Nx; the second time only what changed (ARGS="affected -t build")
	@$(PYTHON) -m tools.frontend $(ARGS)

check: lint types contracts migrations ## all of the above but the tests

lock: setup ## pins the newest versions that pyproject.toml allows, with their hashes
	@tools/lock.sh

security: setup ## the long form of each security test with its figure, and each control switched off (docs/security.md; ROWS="S9 S10")
	@$(PYTHON) -m tests.security.long $(ROWS)

faults: setup ## each fault made for real, with its figure: killed, hung, full, failed over (docs/faults.md; ROWS="R6 R7")
	@$(PYTHON) -m tests.faults $(ROWS)

soak: setup ## mixed work while workers are replaced: memory, connections, descriptors, p99, no lost write (docs/faults.md; MINUTES=30)
	@SOAK_MINUTES=$(or $(MINUTES),30) $(PYTHON) -m tests.faults SOAK

bench: setup ## the API beside FastAPI peers that do the same work, on PostgreSQL (docs/performance.md)
	@$(PYTHON) -m bench run
	@$(PYTHON) -m bench render

bench-growth: setup ## what a request costs as the book grows to a million claims
	@$(PYTHON) -m bench growth
	@$(PYTHON) -m bench render

bench-watching: setup ## what request lines, figures and traces cost a request, each left out or added
	@$(PYTHON) -m bench watching

bench-controls: setup ## what each control of security costs a request, for staff and a policyholder: left out one by one
	@$(PYTHON) -m bench controls

bench-admin: setup ## what the worklist costs at a hundred thousand and a million claims
	@$(PYTHON) -m bench admin
	@$(PYTHON) -m bench render

preview: setup ## an environment of its own on this machine, seeded, behind TLS: make preview NAME=claims-42 (docs/deploying.md)
	@$(PYTHON) -m tools.previews up "$(NAME)"

preview-down: setup ## removes it: processes, databases, files, ports
	@$(PYTHON) -m tools.previews down "$(NAME)"

previews: setup ## which there are
	@$(PYTHON) -m tools.previews list

previews-clean: setup ## removes all of them, and what they are copied from
	@$(PYTHON) -m tools.previews clean

test-previews: setup ## previews made, kept apart, killed and removed for real (some minutes; PostgreSQL, redis-server, nginx)
	@REQUIRE_ALL=1 $(PYTHON) -m pytest -q -x -s tests/delivery/long/previews.py tests/delivery/long/five_previews.py

certificate: ## var/tls: self-signed, for docker-compose.yml
	@deploy/nginx/certificate.sh var/tls localhost api.vanguardai.com 127.0.0.1 app.localhost app.vanguardai.com

portal: setup ## dist/apps/portal: the policyholders' application, for the nginx of both compose files
	@PORTAL_API_URL= $(PYTHON) -m tools.frontend run portal:build

compose-secrets: ## var/compose: random ones, for deploy/compose/production.yml
	@deploy/compose/secrets.sh var/compose

lint-delivery: setup ## Dockerfile, nginx, compose files and railway.json by tools that know them
	@tools/lint_delivery.sh

sbom: setup ## dist/sbom.json: what is in the image, as the lock says (CycloneDX)
	@tools/sbom.sh dist/sbom.json

test-image: setup ## the image built and run, a claim approved in it, and both compose files up (docs/deploying.md; Docker, or root on Debian)
	@REQUIRE_ALL=1 tools/engine/run.sh $(PYTHON) -m pytest -q -s tests/delivery/long/image.py tests/delivery/long/compose.py

delivery-setup: setup ## .venv-delivery, with what the three below use
	@tools/delivery.sh

delivery: delivery-setup ## Terraform, task definition and workflows, tried against AWS's interfaces on this machine (ten minutes; docs/aws.md)
	@$(PYTHON) -m pytest -q $(ARGS) tests/delivery/cloud/check_*.py

scan: delivery-setup ## code, secrets, Terraform and workflows, for known mistakes; nothing high, each exception explained (docs/aws.md)
	@$(PYTHON) -m tools.scan

scan-dependencies: delivery-setup ## dependencies against published advisories: only where those can be reached
	@.venv-delivery/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/run.txt
	@npm audit --omit=dev --audit-level=high

clean: ## leaves the sources (and the data in var/)
	@rm -rf .venv .venv-delivery .nx node_modules dist bench/.venv bench/.data .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
