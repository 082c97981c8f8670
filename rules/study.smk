"""Check the configuration before any job, and read the study's networks, experiments and photos from it. No rules."""

import math
import re

from sr_fingerprints.networks.downloading import local_files
from sr_fingerprints.photos import copies
from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.runtime import orphans
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study import configuration, configuration_files, derived, experiments, network_table
from sr_fingerprints.study import networks as studied
from sr_fingerprints.study.photographs_table import read_photographs
from sr_fingerprints.study.source_photos import source_photos

MEMORY = Path(".snakemake/sr_fingerprints")  # what is only there to save time: digests of the user's files

os.environ[orphans.SNAKEMAKE] = str(os.getpid())
try:
    if not workflow.modifier.skip_configfile:  # otherwise the file is another workflow's
        configuration_files.check_files(workflow.configfiles)
    configuration.check_configuration(config, ROOT / "schemas/config.schema.yaml")
    configuration.check_backbones(config, ROOT / "resources/backbones.tsv")
    OWN = [row["network"] for row in config["networks"]["own"]]
    PUBLISHED_TABLE = ROOT / "resources/networks.yaml"
    STUDIED = studied.custom_networks(config["networks"]) + local_files.with_digests(
        studied.published_networks(
            config["networks"]["published"],
            config["networks"]["own"],
            PUBLISHED_TABLE,
            ROOT / "schemas/networks.schema.json",
        ),
        OWN,
        PUBLISHED_TABLE,
        MEMORY,
        in_job=not workflow.is_main_process,  # on a cluster each job reads the configuration anew
    )
    UNAVAILABLE = studied.left_out(config["networks"]["published"], STUDIED, PUBLISHED_TABLE)
    if workflow.is_main_process:
        if UNAVAILABLE["networks"]:
            print(f"Without {', '.join(UNAVAILABLE['networks'])}: {UNAVAILABLE['reason']}.", file=sys.stderr)
        local_files.check_distinct(STUDIED, OWN, MEMORY)
        local_files.check_downloads(
            STUDIED,
            OWN,
            PUBLISHED_TABLE,
            Path(config["downloads"]),
            Path(config["pathvars"]["results"], "weights.lock.json"),
            MEMORY,
        )
    SCALES = sorted({row.scale for row in STUDIED})
    ROWS = [
        *STUDIED,
        *studied.twin_networks(config["networks"]["twins"], STUDIED, config["generate"]),
        *derived.derived_networks(config["networks"]["derived"], STUDIED),
        studied.REAL,
        *studied.processed_photos(config["networks"]["processed"]),
        *studied.interpolated(SCALES, config["networks"]["interpolations"]),
    ]
    NETWORKS = network_table.network_table(ROWS).set_index("network", drop=False)
    configuration.check_sizes(config, NETWORKS)
    configuration.check_experiments(config, NETWORKS)
    PHOTOGRAPHS = read_photographs(ROOT / "resources/photographs.yaml", ROOT / "schemas/photographs.schema.json")
    configuration.check_fetched(config, PHOTOGRAPHS)
    PHOTOS = source_photos(config["photos"], PHOTOGRAPHS, config["downloads"])
    configuration.check_sources(config, PHOTOS.names, len(PHOTOS))
    found = {
        name: source_photos(source, PHOTOGRAPHS, config["downloads"])
        for name, source in config["datasets"].items()
        if name in studied.training_datasets(config["networks"])
    }
    configuration.check_files(
        config, {"photos": PHOTOS.files} | {f"datasets.{name}": source.files for name, source in found.items()}
    )
    copies.check_no_shared_files(PHOTOS.files, {name: source.files for name, source in found.items()})
    DATASETS = {
        name: each.drawn(config["datasets"][name]["fraction"], config["seed"]) for name, each in found.items()
    }
except InputError as error:
    sys.exit(str(error))


rule_alias = workflow.modifier.modify_rulename  # name of a rule in a workflow that imports this one


onstart:
    try:
        configuration.check_writable(config["pathvars"])
        tell_downloads()
        if not workflow.deployment_settings.deployment_method:  # otherwise jobs have another environment
            configuration.check_denoisers(
                EXTRACTIONS[job.wildcards.residuals]["denoiser"]
                for job in workflow.dag.needrun_jobs()
                if job.rule.name == rule_alias("extract_residuals")
            )
    except InputError as error:
        sys.exit(str(error))
    if workflow.local_exec:  # every finished job would keep waking it up once a second, which delays later jobs
        workflow.scheduler.job_rate_limiter = None


RESULTS = config["pathvars"]["results"]  # for params, where Snakemake does not expand <results>
EXPERIMENTS = experiments.experiment_table(config["experiments"])
EXTRACTIONS = prnu.extractions(
    [{**config["prnu"], **row.prnu} for row in EXPERIMENTS.values() if row.is_prnu], prnu.period_of(SCALES)
)


def any_of(names):
    """Regular expression that matches exactly these names, or nothing if there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    network=any_of(NETWORKS.network[NETWORKS.network != studied.REAL.network]),
    residuals=any_of(EXTRACTIONS),
    suffix="pth|pt|ckpt|safetensors|tensorflow|param|bin",
    dataset=any_of(DATASETS),
    experiment=any_of(name for name, row in EXPERIMENTS.items() if not row.is_prnu),
    prnu=any_of(name for name, row in EXPERIMENTS.items() if row.is_prnu),
    origin="custom|published",
    scale=r"\d+",
    seed=r"\d+",
