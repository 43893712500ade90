"""What is wrong with the settings, one sentence each."""

import re
from collections.abc import Iterable, Set
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import SecretStr, ValidationError

if TYPE_CHECKING:
    from app.settings import Settings

_SHOWN = 60
"""Characters of a value that are repeated."""
_SERVICE_LINK = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_(TCP|UDP|SCTP)(_.*)?)?)")
"""Variables that Kubernetes puts into pods for a Service whose name begins with `aoi`."""


def unknown_names(given: Iterable[str], known: Set[str]) -> list[str]:
    """Names that begin like AOI's settings and are none."""
    wrong = sorted(
        name
        for name in given
        if name.startswith("AOI_") and name not in known and not _SERVICE_LINK.fullmatch(name)
    )
    return [_unknown(name, get_close_matches(name, sorted(known), 1)) for name in wrong]


def sentences(error: ValidationError, prefix: str, secrets: Set[str]) -> list[str]:
    """Each finding of pydantic as a sentence: the setting, the value it got, and what it should be."""
    said = []
    for finding in error.errors(include_url=False, include_context=False):
        name = str(finding["loc"][0])
        value = "is not usable" if name in secrets else f"is {str(finding['input'])[:_SHOWN]!r}"
        said.append(f"{prefix}{name.upper()} {value}; {_wanted(finding['msg'])}.")
    return said


def contradictions(settings: "Settings") -> list[str]:
    """Settings that are fine alone and not together."""
    checks = (
        (
            settings.policy == "chat" and not (settings.model_url and settings.model_name),
            "AOI_POLICY is 'chat'; it wants AOI_MODEL_URL and AOI_MODEL_NAME as well.",
        ),
        (
            bool(settings.retrain_weekly) and not (settings.retrain_profile and settings.retrain_channel),
            "AOI_RETRAIN_WEEKLY is set; it wants AOI_RETRAIN_PROFILE and AOI_RETRAIN_CHANNEL as well.",
        ),
        (
            bool(settings.retrain_profile) and not (settings.model_url and settings.model_name),
            "AOI_RETRAIN_PROFILE is set; it wants AOI_MODEL_URL and AOI_MODEL_NAME as well.",
        ),
        (
            settings.in_cluster and bool(settings.kubeconfig or settings.reader_kubeconfig),
            "AOI_IN_CLUSTER is 'true' and a kubeconfig is set too; keep one of them.",
        ),
        (
            settings.local_slack and settings.in_cluster,
            "AOI_SLACK_BASE_URL is a local Slack, where anybody can approve as anybody; it never goes with"
            " AOI_IN_CLUSTER, which means a real cluster.",
        ),
        (
            settings.policy_file is not None and bool(settings.approvers or settings.allow_self_approval),
            "AOI_POLICY_FILE says who may approve; AOI_APPROVERS and AOI_ALLOW_SELF_APPROVAL do not go with it.",
        ),
        (
            settings.verify_settle_seconds >= settings.verify_timeout_seconds,
            f"AOI_VERIFY_SETTLE_SECONDS is '{settings.verify_settle_seconds:g}'; it should be less than"
            f" AOI_VERIFY_TIMEOUT_SECONDS, which is '{settings.verify_timeout_seconds:g}'.",
        ),
        (
            _begins_wrong(settings.slack_bot_token, "xoxb-"),
            "AOI_SLACK_BOT_TOKEN is another kind of token; it should be the bot token, xoxb-….",
        ),
        (
            _begins_wrong(settings.slack_app_token, "xapp-"),
            "AOI_SLACK_APP_TOKEN is another kind of token; it should be the app-level one, xapp-….",
        ),
    )
    return [sentence for wrong, sentence in checks if wrong]


def writer_in_the_bot(settings: "Settings") -> str:
    """What a process may not hold that leaves the writing to another; empty when all is well."""
    held = {
        "AOI_WRITER_KUBECONFIG": settings.writer_kubeconfig,
        "AOI_WRITER_CONTEXT": settings.writer_context,
    }
    named = " and ".join(name for name, value in held.items() if value)
    if not named:
        return ""
    return (
        f"AOI_EXECUTOR is 'separate', and {named} would give the writer to this process, which talks to people and"
        " to the model; set it for `aoi executor` alone."
    )


def missing_for_slack(settings: "Settings") -> list[str]:
    """What `aoi serve` needs and has not got."""
    by_mode = {
        "socket": ("AOI_SLACK_APP_TOKEN", settings.slack_app_token, "an app-level token with connections:write"),
        "http": ("AOI_SLACK_SIGNING_SECRET", settings.slack_signing_secret, "the app's signing secret"),
    }
    needed = (
        ("AOI_SLACK_BOT_TOKEN", settings.slack_bot_token, "the app's bot token"),
        by_mode[settings.slack_mode],
    )
    return [f"{name} is not set; it should be {wanted}." for name, value, wanted in needed if value is None]


def _begins_wrong(token: SecretStr | None, beginning: str) -> bool:
    return token is not None and not token.get_secret_value().startswith(beginning)


def _unknown(name: str, close: list[str]) -> str:
    hint = f"did you mean {close[0]}?" if close else ".env.example lists them all."
    return f"{name} is no setting of AOI; {hint}"


def _wanted(message: str) -> str:
    """Pydantic's message as the end of our sentence."""
    message = message.removeprefix("Value error, ")
    if message.startswith("Input should be"):
        return "it should be" + message.removeprefix("Input should be").split(", ")[0]
    return message[0].lower() + message[1:]
