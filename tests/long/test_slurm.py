"""The smoke study through a real SLURM cluster of one node, which loses jobs, and the main process, on the way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from smoke_study import ROOT, SMOKE

CLUSTER = Path(__file__).parent / "slurm/cluster.sh"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
MISSING = [program for program in PROGRAMS if not shutil.which(program)]
PATIENCE = 600  # seconds, for a job to be seen in a state
WHOLE_RUN = 900  # seconds

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to start SLURM's daemons"),
    pytest.mark.skipif(bool(MISSING), reason=f"lacks {', '.join(MISSING)}: Debian's packages slurm-wlm and munge"),
]

GPU_RULES = {
    "train_network",
    "train_network_with_checkpoints",
    "derive_networks",
    "generate_sr",
    "generate_twin",
    "generate_derived",
    "train_classifier",
    "apply_classifier",
    "apply_classifier_to_validation",
    "apply_to_unknown",
    "observe_images",
    "classify_degraded",
    "measure_evidence",
    "remove_grid",
    "apply_pipelines",
    "train_on_pipelines",
    "train_on_photo_sources",
    "measure_attacks",
    "measure_quality",
}
TOO_LITTLE = "150 * 2 ** (attempt - 1)"
"""Megabytes: torch alone takes more than the first attempt has."""

TABLES = ("quality", "prnu", "published_networks", "derived_networks", "unknown_networks", "evidence_growth")
TABLES += ("fingerprint_parts", "grid_energy", "pipelines", "attribution")
TARGETS = [f"results/smoke/tables/{name}.csv" for name in TABLES]
TARGETS += ["results/smoke/degradations/classifiers.csv", "results/smoke/attacks/measurements.csv"]
TARGETS += ["results/smoke/photo_sources/photos.csv"]
"""What all rules that use a GPU are for, and no more of the tables and figures, each of which is a SLURM job."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The environment of a user of a cluster that runs while the tests of this module do."""
    folder = tmp_path_factory.mktemp("cluster")
    try:
        subprocess.run([CLUSTER, "start", folder], check=True, timeout=600)
        path = os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
        yield {**os.environ, "SLURM_CONF": str(folder / "slurm.conf"), "PATH": path}
    finally:
        subprocess.run([CLUSTER, "stop", folder], check=True, timeout=600)


def command(*arguments):
    """The profile as it is, but for what two cores and no accounting make necessary, and less waiting."""
    start = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--configfile", SMOKE]
    start += ["--profile", ROOT / "profiles/slurm", "--slurm-status-command", "squeue"]
    start += ["--cores", min(2, os.cpu_count())]  # a job that asks for more than the node has waits for ever
    start += ["--slurm-no-account", "--slurm-init-seconds-before-status-checks", "1"]
    start += ["--seconds-between-status-checks", "1", "--latency-wait", "15"]
    start += ["--set-threads", "generate_sr=1", "--set-resources", f"downscale_photos:mem_mb={TOO_LITTLE}"]
    return [*map(str, start), *arguments, "--", *TARGETS]


def jobs(environment):
    """All jobs that the cluster has seen: id, state, rule, memory in MB and number of GPUs."""
    columns = "JobID:|,State:|,MinMemory:|,tres-per-job:|,Comment:"
    asked = ["squeue", "--noheader", "--states=all", "--Format", columns]
    answer = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout
    rows = [line.strip().split("|") for line in answer.splitlines()]
    table = pd.DataFrame(rows, columns=["id", "state", "memory", "gpus", "comment"])
    table["rule"] = table.comment.str.extract(
        r"rule_(?:(?:residuals|predictions)_)?(\w+?)(?:_wildcards|$)", expand=False
    )
    table["wildcards"] = table.comment.str.extract("_wildcards_(.*)$", expand=False).fillna("")
    table["memory"] = table.memory.str.removesuffix("M").astype(int)
    table["gpus"] = table.gpus.str.extract(r"gpu:(\d+)", expand=False).fillna("0").astype(int)
    return table.astype({"id": int}).sort_values("id").set_index("id")


def wait_for(found, environment):
    """The first answer of `found`, asked of the table of jobs again and again, that is not empty."""
    deadline = time.monotonic() + PATIENCE
    while len(answer := found(jobs(environment))) == 0:
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {jobs(environment).to_string()}"
        time.sleep(0.3)
    return answer


def running(rule):
    return lambda table: table[(table.rule == rule) & (table.state == "RUNNING")]


def tries_of(job, table):
    return table[(table.rule == job.rule) & (table.wildcards == job.wildcards)]


def finished_files(folder):
    """Every whole file of the results, and when it was written."""
    files = [path for path in (folder / "results").rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path: path.stat().st_mtime_ns for path in files if path.suffix in (".h5", ".safetensors", ".csv")}


def run(folder, environment, *arguments):
    """Snakemake's whole run. What it waits for too long is told: SLURM says why a job is pending."""
    called = {"cwd": folder, "env": environment, "capture_output": True, "text": True}
    try:
        return subprocess.run(command(*arguments), **called, check=False, timeout=WHOLE_RUN)
    except subprocess.TimeoutExpired:
        queue = subprocess.run(["squeue"], env=environment, capture_output=True, text=True, check=False).stdout
        pytest.fail(f"not within {WHOLE_RUN} s; in the queue: {queue}")


@pytest.fixture(scope="module")
def survived(environment, tmp_path_factory):
    """A study that lost a job to scancel and its main process to kill -9, and was started again."""
    folder = tmp_path_factory.mktemp("study")
    log = folder / "screen.log"
    with log.open("w") as screen:
        main = subprocess.Popen(command(), cwd=folder, env=environment, stdout=screen, stderr=screen)
    try:
        cancelled = wait_for(running("train_network"), environment).iloc[0]
        subprocess.run(["scancel", str(cancelled.name)], env=environment, check=True)
        wait_for(lambda table: tries_of(cancelled, table)[1:], environment)
        wait_for(running("generate_sr"), environment)
        main.send_signal(signal.SIGKILL)
    finally:
        main.kill()
        main.wait()
    before = finished_files(folder)
    orphans = jobs(environment).query("state in ('RUNNING', 'PENDING')")
    run_id = log.read_text().partition("SLURM run ID: ")[2].split()[0]
    subprocess.run(["scancel", "--name", run_id], env=environment, check=True)
    wait_for(
        lambda table: table[:1] if not table.state.isin(["RUNNING", "PENDING", "COMPLETING"]).any() else [],
        environment,
    )
    refused = run(folder, environment)
    assert run(folder, environment, "--unlock").returncode == 0
    again = run(folder, environment)
    table = jobs(environment)
    print(table[["state", "rule", "wildcards", "memory", "gpus"]].to_string())
    return {
        "folder": folder,
        "screen": log.read_text(),
        "before": before,
        "orphans": orphans,
        "cancelled": cancelled,
        "refused": refused,
        "again": again,
        "jobs": table,
    }


def test_it_runs_to_the_end_after_all(survived):
    again = survived["again"]
    assert again.returncode == 0, again.stderr[-4000:]
    assert all((survived["folder"] / target).exists() for target in TARGETS)


def test_results_are_those_of_an_undisturbed_run_on_this_machine(survived, undisturbed):
    ours = finished_files(survived["folder"])
    assert len(ours) > 60
    for path in ours:
        theirs = undisturbed / path.relative_to(survived["folder"])
        assert theirs.read_bytes() == path.read_bytes(), path


def test_what_was_finished_before_the_kill_is_not_made_again(survived):
    assert len(survived["before"]) > 4  # what published networks need: they may be the first to generate
    for path, written in survived["before"].items():
        assert path.stat().st_mtime_ns == written, path


def test_gpu_rules_and_no_others_ask_for_one_gpu(survived):
    table = survived["jobs"]
    on_cpu = ~table.rule.isin(GPU_RULES) | table.wildcards.str.startswith(("Waifu2x", "Real_ESRGAN"))
    assert (table.gpus[on_cpu] == 0).all()
    assert (table.gpus[~on_cpu] == 1).all()
    assert set(table.rule[~on_cpu]) == GPU_RULES


def test_downloads_stay_where_snakemake_runs(survived):
    assert "download_weights" not in set(survived["jobs"].rule)
    assert len(list((survived["folder"] / "results/smoke/weights").iterdir())) == 4


def test_a_job_killed_for_memory_is_tried_again_with_twice_as_much(survived):
    attempts = survived["jobs"].query("rule == 'downscale_photos'").groupby("wildcards")
    for _, tries in attempts:
        assert tries.memory.tolist()[:2] == [150, 300]
        assert tries.state.iloc[0] in ("FAILED", "OUT_OF_MEMORY", "CANCELLED") and tries.state.iloc[-1] == "COMPLETED"


def test_a_cancelled_job_is_tried_again_with_twice_as_much(survived):
    tries = tries_of(survived["cancelled"], survived["jobs"])
    assert tries.state.iloc[0] == "CANCELLED"
    assert tries.memory.iloc[1] == 2 * tries.memory.iloc[0]


def test_orphans_of_a_killed_main_process_and_its_lock_are_told_of(survived):
    assert len(survived["orphans"]) > 0
    assert survived["refused"].returncode != 0
    assert "unlock" in survived["refused"].stderr


def test_short_jobs_share_a_slurm_job(survived):
    table = survived["jobs"]
    assert 0 < (table.rule == "extract_residuals").sum() < 6  # of 10
