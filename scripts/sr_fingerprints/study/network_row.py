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
    """What a study knows of one network before it is trained or fetched.

    The name follows the paper: ``{architecture}-{dataset}-x{scale}-{loss}-s{seed}``. A value that a network does not
    have, or that nobody knows, is `NOT_APPLICABLE`.
    """

    network: str  # the name, of this network alone
    architecture: str
    dataset: str = NOT_APPLICABLE  # what it was trained on
    scale: int = 1  # factor on height and width
    loss: str = NOT_APPLICABLE  # as in `losses`; for published networks L1 stands for every PSNR-oriented loss
    seed: int | str = NOT_APPLICABLE  # of its training
    origin: str = NOT_APPLICABLE  # custom, published, or of a control: twin, real, interpolated
    framework: str = "none"  # what runs it: one of `networks.loading.FRAMEWORKS`; none for photos
    licence: str = ""  # of the weights
    source: str = ""  # where its authors published it
    training_data: str = ""  # in words
    notes: str = ""  # loss, variant, doubts and cost, in words
    run: Mapping[str, Any] = field(default_factory=dict)  # what its framework is told: schemas/networks.schema.json
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # weights by suffix: digest and sources
    weights_of: str = ""  # of a twin: the network whose weights it has
    path: str = ""  # of a twin, in words: the settings that it is applied with
    generate: Mapping[str, Any] = field(default_factory=dict)  # the same: those of ``generate`` that differ

    @property
    def published_architecture(self) -> str:
        """The name of the architecture under which `architectures` builds a published network."""
        return str(self.run.get("architecture", self.architecture))

    def as_dict(self) -> dict[str, Any]:
        """Its fields, without those that are empty."""
        return {key: value for key, value in vars(self).items() if value not in ("", {})}

    def for_images(self) -> "NetworkRow":
        """The part of the row that images follow from: no description, and of the files only what is in them."""
        files = {suffix: {"sha256": file.get("sha256", "")} for suffix, file in self.files.items()}
        return NetworkRow(
            self.network,
            self.architecture,
            scale=self.scale,
            framework=self.framework,
            run=self.run,
            files=files,
        )


def network_rows(networks: "pd.DataFrame") -> list[NetworkRow]:
    """The rows of a table that `network_table.network_table` made."""
    return [NetworkRow(**row) for row in records(networks)]
