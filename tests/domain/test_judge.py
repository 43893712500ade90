"""What the policy says about one write, by tables."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.actions import Risk
from domain.cluster import Ref
from domain.judge import Extent, Subject, moderate, rule_for, terms_of, timely, unhurried
from domain.policy import WritePolicy, built_in
from domain.policy_file import read_policy
from domain.proposal import Refusal
from domain.terms import Mode, Terms

POLICY = read_policy(Path(__file__).with_name("house_rules.yaml")).policy


def subject(
    action: str = "scale", risk: Risk = Risk.LOW, namespace: str | None = "shop", kind: str = "Deployment"
) -> Subject:
    return Subject(action, risk, Ref(kind=kind, name="checkout", namespace=namespace))


RISKY = subject("roll_back", Risk.HIGH)


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        (subject(), "production"),
        (subject(namespace="pay-eu"), "production"),
        (subject(risk=Risk.MEDIUM), "risky in production"),
        (RISKY, "risky in production"),
        (subject("patch_quota", Risk.HIGH, kind="ResourceQuota"), "never"),
        (subject("set_image", Risk.HIGH, "staging-1"), "images in staging"),
        (subject("scale", Risk.HIGH, "staging-1"), "staging"),
        (subject(namespace="elsewhere"), None),
        (subject(namespace=None, kind="PersistentVolume"), None),
    ],
)
def test_the_first_rule_that_matches_decides(what: Subject, rule: str | None) -> None:
    found = rule_for(POLICY, what)
    assert (found.name if found else None) == rule


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        (subject(namespace="elsewhere"), "policy: no rule"),
        (subject("patch_quota", kind="ResourceQuota"), "policy: never"),
        (subject("cordon", namespace=None, kind="Node"), "policy: protected kind"),
        (subject(namespace="cert-manager"), "policy: protected namespace"),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_rule_and_the_way_out(what: Subject, rule: str) -> None:
    refused = terms_of(POLICY, what)
    assert isinstance(refused, Refusal)
    assert refused.rule == rule
    assert "by hand" in refused.reason


def test_the_terms_say_who_how_many_and_what_else_holds() -> None:
    terms = terms_of(POLICY, RISKY)
    assert isinstance(terms, Terms)
    assert (terms.rule, terms.mode, terms.need, terms.self_approval) == (
        "risky in production",
        Mode.APPROVE,
        2,
        False,
    )
    assert terms.approvers == ("S0SRE", "U0ADA")
    assert terms.glass == ("S0LEADS", "U0CHIEF")
    assert terms.conditions[1:4] == (
        "At most 3 writes an hour by this rule",
        "At most 5 replicas a step",
        "At most 50% of a workload's pods at once",
    )
    assert "black friday" in terms.conditions[4]


def test_without_a_rule_everything_is_refused() -> None:
    assert isinstance(terms_of(WritePolicy(), subject()), Refusal)


def test_the_built_in_policy_takes_another_person_for_high_risk_whatever_else_is_set() -> None:
    policy = built_in(("U0ADA",), self_approval=True)
    low, high = terms_of(policy, subject()), terms_of(policy, RISKY)
    assert isinstance(low, Terms)
    assert isinstance(high, Terms)
    assert (low.self_approval, high.self_approval) == (True, False)


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        ("2026-11-23 07:59", "policy: risky in production, windows"),  # Monday 08:59 in Berlin
        ("2026-11-23 08:00", None),
        ("2026-11-23 15:59", None),
        ("2026-11-23 16:00", "policy: risky in production, windows"),
        ("2026-11-22 12:00", "policy: risky in production, windows"),  # Sunday
        ("2026-12-04 21:30", None),  # Friday night
        ("2026-12-05 00:30", None),  # which goes on into Saturday
        ("2026-12-05 01:00", "policy: risky in production, windows"),
        ("2026-07-01 07:00", None),  # 09:00 in summer time
        ("2026-11-25 22:59", "policy: risky in production, windows"),
        ("2026-11-25 23:00", "policy: freeze black friday"),  # midnight in Berlin
        ("2026-12-01 06:59", "policy: freeze black friday"),
        ("2026-12-01 08:00", None),
    ],
)
def test_freezes_and_windows_go_by_their_own_zone(at: str, rule: str | None) -> None:
    refused = timely(POLICY, RISKY, datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert (refused.rule if refused else None) == rule


def test_a_freeze_spares_other_environments_and_what_it_excepts() -> None:
    at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert timely(POLICY, subject(), at) is not None
    assert timely(POLICY, subject("undo"), at) is None
    assert timely(POLICY, subject(namespace="staging-1"), at) is None


@pytest.mark.parametrize(
    ("extent", "refused"),
    [
        (Extent(step=5, pods=5, of=10), False),
        (Extent(step=6, pods=1, of=10), True),
        (Extent(pods=6, of=10), True),
        (Extent(), False),
    ],
)
def test_one_action_may_touch_only_so_much(extent: Extent, refused: bool) -> None:
    assert (moderate(POLICY, RISKY, extent) is not None) is refused
    assert moderate(POLICY, subject(), extent) is None


def test_writes_of_one_rule_are_counted_by_the_hour() -> None:
    used_up = ("risky in production",) * 3
    refused = unhurried(POLICY, RISKY, used_up)
    assert refused is not None
    assert refused.rule == "policy: risky in production, rate"
    assert unhurried(POLICY, RISKY, used_up[1:]) is None
    assert unhurried(POLICY, RISKY, ("production",) * 9) is None
    assert unhurried(POLICY, subject(), used_up) is None
