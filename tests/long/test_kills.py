"""kill -9, at random moments, to Snakemake and to its jobs: the study ends as if nothing had happened."""

import contextlib
import os
import random
import signal
import subprocess
import time

import psutil
from finished_study import RESULTS, differences, files_of
from smoke_study import command, snakemake

RUNS = 10
"""In each, or in more, a job is killed and then Snakemake: by turns with all its jobs, and alone."""

TABLES = ("quality", "seed_triplets", "published_networks", "prnu", "parsers", "unknown_networks", "derived_networks")
TABLES += ("backbones", "robustness", "pipelines", "photo_sources")
TARGETS = [str(RESULTS / f"tables/{name}.csv") for name in TABLES]
"""Half of the study: kills do not come further."""

SEED = 20_261_124


def jobs_of(process):
    """The processes that run the scripts of rules: the script of each."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
        return {child: script for child in children if (script := script_of(child)) is not None}
    return {}


def script_of(process):
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return next((word for word in process.cmdline() if "/.snakemake/scripts/" in word), None)
    return None


def finished_jobs(screen):
    return screen.read_text().count("\nFinished job")


def run_until_killed(folder, number, chance):
    """Start a run, kill one of its jobs and then Snakemake, and say what was done; None when it was too late."""
    done = []
    screen = folder / f"run{number}.txt"
    with screen.open("w") as stream:
        started = subprocess.Popen(
            command(*TARGETS), cwd=folder, stdout=stream, stderr=stream, start_new_session=True
        )
    for kind in ("job", "all" if number % 2 else "Snakemake alone"):
        enough = finished_jobs(screen) + chance.randrange(4)  # of 79: the study is to last for all kills
        while finished_jobs(screen) < enough and started.poll() is None:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 1))
        while not (jobs := jobs_of(started)) and started.poll() is None:
            time.sleep(0.01)
        if not jobs:
            return done
        victim = chance.choice(list(jobs))
        done.append(f"{kind}, while {' and '.join(script.split('.')[-2] for script in jobs.values())} ran")
        if kind == "job":
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
        elif kind == "all":
            os.killpg(started.pid, signal.SIGKILL)
        else:
            os.kill(started.pid, signal.SIGKILL)
    started.wait()
    return done


def test_twenty_kills_leave_the_same_bytes_and_no_litter(undisturbed, tmp_path):
    chance = random.Random(SEED)
    kills = []
    for number in range(2 * RUNS):  # a job's death may leave a run with nothing to do: then there is one run more
        kills += run_until_killed(tmp_path, number, chance)
        # At once: jobs of a Snakemake that was killed alone may still be running.
        assert snakemake(tmp_path, "--unlock").returncode == 0, kills
        if len(kills) >= 2 * RUNS:
            break
    print(*kills, sep="\n")
    assert len(kills) >= 2 * RUNS, kills
    finished = snakemake(tmp_path, *TARGETS)
    assert finished.returncode == 0, finished.stderr[-4000:]
    assert len(files_of(tmp_path)) > 70 and set(files_of(tmp_path)) <= set(files_of(undisturbed))
    assert differences(tmp_path, undisturbed, chosen=files_of(tmp_path)) == [], kills
    hidden = {path.name for path in (tmp_path / "results").rglob(".*")}
    assert hidden <= {".snakemake_timestamp"}, "what Snakemake keeps in outputs that are folders"
    assert "Nothing to be done" in snakemake(tmp_path, *TARGETS).stderr


def test_jobs_end_by_themselves_when_snakemake_alone_is_killed(tmp_path):
    started = subprocess.Popen(command(), cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True)
    while not (jobs := jobs_of(started)):
        time.sleep(0.05)
    for job in jobs:  # Stopped, they cannot just be done.
        job.suspend()
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    for job in jobs:
        job.resume()
    _, alive = psutil.wait_procs(jobs, timeout=600)
    assert not alive
