"""One row of the table of networks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sr_fingerprints.files.table_rows import records

if TYPE_CHECKING:
    import pandas as pd

NOT_APPLICABLE = "NA"


@dataclass(frozen=True)
class NetworkRow:
    """Description of one network, known before it is trained or downloaded.

    The name follows the paper: ``{architecture}-{dataset}-x{scale}-{loss}-s{seed}``. A value that a network does not
    have, or that is unknown, is `NOT_APPLICABLE`.
    """

    network: str  # unique name
    architecture: str
    dataset: str = NOT_APPLICABLE  # what it was trained on
    scale: int = 1  # factor on height and width
    loss: str = NOT_APPLICABLE  # as in `losses`; for published networks L1 stands for every PSNR-oriented loss
    seed: int | str = NOT_APPLICABLE  # of its training
    origin: str = NOT_APPLICABLE  # custom, published, derived, or of a control: twin, real, interpolated
    framework: str = "none"  # one of `networks.loading.FRAMEWORKS`; none for photos
    family: str = ""  # words for networks that differ in a setting alone, such as waifu2x cunet
    variant: str = ""  # words for that setting, such as denoising level 1
    licence: str = ""  # of the weights
    source: str = ""  # where its authors published it
    training_data: str = ""  # free text
    notes: str = ""  # free text: loss, variant, doubts and cost
    run: Mapping[str, Any] = field(
        default_factory=dict
    )  # options for its framework, see schemas/networks.schema.json
    files: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # weights files by suffix, each with digest and sources
    weights_of: str = ""  # of a twin: the network that it shares weights with
    path: str = ""  # of a twin: description of the settings that it is applied with
    kernel: str = ""  # of interpolated photos: what they were enlarged by
    generate: Mapping[str, Any] = field(
        default_factory=dict
    )  # of a twin: settings that override those of ``generate``
    parent: str = ""  # of a derived network: the network that it was derived from
    by: str = ""  # of a derived network: one of `derived.KINDS`
    amount: float | str = ""  # of a derived network: how far, see `derived.KINDS`
    how: str = ""  # of a derived network: data set, mode, number format or other network; of processed photos: how

    @property
    def published_architecture(self) -> str:
        """Name under which `architectures` builds a published network."""
        return str(self.run.get("architecture", self.architecture))

    def as_dict(self) -> dict[str, Any]:
        """The fields that are not empty."""
        return {key: value for key, value in vars(self).items() if value not in ("", {})}

    def for_images(self) -> "NetworkRow":
        """The part of the row that determines images: no descriptions, and only the digests of files."""
        files = {suffix: {"sha256": file.get("sha256", "")} for suffix, file in self.files.items()}
        return NetworkRow(
            self.network,
            self.architecture,
            scale=self.scale,
            framework=self.framework,
            run=self.run,
            files=files,
        )


def suffix_of_weights(files: Mapping[str, Any]) -> str:
    """The suffix of the file that holds a network's weights; ncnn has one of the layers beside it."""
    return "bin" if "bin" in files else next(iter(files))


def network_rows(networks: "pd.DataFrame") -> list[NetworkRow]:
    """Rows of a table built by `network_table.network_table`."""
    return [NetworkRow(**row) for row in records(networks)]
