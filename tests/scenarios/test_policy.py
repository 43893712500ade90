"""The approver policy through the front door: two people, what is only shown, and what is taken back unasked."""

from typing import Any

import pytest

from bot.names import Press
from domain.actions import Scale
from domain.approval import Verdict
from domain.audit import Deed, Record, flaws
from domain.cluster import Ref
from domain.decisions import Conclude, Propose
from domain.diagnosis import Diagnosis
from domain.incident import Status
from graph.policies.scripted import ScriptedPolicy
from tests.scenarios.scene import ONE_PATCH, QUESTION, Scene
from tests.scenarios.test_clicks import forged

pytestmark = pytest.mark.usefixtures("ill")

TWO_PEOPLE = """
rules:
  - name: two people
    when: {namespaces: [shop]}
    approvers: [U0ADA, U0BEN]
    need: 2
"""
ONLY_SHOWN = """
rules:
  - name: look only
    do: dry-run
"""


def policy(scene: Scene, text: str) -> dict[str, Any]:
    path = scene.folder / "policy.yaml"
    path.write_text(text)
    return {"approvers": (), "policy_file": path}


async def test_two_people_approve_one_write(scene: Scene) -> None:
    """One alone does not get it, however often; the second does; the record tells both and holds."""
    async with scene.bot(**policy(scene, TWO_PEOPLE)) as parts:
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        assert "2 different people of" in card.words
        for _ in range(2):
            at = (await scene.ada.messages())[-1].ts
            await scene.ada.click(card, "Approve")
            await scene.whisper("1 more person must approve as well", scene.ada, after=at)
        await scene.chloe.click(card, "Approve")
        await scene.whisper("You may not approve this", scene.chloe, after=card.ts)
        assert scene.world.effects() == []
        assert "1 of 2 approvals" in (await scene.answer("1 of 2 approvals", thread)).words
        await scene.ben.click(card, "Approve")
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED
        assert scene.world.effects() == ONE_PATCH
        (ruling,) = run.rulings.values()
        assert ruling.verdict is Verdict.APPROVED
        assert [consent.user for consent in ruling.consents] == ["U0ADA", "U0BEN"]
        links, head = await parts.store.audit.chain()
        told = [Record.model_validate_json(link.text) for link in links]
        assert [(r.deed.value, r.by) for r in told if r.proposal_id][1:6] == [
            ("consented", "U0ADA"),
            ("denied", "U0CHLOE"),
            ("consented", "U0BEN"),
            ("approved", "U0BEN"),
            ("granted", "U0BEN"),
        ]
        assert {r.rule for r in told if r.deed.value in ("approved", "granted", "done")} == {"two people"}
        assert list(flaws(links, head)) == []


async def test_what_is_only_shown_has_no_approve_button_and_a_forged_click_does_nothing(scene: Scene) -> None:
    async with scene.bot(**policy(scene, ONLY_SHOWN)):
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Reject", thread)
        assert "Approve" not in card.buttons
        assert "Dry run only" in card.words
        (proposal,) = (await scene.run(thread)).proposals
        await scene.ada.click(forged(card, Press.APPROVE, proposal.id), "Press me")
        await scene.whisper("lets me only show this change", scene.ada, after=card.ts)
        assert scene.world.effects() == []


TAKES_BACK = """
rules:
  - name: undo in vain
    when: {namespaces: [shop]}
    approvers: [U0BEN]
    undo: at-once
"""
CHECKOUT = Ref(kind="Deployment", namespace="shop", name="checkout")


async def test_what_did_not_help_is_taken_back_at_once_by_the_rule(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One click for the change, none for its undo: the card said so, the audit names the rule."""
    wrong = Propose(summary="Too few.", action=Scale(target=CHECKOUT, replicas=3), why="Perhaps.", confidence=0.5)
    over = Conclude(
        summary="I do not know.", diagnosis=Diagnosis(anomaly=True, root_cause="?"), resolved=False, confidence=0.1
    )
    monkeypatch.setattr("app.house.policy_of", lambda parts: ScriptedPolicy([wrong, over, over]))
    before = scene.world.demo.cluster.store.require("Deployment", "shop", "checkout")["spec"]
    settings = policy(scene, TAKES_BACK) | {"verify_timeout_seconds": 30}
    async with scene.bot(**settings) as parts:
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        assert "it is taken back at once" in card.words
        await scene.ben.click(card, "Approve")
        run = await scene.ended(thread)
        assert run.incident.status is Status.HANDED_OVER
        assert [type(proposal.plan.action).__name__ for proposal in run.proposals] == ["Scale", "Undo"]
        shown = await scene.answer("Approved* by the rule “undo in vain”", thread)
        assert "Approve" not in shown.buttons
        deeds = [(r.deed, r.by) for r in await parts.store.audit.of(run.incident.id)]
        assert (Deed.APPROVED, "rule:undo in vain") in deeds
        assert (Deed.GRANTED, "rule:undo in vain") in deeds
    assert scene.world.effects() == ONE_PATCH * 2
    assert scene.world.demo.cluster.store.require("Deployment", "shop", "checkout")["spec"] == before
