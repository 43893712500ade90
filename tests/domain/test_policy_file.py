"""A policy file: strict, located, and told in sentences."""

from pathlib import Path
from textwrap import dedent

import pytest

from domain.located import BadFile
from domain.policy import WritePolicy, built_in
from domain.policy_file import RuleBook, read_policy
from domain.policy_words import explained

HOUSE_RULES = Path(__file__).with_name("house_rules.yaml")


def mistakes(tmp_path: Path, text: str) -> list[str]:
    """`line: what; remedy` of each."""
    path = tmp_path / "policy.yaml"
    path.write_text(dedent(text))
    with pytest.raises(BadFile) as caught:
        read_policy(path)
    return [str(mistake).removeprefix(f"{path}:") for mistake in caught.value.mistakes]


def test_the_file_is_told_in_sentences() -> None:
    said = list(explained(read_policy(HOUSE_RULES).policy))
    assert said[0] == "Nobody's approval lets AOI write a Node or in namespace cert-manager."
    assert said[1].endswith("2026-11-26 00:00 to 2026-12-01 08:00 Europe/Berlin in production, except undo.")
    assert "1. “never”: Patch_quota is refused." in said
    assert "takes 2 approvals of group S0SRE, U0ADA, not by who asked for it, within 10 minutes." in said[3]
    assert "At most 50% of a workload's pods at once." in said[3]
    assert said[-1] == "A write that no rule matches is refused."


def test_a_rule_that_takes_back_by_itself_says_so(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("rules: [{name: all, approvers: [U0ADA], undo: at-once}]")
    (said, _) = explained(read_policy(path).policy)
    assert said.endswith("If it does not help, it is taken back at once, without asking.")


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(HOUSE_RULES.read_text())
    first = read_policy(path)
    assert first.digest == read_policy(HOUSE_RULES).digest
    path.write_text(HOUSE_RULES.read_text() + "# a remark\n")
    assert read_policy(path).digest != first.digest


def test_the_built_in_policy_has_a_digest_of_its_own() -> None:
    one, other = (RuleBook.built_in(built_in(people)) for people in (("U0ADA",), ("U0BEN",)))
    assert one.digest != other.digest


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("rules: []", "1: no rule allows anything"),
        (
            """\
            rules:
              - name: all
                do: dry-run
                undo: at-once
            """,
            "4: `undo: at-once` says nothing where nothing is done; remove it",
        ),
        (
            """\
            rules:
              - name: all
                approvers: [U0ADA]
                undo: maybe
            """,
            "4: `undo` is not a known value; write one of 'ask' or 'at-once'",
        ),
        ("rulez: []", "1: `rulez` is not a known field here; write `rules`"),
        (
            """\
            rules:
              - name: all
                approvers: [ada]
            """,
            "3: `ada` is nobody's id; write a user id (U…)",
        ),
        (
            """\
            rules:
              - name: all
                approvers: ["*"]
            """,
            "3: `*` would let anybody approve",
        ),
        (
            """\
            rules:
              - name: all
            """,
            "2: nobody could approve by the rule “all”; add `approvers`",
        ),
        (
            """\
            rules:
              - name: all
                approvers: [U0ADA]
                need: 2
            """,
            "4: 2 people must approve and only 1 may",
        ),
        (
            """\
            rules:
              - name: all
                approvers: [U0ADA]
              - name: risky
                when: {risks: [high]}
                approvers: [U0BEN]
            """,
            "4: the rule “risky” is never reached, because “all” matches all of it",
        ),
        (
            """\
            rules:
              - name: one
                when:
                  actions: [restrt]
                approvers: [U0BEN]
            """,
            "4: `restrt` is no action of AOI; write one of restart, ",
        ),
        (
            """\
            environments:
              production: [shop]
            rules:
              - name: one
                when:
                  environments: [prodution]
                approvers: [U0BEN]
            """,
            "6: `prodution` is no environment of this file; write `production`",
        ),
        (
            """\
            rules:
              - name: one
                approvers: [U0BEN]
                windows:
                  - {from: 17:00, until: "18:00", zone: UTC}
            """,
            "5: a time of day is text; write it in quotes",
        ),
        (
            """\
            rules:
              - name: one
                approvers: [U0BEN]
                windows:
                  - {from: "17:00", until: "18:00", zone: Berlin}
            """,
            "5: `Berlin` is no time zone; write a name such as Europe/Berlin",
        ),
        (
            """\
            freezes:
              - name: back to front
                from: 2026-12-02
                until: 2026-12-01
                zone: UTC
            rules:
              - name: one
                approvers: [U0BEN]
            """,
            "2: this freeze ends before it begins",
        ),
        (
            """\
            rules:
              - name: one
                when: {risks: [high]}
                approvers: [U0BEN]
              - name: one
                approvers: [U0BEN]
            """,
            "5: two rules have the name “one”",
        ),
        (
            """\
            rules:
              - name: show
                do: dry-run
                approvers: [U0BEN]
            """,
            "4: `do: dry-run` takes no approval",
        ),
    ],
)
def test_each_mistake_is_told_with_its_line_and_remedy(tmp_path: Path, wrong: str, told: str) -> None:
    assert any(said.startswith(told) for said in mistakes(tmp_path, wrong)), mistakes(tmp_path, wrong)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    said = mistakes(
        tmp_path,
        """\
        rules:
          - name: one
            approvers: [ada]
            need: none
            windoes: []
        """,
    )
    assert [line.partition(":")[0] for line in said] == ["3", "4", "5"]


def test_an_empty_policy_allows_nothing() -> None:
    assert list(explained(WritePolicy())) == ["A write that no rule matches is refused."]
