"""Which stages a training has, by its profile and its data."""

from learn.grpo.data import Data, check_enough, check_varied, usable
from learn.grpo.profile import Profile

STAGES = ("base", "sft", "offline", "grpo", "kto")
_LEAST_STEPS = 8


def stages_of(profile: Profile, data: Data, base: str | None) -> tuple[str, ...]:
    """The stages that the data allows, in their order.

    Raises:
        BadInput: a stage has too little to learn from, or there is none.
    """
    scratch = base is None and profile.base == "scratch"
    groups, referenced = usable(data.groups), [row for row in data.prompts if row.get("reference")]
    thumbs = len(data.thumbs) >= profile.kto.least and profile.kto.steps > 0
    own = profile.grpo
    least = max(profile.least_prompts, own.batch * own.accumulate * profile.processes // own.group)
    online, replayed = own.steps > 0 and bool(referenced), own.steps > 0 and bool(groups) and not referenced
    if scratch:
        check_enough(data.steps, _LEAST_STEPS, "steps to teach a base from scratch")
    if online:
        check_enough(referenced, least, "prompts with a reference")
    elif replayed:
        check_enough(groups, least, "groups of completions")
        check_varied([[float(one["reward"]) for one in row["completions"]] for row in groups])
    elif not thumbs:
        check_enough(data.thumbs, profile.kto.least, "thumbs, and no prompts or groups")
    wanted = {
        "base": scratch,
        "sft": not scratch and len(data.steps) >= _LEAST_STEPS and profile.sft.steps > 0,
        "offline": replayed,
        "grpo": online,
        "kto": thumbs,
    }
    return tuple(stage for stage in STAGES if wanted[stage])
