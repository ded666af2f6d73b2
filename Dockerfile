# The hub in one image: docker build --tag rollbook .

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY LICENSE README.md pyproject.toml ./
COPY requirements/base.lock requirements/
COPY scripts/install.sh scripts/
COPY simulators simulators
COPY src src
# Compiled here: the file system is read-only later.
RUN sh scripts/install.sh /opt/venv requirements/base.lock && /opt/venv/bin/python -m compileall -q src simulators

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 rollbook \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent rollbook \
    && install --directory --owner 10001 --group 10001 --mode 700 /var/lib/rollbook
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    ROLLBOOK_HOME=/var/lib/rollbook \
    LOG_FORMAT=json \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/rollbook
VOLUME /var/lib/rollbook
EXPOSE 8000 2022
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=5)"]
ENTRYPOINT ["rollbook"]
CMD ["serve", "--host", "0.0.0.0"]
