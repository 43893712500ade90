"""What Slack delivers, as typed values: the part that is stored, and nothing else of the payload."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bot.names import COMMAND, Form, Press, split_thumb
from domain.base import Value
from domain.feedback import Thumb

MOST_TEXT = 8_000
"""Characters of a message that are stored."""

_THUMBS = {"+1": Thumb.UP, "thumbsup": Thumb.UP, "-1": Thumb.DOWN, "thumbsdown": Thumb.DOWN}
_DEEDS = {Press.PROMOTE: "promote", Press.DISCARD: "discard", Press.STOP: "cancel"}
_PEOPLE = {None, "file_share", "thread_broadcast"}
"""Subtypes of messages that people write."""


class _Words(Value):
    channel: str
    thread: str
    """The thread it stands in, or would open."""
    user: str
    text: str
    length: int
    """Characters of the whole message."""


class Mentioned(_Words):
    """Somebody spoke to AOI."""

    kind: Literal["mentioned"] = "mentioned"


class Said(_Words):
    """Somebody wrote in a thread, perhaps one of ours."""

    kind: Literal["said"] = "said"


class Commanded(_Words):
    """Somebody used the slash command; `thread` is empty, as Slack has none inside threads."""

    kind: Literal["commanded"] = "commanded"


class Reacted(Value):
    """A thumb as a reaction."""

    kind: Literal["reacted"] = "reacted"
    channel: str
    ts: str
    user: str
    thumb: Thumb
    added: bool


class Thumbed(Value):
    """A thumb as a button, or a correction as a form."""

    kind: Literal["thumbed"] = "thumbed"
    incident_id: str
    target: str
    channel: str
    user: str
    thumb: Thumb
    cause: str = ""
    helped: str = ""


class UndoAsked(Value):
    """Undo was pressed."""

    kind: Literal["undo"] = "undo"
    proposal_id: str
    channel: str
    thread: str
    user: str


class Deed(StrEnum):
    """What somebody wants done about a retrain."""

    PROMOTE = "promote"
    DISCARD = "discard"
    CANCEL = "cancel"


class Taught(Value):
    """A button of a retrain was pressed."""

    kind: Literal["taught"] = "taught"
    deed: Deed
    retrain_id: str
    channel: str
    thread: str
    user: str


Delivery = Annotated[
    Mentioned | Said | Commanded | Reacted | Thumbed | UndoAsked | Taught, Field(discriminator="kind")
]
DELIVERY: TypeAdapter[Delivery] = TypeAdapter(Delivery)


class Keyed(Value):
    """A delivery with the name that Slack repeats when it delivers again."""

    key: str
    delivery: Delivery


def read(body: dict[str, Any], me: str) -> Keyed | None:
    """The delivery in a payload, or `None` for what is not for the inbox, forged or broken payloads included."""
    try:
        return _read(body, me)
    except (LookupError, TypeError, AttributeError, ValidationError):
        return None


def redacted(delivery: Delivery, redact: Callable[[str], str]) -> Delivery:
    """The delivery with what people typed freed of secrets."""
    typed = {
        name: redact(getattr(delivery, name)) for name in ("text", "cause", "helped") if hasattr(delivery, name)
    }
    return delivery.model_copy(update=typed)


def _read(body: dict[str, Any], me: str) -> Keyed | None:
    if body.get("type") == "event_callback":
        delivery = _event(body["event"], me)
        return Keyed(key=f"event:{body['event_id']}", delivery=delivery) if delivery else None
    if body.get("command") == COMMAND:
        return Keyed(key=f"command:{body['trigger_id']}", delivery=_command(body))
    if body.get("type") == "block_actions":
        pressed = _pressed(body)
        return Keyed(key=f"action:{body['trigger_id']}", delivery=pressed) if pressed else None
    if body.get("type") == "view_submission" and body["view"]["callback_id"] == Form.CORRECT:
        return Keyed(key=f"form:{body['view']['id']}", delivery=_correction(body))
    return None


def _event(event: dict[str, Any], me: str) -> Delivery | None:
    match event["type"]:
        case "app_mention":
            return None if event.get("bot_id") else Mentioned(**_words(event))
        case "message":
            if event.get("bot_id") or event.get("subtype") not in _PEOPLE or not event.get("user"):
                return None
            if event.get("channel_type") == "im":
                return Mentioned(**_words(event))
            spoken_to = f"<@{me}>" in event.get("text", "")  # arrives as app_mention, too
            return Said(**_words(event)) if event.get("thread_ts") and not spoken_to else None
        case "reaction_added" | "reaction_removed":
            thumb = _THUMBS.get(event["reaction"].partition("::")[0])
            item = event["item"]
            if thumb is None or item.get("type") != "message":
                return None
            added = event["type"] == "reaction_added"
            return Reacted(channel=item["channel"], ts=item["ts"], user=event["user"], thumb=thumb, added=added)
        case _:
            return None


def _words(event: dict[str, Any]) -> dict[str, Any]:
    text = event.get("text") or ""
    thread = event.get("thread_ts") or event["ts"]
    head = {"channel": event["channel"], "thread": thread, "user": event["user"]}
    return head | {"text": text[:MOST_TEXT], "length": len(text)}


def _command(body: dict[str, Any]) -> Commanded:
    text = body.get("text") or ""
    return Commanded(
        channel=body["channel_id"], thread="", user=body["user_id"], text=text[:MOST_TEXT], length=len(text)
    )


def _pressed(body: dict[str, Any]) -> Delivery | None:
    action = body["actions"][0]
    user, channel = body["user"]["id"], body["channel"]["id"]
    thread = (body.get("message") or {}).get("thread_ts") or ""
    match action["action_id"]:
        case Press.UP | Press.DOWN:
            target = split_thumb(action["value"])
            thumb = Thumb.UP if action["action_id"] == Press.UP else Thumb.DOWN
            return (
                Thumbed(incident_id=target[0], target=target[1], channel=channel, user=user, thumb=thumb)
                if target
                else None
            )
        case Press.UNDO:
            return UndoAsked(proposal_id=action["value"], channel=channel, thread=thread, user=user)
        case Press.PROMOTE | Press.DISCARD | Press.STOP:
            deed = Deed(_DEEDS[action["action_id"]])
            return Taught(deed=deed, retrain_id=action["value"], channel=channel, thread=thread, user=user)
        case _:
            return None


def _correction(body: dict[str, Any]) -> Thumbed:
    incident_id, target, channel = body["view"]["private_metadata"].split(" ")
    values = body["view"]["state"]["values"]
    return Thumbed(
        incident_id=incident_id,
        target=target,
        channel=channel,
        user=body["user"]["id"],
        thumb=Thumb.DOWN,
        cause=(values["cause"]["cause"]["value"] or "")[:MOST_TEXT],
        helped=(values["helped"]["helped"]["value"] or "")[:MOST_TEXT],
    )
