# One image for Railway, ECS and compose (docs/decisions/0004-one-image-everywhere.md). Everything that differs comes from variables.

FROM python:3.12-slim AS build
# Compiled files name their source by its contents and not by its time: the same sources give the same files in every build.
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 PYC_INVALIDATION_MODE=UNCHECKED_HASH UV_LINK_MODE=copy \
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
# The environment first: it changes seldom, so most builds take this layer as it is.
COPY requirements/uv.txt requirements/run.txt /requirements/
# uv leaves a lock there that everybody may write to.
RUN pip install --require-hashes -r /requirements/uv.txt \
    && python -m venv --without-pip /opt/venv \
    && uv pip sync --no-cache --python /opt/venv/bin/python --require-hashes /requirements/run.txt \
    && rm -f /opt/venv/.lock
COPY manage.py gunicorn.conf.py ./
COPY config config
COPY vanguard vanguard
COPY customers customers
COPY policies policies
COPY claims claims
COPY data data
# The settings demand secrets; these are made here, used for this one command and kept nowhere.
RUN secret() { python -c 'import secrets; print(secrets.token_urlsafe(48))'; } \
    && ENVIRONMENT=production DATABASE_URL=sqlite:////tmp/none STATIC_ROOT=/app/static \
       JWT_SECRET_KEY="$(secret)" ENCRYPTION_KEY="$(secret)" ENCRYPTION_SALT="$(secret)" \
       /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash config vanguard customers policies claims

FROM python:3.12-slim
# `manage.py backup` and `restore` work with PostgreSQL's own tools. Debian's, unpinned: a version that was corrected is no longer there.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
# Only the folders for documents and figures are the user's: code cannot be changed by what runs it.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin appuser \
    && install -d -o appuser -g appuser /var/lib/vanguard /run/vanguard
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production PORT=8000 STATIC_ROOT=/app/static VAR_DIR=/var/lib/vanguard PROMETHEUS_MULTIPROC_DIR=/run/vanguard
USER appuser
EXPOSE 8000
# Liveness, not /health: an unhealthy container is restarted, and that helps nobody while the database is away.
HEALTHCHECK --interval=30s --timeout=30s --start-period=5s --retries=3 CMD ["python", "-m", "config.healthcheck"]
# gunicorn.conf.py reads $PORT itself, so no shell stands between the container's signals and the server.
CMD ["gunicorn", "config.asgi:application"]
