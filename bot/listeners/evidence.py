"""Show evidence: the findings and the raw output they rest on, for whoever asks."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards.modals import evidence_modal, shown_artifacts
from bot.cards.raw import raw_modal
from bot.listeners.click import click_of, note
from bot.names import Press
from bot.ports import Service
from bot.slack import Slack
from domain.ports import Artifacts


def register(app: AsyncApp, service: Service, artifacts: Artifacts, slack: Slack) -> None:
    """Bind the buttons of the status card, and those in the modal that one of them opens."""

    @app.action(Press.EVIDENCE.value)
    async def show(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        trajectory = await service.trajectory(click.value)
        if trajectory is None:
            await ack()
            await slack.whisper(click.channel, click.user, "I do not know this incident.", click.thread)
            return
        found = {key: await artifacts.get(key) for key in shown_artifacts(trajectory)}
        seen = {key: artifact for key, artifact in found.items() if artifact is not None}
        await slack.open_modal(click.trigger, evidence_modal(trajectory, seen))
        await ack()

    @app.action(Press.RAW.value)
    async def show_raw(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = click_of(body)
        incident_id, _, artifact_id = click.value.partition(" ")
        trajectory = await service.trajectory(incident_id)
        known = trajectory is not None and artifact_id in shown_artifacts(trajectory)
        artifact = await artifacts.get(artifact_id) if known else None
        view = raw_modal(artifact) if artifact else note("Raw output", "I do not have this output any more.")
        shown = slack.push_modal if body.get("view") else slack.open_modal
        await shown(click.trigger, view)
        await ack()
