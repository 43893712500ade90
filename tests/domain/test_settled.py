"""No sequence of clicks yields a grant without as many different allowed people as the rule asks for."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.approval import Approval, Grant, Verdict, grant
from domain.proposal import Proposal
from domain.terms import Consent, Mode, Terms
from tests.fakes import SCALE_UP, START, plan_of

NAMES = ("U0ADA", "U0BEN", "U0CHLOE", "terminal:ada", "terminal:eve", "playbook", "")
LISTED = (*NAMES[:4], "terminal", "*")

people = st.sampled_from(NAMES)
listed = st.lists(st.sampled_from(LISTED), max_size=4, unique=True).map(tuple)
every_terms = st.builds(
    Terms,
    rule=st.just("r"),
    mode=st.sampled_from(Mode),
    approvers=listed,
    need=st.integers(1, 3),
    self_approval=st.booleans(),
    glass=listed,
)
clicks = st.lists(
    st.builds(
        Consent, user=people, at=st.just(START), glass=st.booleans(), reason=st.sampled_from(("", " ", "burning"))
    ),
    max_size=8,
)


def sealed(terms: Terms, asker: str) -> Proposal:
    return Proposal.of(
        id="prop-1",
        incident_id="inc-1",
        revision=1,
        plan=plan_of(SCALE_UP),
        why="because",
        cites=(),
        proposed_by=asker,
        created_at=START,
        expires_at=START + timedelta(minutes=10),
        terms=terms,
    )


def among(user: str, entries: tuple[str, ...]) -> bool:
    """Written anew here, so that the code is not compared with itself."""
    return "*" in entries or user in entries or (user[:9] == "terminal:" and "terminal" in entries)


@given(every_terms, people, clicks)
def test_a_grant_takes_as_many_different_allowed_people_as_the_rule_says(
    terms: Terms, asker: str, consents: list[Consent]
) -> None:
    proposal = sealed(terms, asker)
    approval = Approval(
        proposal_id=proposal.id,
        digest=proposal.digest,
        verdict=Verdict.APPROVED,
        decided_by="U0ADA",
        consents=tuple(consents),
    )
    given_right = isinstance(grant(proposal, approval, START), Grant)
    allowed = {c.user for c in consents if among(c.user, terms.approvers)}
    if not terms.self_approval:
        allowed.discard(asker)
    broken = any(c.glass and c.reason.strip() and among(c.user, terms.glass) for c in consents)
    assert given_right == (terms.mode is Mode.APPROVE and (broken or len(allowed) >= terms.need))


@given(every_terms, people, clicks)
def test_terms_cannot_be_changed_after_they_were_shown(terms: Terms, asker: str, consents: list[Consent]) -> None:
    proposal = sealed(terms, asker)
    eased = proposal.model_copy(update={"terms": terms.model_copy(update={"rule": "another"})})
    approval = Approval(
        proposal_id="prop-1",
        digest=proposal.digest,
        verdict=Verdict.APPROVED,
        decided_by="U0ADA",
        consents=tuple(consents),
    )
    assert not isinstance(grant(eased, approval, START), Grant)
