"""Published networks in the format of ncnn, run on the CPU by the ``ncnn`` package.

Images are padded as the networks' own programs do (waifu2x-ncnn-vulkan, realcugan-ncnn-vulkan,
Real-ESRGAN-ncnn-vulkan; BasicSR, for SPAN, does not), but never cut into tiles. Input and output of the networks
are RGB in [0, 1].
"""

from pathlib import Path

from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import ncnn_trial
from sr_fingerprints.networks.loading.ncnn_files import read_net
from sr_fingerprints.networks.loading.ncnn_resolver import NcnnSuperResolver
from sr_fingerprints.runtime.child_process import ChildDiedError, call_in_child
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow


def load(row: NetworkRow, param: str | Path, bin: str | Path, budget: ComputeBudget) -> NcnnSuperResolver:
    """Load the network of one row of the table of networks from its files ``param`` and ``bin``.

    With the option ``trial`` it is first tried in a process of its own, which finds the padding that the row does not
    give: ncnn checks neither shapes nor channels, and dies of a file that it was not written for. Raises `InputError`
    naming the files for those that ncnn cannot read, that do not belong together, or that fail the trial.
    """
    run = dict(row.run)
    if "trial" in run:
        place = {"param": str(param), "bin": str(bin)}
        try:
            run = call_in_child(ncnn_trial.find_run, **place, scale=row.scale, run=run, threads=budget.threads)
        except ChildDiedError as error:
            raise InputError(
                f"{param}, {bin}: the process that tried the network {error}; "
                "damaged, or not the two files of one network that enlarges images"
            ) from error
    net = read_net(param, bin, budget.threads)
    network = NcnnSuperResolver(net, row.network, row.scale, run, budget.rounding or "nearest")
    if "trial" in run:
        network.details |= {key: run[key] for key in ("padding", "multiple_of")}
    return network
