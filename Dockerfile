# The workflow with the packages of uv.lock. docs/conda.md says how to use it; apptainer.def makes the same.
FROM python:3.11-slim-bookworm

RUN pip install --no-cache-dir uv==0.13.9
ENV UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1

WORKDIR /opt/sr-fingerprints
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --no-install-project

COPY Snakefile config.yaml ./
COPY config config
COPY envs envs
COPY profiles profiles
COPY report report
COPY resources resources
COPY rules rules
COPY schemas schemas
COPY scripts scripts
RUN uv sync --locked --no-dev

# What a run writes goes into /study, which is to be a folder of the host; home and name are for users of any id.
ENV PATH=/opt/sr-fingerprints/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HOME=/home/study USER=study
RUN useradd --uid 1000 --home-dir /home/study study \
    && install --directory --owner study --mode 1777 /study /home/study
USER study
WORKDIR /study
ENTRYPOINT ["snakemake", "--snakefile", "/opt/sr-fingerprints/Snakefile"]
CMD ["--cores", "all"]
