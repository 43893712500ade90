"""Feature flags as flagd keeps them (OpenFeature's JSON): variants, the one that is served, and their words."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.base import Json
from tools.analyzers.applied import applied
from tools.analyzers.objects import dig

_OFF = ("off", "false", "disabled", "none", "control", "default", "0", "0%")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True)
class Flag:
    """One flag of a file."""

    key: str
    """The key of the ConfigMap that holds the file."""
    name: str
    variants: tuple[str, ...]
    served: str
    """The default variant."""
    enabled: bool
    description: str

    @property
    def is_off(self) -> bool:
        """Whether it is served as if it were not there."""
        return not self.enabled or self.served.lower() in _OFF

    @property
    def off(self) -> str | None:
        """The variant that switches it off, or `None` when none has such a name."""
        return next((variant for word in _OFF for variant in self.variants if variant.lower() == word), None)

    @property
    def words(self) -> frozenset[str]:
        """What its name and its description speak of: `paymentFailure` of `payment` and `failure`."""
        return words_of(self.name) | words_of(self.description)


def words_of(text: str) -> frozenset[str]:
    """The words of a name or a sentence, in small letters."""
    return frozenset(word.lower() for word in _WORD.findall(text))


def flags_of(config: Json) -> tuple[Flag, ...]:
    """The flags in a ConfigMap; empty for one that holds something else."""
    return tuple(
        flag for key, text in (dig(config, "data") or {}).items() for flag in _parsed(str(key), str(text))
    )


def declared_variants(config: Json) -> dict[str, str]:
    """The default variant of each flag as it was last applied; empty where there is no record."""
    data = applied(config, "data") or {}
    return {flag.name: flag.served for key, text in data.items() for flag in _parsed(str(key), str(text))}


def _parsed(key: str, text: str) -> Iterator[Flag]:
    if '"flags"' not in text:
        return
    try:
        found = json.loads(text)
    except ValueError:
        return
    flags = dig(found, "flags")
    for name, flag in flags.items() if isinstance(flags, dict) else ():
        variants = dig(flag, "variants")
        if isinstance(variants, dict) and isinstance(served := flag.get("defaultVariant"), str):
            enabled = flag.get("state", "ENABLED") == "ENABLED" and served in variants
            yield Flag(
                key, str(name), tuple(map(str, variants)), served, enabled, str(flag.get("description") or "")
            )
