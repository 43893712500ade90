"""What every card promises: Slack's limits, nothing forged, verdict first, buttons only while they work."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.blocks import MOST_TOTAL, Place, button, message, section, weight
from bot.cards.diff import readable
from bot.cards.render import render
from bot.cards.text import code, escape, prose
from domain.approval import Verdict
from domain.evidence import Finding
from domain.execution import Effect
from domain.feedback import Thumb
from domain.incident import Status
from domain.journal import Concluded, Triaged
from domain.ports import Message
from tests.bot import samples, shop
from tests.bot.samples import TALES, Tale, later

SHOWN = {"section", "context", "divider", "header", "actions", "image"}
"""Block types that local-slack and Slack both show."""

NASTY = "<!channel> <@U0BEN> <http://evil.example|Approve> `code` *bold* & \u202eevorppA"
PLACE = Place(incident_id="inc-1", channel="C1", thread="1.0")


def cards(tale: Tale, minutes: float = 5) -> dict[str, Message]:
    return {card.key: card for card in render(tale.trajectory, later(minutes))}


def words(card: Message) -> str:
    return "\n".join(texts(card))


def texts(card: Message) -> list[str]:
    found = []
    for block in card.blocks:
        for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
            if part:
                inner = part["text"]
                found.append(inner if isinstance(inner, str) else inner["text"])
    return found


def buttons(card: Message) -> list[str]:
    return [e["text"]["text"] for b in card.blocks if b["type"] == "actions" for e in b["elements"]]


@pytest.mark.parametrize("name", TALES)
def test_every_card_keeps_to_slack_s_limits_and_to_shared_blocks(name: str) -> None:
    for card in render(TALES[name]().trajectory, later(5)):
        check_limits(card)


def check_limits(card: Message) -> None:
    assert 0 < len(card.blocks) <= 50
    assert card.blocks[0]["block_id"] == card.key
    assert card.text.strip()
    assert sum(map(weight, card.blocks)) <= 12_000
    for block in card.blocks:
        assert block["type"] in SHOWN
        assert len((block.get("text") or {}).get("text", "")) <= 3000
        assert all(len(field["text"]) <= 2000 for field in block.get("fields", ()))
        for element in block.get("elements", ()):
            if element["type"] == "button":
                assert len(element["text"]["text"]) <= 75
                assert len(element["value"]) <= 2000


def flooded() -> Tale:
    """An incident with far too much of everything, in a hostile cluster."""
    findings = tuple(
        Finding.of(f.severity, f.subject, f"{n} {NASTY} " + "x" * 3000) for n in range(200) for f in [shop.PULL]
    )
    asked = shop.proposal(diff="\n".join(f"+ line {n} {'y' * 400}" for n in range(900)))
    asked = asked.model_copy(update={"why": NASTY * 500, "cites": tuple(f.id for f in findings)})
    tale = samples.opened().tell(Triaged(looked_at=NASTY * 400, findings=findings, hypotheses=(shop.BAD_IMAGE,)))
    tale.entries += samples.waiting(asked).entries[-1:]
    return tale.tell(
        Concluded(status=Status.HANDED_OVER, diagnosis=shop.diagnosis(), text=NASTY * 300, advice=NASTY * 300),
        status=Status.HANDED_OVER,
    )


def test_a_flood_is_cut_and_says_so() -> None:
    for card in render(flooded().trajectory, later(5)):
        check_limits(card)
    proposal = cards(flooded())["proposal:prop-81xz"]
    assert "more lines of the change" in words(proposal)
    assert "more findings" in words(cards(flooded())["status:inc-4k7q"])
    assert buttons(proposal) == ["Approve", "Reject", "Edit"]


def test_text_of_the_cluster_forges_neither_links_nor_mentions() -> None:
    for card in render(flooded().trajectory, later(5)):
        for text in [*texts(card), card.text]:
            assert "<!" not in text
            assert "<http" not in text
            assert "<@U0BEN>" not in text
            assert "\u202e" not in text


@given(st.text())
def test_escaped_text_holds_no_control_sequence_of_slack(text: str) -> None:
    safe = escape(text)
    assert not {"<", ">"} & set(safe)
    assert "`" not in code(text)[1:-1]
    assert "\n" not in code(text)


def test_only_people_who_took_part_are_mentioned() -> None:
    assert prose("@U0ADA asked, not @U0EVE", {"U0ADA"}) == "<@U0ADA> asked, not @U0EVE"


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("opened", "Looking at namespace shop"),
        ("investigating", "Likely: checkout cannot start"),
        ("waiting", "Likely: checkout cannot start"),
        ("unchanged", "Likely: checkout cannot start"),
        ("resolved", "checkout runs again"),
        ("handed-over", "a rollback was rejected"),
        ("nothing-wrong", "Nothing is wrong"),
        ("broken", "AOI failed in reason"),
        ("undo-asked", "Fixed: 3 of 3 pods are ready"),
    ],
)
def test_the_status_card_opens_with_the_verdict(name: str, verdict: str) -> None:
    card = cards(TALES[name]())["status:inc-4k7q"]
    assert verdict in texts(card)[0].splitlines()[0]
    assert verdict in card.text


def test_a_waiting_proposal_shows_all_that_a_decision_needs() -> None:
    card = cards(samples.waiting())["proposal:prop-81xz"]
    said = words(card)
    for needed in (
        "Roll back Deployment",
        "Why",
        "ImagePullBackOff",
        "v2.4.l",
        "medium",
        "Put the pod template",
        "03:30 UTC",
    ):
        assert needed in said
    assert "kubectl -n shop rollout undo" in said
    assert buttons(card) == ["Approve", "Reject", "Edit"]
    assert "waiting for Approve or Reject" in card.text


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.PENDING])
def test_after_the_decision_the_buttons_are_gone_and_the_decision_stands_on_top(verdict: Verdict) -> None:
    card = cards(samples.ruled(verdict, "because <b>"))["proposal:prop-81xz"]
    assert buttons(card) == []
    top = texts(card)[0]
    assert {"approved": "Approved", "rejected": "Rejected", "expired": "Expired", "superseded": "Replaced"}[
        verdict
    ] in top
    if verdict is not Verdict.EXPIRED:
        assert "<@U0BEN>" in top
        assert "because &lt;b&gt;" in top


def test_an_expired_proposal_offers_no_buttons_even_before_it_is_ruled() -> None:
    assert buttons(cards(samples.waiting(), minutes=29)["proposal:prop-81xz"])
    assert not buttons(cards(samples.waiting(), minutes=30)["proposal:prop-81xz"])


def test_an_undo_cannot_be_edited() -> None:
    assert buttons(cards(samples.undo_asked())["proposal:prop-undo"]) == ["Approve", "Reject"]


def test_the_result_offers_undo_at_once_and_thumbs_when_the_run_has_ended_with_it() -> None:
    assert buttons(cards(samples.executed())["result:prop-81xz"]) == ["Undo"]
    assert buttons(cards(samples.verified())["result:prop-81xz"]) == ["Undo"]
    assert buttons(cards(samples.resolved())["result:prop-81xz"]) == ["Undo", "👍 Helped", "👎 Wrong"]


def test_an_undo_that_waits_is_not_offered_again() -> None:
    assert buttons(cards(samples.undo_asked())["result:prop-81xz"]) == []


@pytest.mark.parametrize("effect", [Effect.REFUSED, Effect.FAILED, Effect.UNKNOWN])
def test_what_was_not_done_offers_no_undo(effect: Effect) -> None:
    card = cards(samples.executed(effect, "The object had changed."))["result:prop-81xz"]
    assert buttons(card) == []
    assert "The object had changed." in words(card)


def test_thumbs_and_corrections_are_shown() -> None:
    assert "👍 <@U0ADA>" in words(cards(samples.rated())["result:prop-81xz"])
    corrected = cards(samples.rated(Thumb.DOWN, "the <registry> was down"))["result:prop-81xz"]
    assert "👎 <@U0ADA>: the &lt;registry&gt; was down" in words(corrected)


@pytest.mark.parametrize(
    ("tale", "ends"),
    [(samples.resolved, 0), (samples.handed_over, 1), (samples.nothing_wrong, 1), (samples.broken, 1)],
)
def test_a_run_without_a_verified_repair_ends_with_a_message_of_its_own(
    tale: Callable[[], Tale], ends: int
) -> None:
    """The status card is edited silently, so an ending has to notify."""
    assert sum(key.startswith("report:") for key in cards(tale())) == ends


def test_a_handed_over_run_says_what_to_do_next() -> None:
    (report,) = [card for key, card in cards(samples.handed_over()).items() if key.startswith("report:")]
    assert "Push the tag v2.4.1" in words(report)
    assert "rejected" in words(report)
    assert "👎 Wrong" in buttons(report)


def test_the_same_journal_gives_the_same_cards() -> None:
    """Or the outbox would update messages for ever."""
    tale = samples.waiting().trajectory
    assert render(tale, later(1)) == render(tale, later(2))


def test_a_diff_reads_without_a_code_block() -> None:
    lines = readable(shop.DIFF)
    assert lines[3] == f'➖ `{chr(0xA0) * 6}shop.example/release: "2.4.1"`'
    assert "⋯" in lines
    assert not any("@@" in line or "live" in line or "ports" in line for line in lines)


def test_what_does_not_fit_leaves_the_head_and_the_buttons() -> None:
    many = [section(f"{n} " + "z" * 2500) for n in range(30)]
    row: dict[str, Any] = {"type": "actions", "elements": [button("Approve", "a", "v")]}
    card = message("k:1", PLACE, "text", [section("head"), *many, row])
    check_limits(card)
    assert texts(card)[0] == "head"
    assert buttons(card) == ["Approve"]
    assert "characters are left out" in words(card)
    assert sum(map(weight, card.blocks)) <= MOST_TOTAL + 200
