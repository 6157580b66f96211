# The `eros` command as an image, for the Cloud Run job that builds weeks (docs/decisions/0034-where-weeks-run.md):
#   docker build -t REGION-docker.pkg.dev/PROJECT/REPOSITORY/eros:VERSION . && docker push ...
# A tag, not a digest: nobody has looked one up in the registry. Whoever needs builds that repeat byte by byte names the
# base as python:3.13-slim-bookworm@sha256:... Everything above it is pinned by hash.
FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /eros

COPY requirements/program.txt requirements/
RUN python -m pip install --require-hashes -r requirements/program.txt

COPY pyproject.toml outputs.py Pulumi.yaml ./
COPY packages/plain-command packages/plain-command
COPY packages/transfer-schedule packages/transfer-schedule
COPY settings settings
COPY catalog catalog
COPY components components
COPY scheduling scheduling
COPY policies policies
COPY local local
COPY operations operations
COPY sql sql
COPY config config
RUN python -m pip install --no-deps --no-build-isolation ./packages/plain-command ./packages/transfer-schedule --editable .
RUN eros --help

# Nobody in particular: the image is read, never written.
USER 10001:10001
ENTRYPOINT ["eros"]
