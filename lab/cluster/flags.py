"""Feature flags as flagd keeps them: a JSON file with variants, a default variant and a state for each."""

import json
from functools import lru_cache


def variant(text: str, flag: str) -> str:
    """The default variant of a flag that is enabled; empty for another, or where the file cannot be read.

    As flagd does, a default variant that the flag does not have is an error, and nothing is switched.
    """
    return _variants(text).get(flag, "")


@lru_cache(maxsize=64)
def _variants(text: str) -> dict[str, str]:
    try:
        flags = json.loads(text).get("flags", {})
    except (ValueError, AttributeError):
        return {}
    return {
        name: str(flag.get("defaultVariant", ""))
        for name, flag in flags.items()
        if flag.get("state") == "ENABLED" and flag.get("defaultVariant") in flag.get("variants", {})
    }
