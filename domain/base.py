"""What every stored or sent value has in common."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

Json = Mapping[str, Any]
"""A JSON object as the Kubernetes API and Slack speak it: plain dicts, lists and scalars."""


class Value(BaseModel):
    """A frozen value that is stored or sent; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def digest_of(content: object) -> str:
    """SHA-256 in hex over the canonical JSON of `content` (sorted keys, no spaces)."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
