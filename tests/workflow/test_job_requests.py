"""The list of jobs that perf/job_requests measures; a measurement itself takes minutes."""

import runpy
import sys

from environment_files import ROOT


def test_every_rule_has_a_job_and_every_job_a_rule(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "perf/job_requests")
    for name in ("inputs", "runs"):  # they are not of this package
        monkeypatch.delitem(sys.modules, name, raising=False)
    program = runpy.run_path(str(ROOT / "perf/job_requests/__main__.py"), run_name="program")
    jobs = list(program["jobs"](part=0.1))
    by_a_script_of_its_own = {path.stem for path in (ROOT / "scripts").glob("*.py")}
    assert {job.rule for job in jobs} == by_a_script_of_its_own - {
        "download_weights",
        "fetch_photographs",
        "publish_results",
        "archive_results",
    }, "of this machine"
    assert len({(job.rule, job.what) for job in jobs}) == len(jobs)
