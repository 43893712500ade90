"""The action on feature flags: another default variant of one flag, and every other character as it was."""

import json
import re
from typing import Any

from domain.actions import Risk, SwitchFlag
from domain.errors import BadInput
from tools.write.change import Draft, Scene
from tools.write.template import copy_of


def switch_flag(action: SwitchFlag, scene: Scene) -> Draft:
    """The flag's default variant in a file of flagd that a ConfigMap holds."""
    wanted = copy_of(action.target, scene.target)
    if wanted.get("immutable"):
        raise BadInput(f"{action.target} is immutable; create another one and point the workload at it.")
    text = (wanted.get("data") or {}).get(action.key)
    flag = _flag(action, text)
    variants = dict(flag.get("variants") or {})
    if action.variant not in variants:
        known = ", ".join(sorted(variants)) or "none"
        raise BadInput(f"The flag {action.flag} has no variant {action.variant!r}; it has: {known}.")
    before = str(flag.get("defaultVariant"))
    wanted["data"][action.key] = _switched(str(text), action)
    return Draft(wanted=wanted, risk=Risk.MEDIUM, undo_text=f"Let {action.flag} serve {before!r} again.")


def _flag(action: SwitchFlag, text: object) -> dict[str, Any]:
    try:
        found = json.loads(text)["flags"][action.flag] if isinstance(text, str) else None
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, dict):
        raise BadInput(f"{action.target} has no flag {action.flag!r} under {action.key!r}.")
    return found


def _switched(text: str, action: SwitchFlag) -> str:
    """The text with one value replaced where that can be done in place, else written anew."""
    wanted = json.loads(text)
    wanted["flags"][action.flag]["defaultVariant"] = action.variant
    entry = re.compile(rf"{re.escape(json.dumps(action.flag))}\s*:\s*{{")
    for start in (found.end() for found in entry.finditer(text)):
        value = re.compile(r'("defaultVariant"\s*:\s*)"(?:[^"\\]|\\.)*"')
        changed = text[:start] + value.sub(lambda m: m[1] + json.dumps(action.variant), text[start:], count=1)
        if json.loads(changed) == wanted:
            return changed
    return json.dumps(wanted, indent=2, ensure_ascii=False)
