"""drain3, the log miner that AOI is measured against: as it is shipped, and with masks as its authors advise."""

from collections.abc import Hashable

from drain3 import TemplateMiner
from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig

_MASKS = (
    (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "ID"),
    (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "IP"),
    (r"\b(?=[a-f]*\d)[0-9a-f]{7,}\b", "HEX"),
    (r"((?<=[^A-Za-z0-9])|^)([\-\+]?\d+)((?=[^A-Za-z0-9])|$)", "NUM"),
)


def drain(lines: list[str]) -> list[Hashable]:
    """The cluster of each line with the default settings."""
    return _clusters(lines, TemplateMinerConfig())


def masked_drain(lines: list[str]) -> list[Hashable]:
    """The same with ids, addresses and numbers masked."""
    config = TemplateMinerConfig()
    config.masking_instructions = [MaskingInstruction(pattern, name) for pattern, name in _MASKS]
    return _clusters(lines, config)


def _clusters(lines: list[str], config: TemplateMinerConfig) -> list[Hashable]:
    miner = TemplateMiner(config=config)
    return [miner.add_log_message(line)["cluster_id"] for line in lines]
