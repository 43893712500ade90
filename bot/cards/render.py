"""All cards of an incident, as they should stand now."""

from datetime import datetime

from bot.cards.blocks import Place
from bot.cards.held import held_cards
from bot.cards.proposal import proposal_card
from bot.cards.report import report_cards
from bot.cards.result import result_card
from bot.cards.status import status_card
from domain.journal import Trajectory
from domain.ports import Message


def render(trajectory: Trajectory, now: datetime, workspace: str = "") -> tuple[Message, ...]:
    """Pure: the same journal and the same side of each expiry give the same cards.

    `workspace` is the root of links to other threads, such as `https://team.slack.com/`; empty for no links.
    """
    incident = trajectory.incident
    place = Place(incident_id=incident.id, channel=incident.origin.channel, thread=incident.origin.thread)
    cards = [status_card(trajectory, place, workspace)]
    for proposal in trajectory.proposals:
        cards.append(proposal_card(trajectory, proposal, place, now))
        execution = trajectory.executions.get(proposal.id)
        if execution is not None:
            cards.append(result_card(trajectory, proposal, execution, place))
    return (*cards, *held_cards(trajectory, place), *report_cards(trajectory, place))
