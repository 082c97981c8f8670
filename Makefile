# The two commands of the README for machines that have python3 and make but no uv: uv is installed into a private
# environment of the project, .uv/, unless there is one already.

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)

demo: .venv/compiled
	$(UV) run snakemake --cores all

test: .venv/compiled
	$(UV) run pytest

lint: .venv/compiled
	$(UV) run ruff check .
	$(UV) run ruff format --check .
	$(UV) run mypy
	$(UV) run snakefmt --check Snakefile workflow rules
	$(UV) run snakemake --lint
	$(MAKE) docs

# The documentation as a site, into site/; broken links and anchors are errors.
docs: .venv/compiled
	NO_MKDOCS_2_WARNING=1 $(UV) run mkdocs build --strict --quiet

# A whole study, faults, SLURM, conda, browsers: twenty minutes on two cores. Tests that the machine cannot run are skipped, with the reason.
long-test: .venv/compiled
	$(UV) run pytest -n2 -rs tests/long

# Where Python may not write what it compiles (PYTHONDONTWRITEBYTECODE, a read-only disk), every job would compile again.
.venv/compiled: pyproject.toml uv.lock | $(filter .uv/bin/uv,$(UV))
	$(UV) sync --inexact --compile-bytecode
	touch $@

.uv/bin/uv:
	python3 -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv

# The picture of README.md: what the published bundle says of the images beside it.
readme-picture: .venv/compiled
	$(UV) run python -m sr_fingerprints.attribution.answers_figure resources/bundles/upscalers docs/attribute.png

.PHONY: demo test lint docs readme-picture long-test
