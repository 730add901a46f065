# The prediction service. Build: docker build -t benchcast .   How to run it: serving/SERVICE.md
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/benchcast
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE DATA_LICENSE.md ./
COPY features features
COPY cpp cpp
COPY training training
COPY serving serving
RUN /opt/benchcast/bin/pip install --constraint constraints.txt '.[postgres]'

FROM python:3.11-slim-bookworm
# libgomp1: LightGBM's OpenMP runtime, which slim images lack
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin benchcast
COPY --from=build /opt/benchcast /opt/benchcast
# every setting of the service is such a variable; what is not set here has its default
ENV PATH=/opt/benchcast/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    BENCHCAST_HOME=/data \
    BENCHCAST_HOST=0.0.0.0 \
    BENCHCAST_LOG_FORMAT=json
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# a first start trains for a minute or two before it listens
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["benchcast"]
CMD ["serve"]
