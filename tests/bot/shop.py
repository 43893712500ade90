"""The shop at night: what is broken in it, what was seen, and what could be done."""

from datetime import timedelta

from domain.actions import Action, Change, Risk, RollBack, SetResources
from domain.cluster import Ref, Scope, Severity
from domain.diagnosis import Cause, Diagnosis, Hypothesis
from domain.evidence import Finding
from domain.incident import Incident, Origin, Status
from domain.proposal import Plan, Precondition, Proposal
from tests.fakes import START

ADA, BEN = "U0ADA", "U0BEN"
CHANNEL, THREAD = "C0INCIDENTS", "1700000000.000100"
CHECKOUT = Ref(kind="Deployment", namespace="shop", name="checkout")
POD = Ref(kind="Pod", namespace="shop", name="checkout-7c9f6d5b8-x2x4p")
SERVICE = Ref(kind="Service", namespace="shop", name="checkout")
ROLL_BACK = RollBack(target=CHECKOUT, revision=3)

PULL = Finding.of(
    Severity.CRITICAL,
    POD,
    'cannot start: ImagePullBackOff, image "registry.shop.example/checkout:v2.4.l" was not found',
    ("a" * 64,),
)
READY = Finding.of(Severity.CRITICAL, CHECKOUT, "0 of 3 pods are ready since 02:51 UTC")
ENDPOINTS = Finding.of(Severity.WARNING, SERVICE, "has no ready endpoints; front-end answers 503 on /checkout")
CHANGED = Finding.of(Severity.INFO, CHECKOUT, "revision 4 changed the image from :v2.4.0 to :v2.4.l at 02:50 UTC")

BAD_IMAGE = Hypothesis(
    cause=Cause.IMAGE_PULL,
    subject=CHECKOUT,
    statement="checkout cannot start: revision 4 names an image tag that does not exist (v2.4.l, an l for a 1)",
    confidence=0.92,
    cites=(PULL.id, CHANGED.id, READY.id),
    actions=(ROLL_BACK,),
    affected=(SERVICE,),
)
NO_ACCESS = Hypothesis(
    cause=Cause.MISSING_SECRET,
    subject=CHECKOUT,
    statement="the registry refuses the pull secret of checkout",
    confidence=0.3,
    cites=(PULL.id,),
)

DIFF = """--- live
+++ after
@@ -12,9 +12,9 @@
   template:
     metadata:
       annotations:
-        shop.example/release: "2.4.1"
+        shop.example/release: "2.4.0"
@@ -31,7 +31,7 @@
     spec:
       containers:
       - name: checkout
-        image: registry.shop.example/checkout:v2.4.l
+        image: registry.shop.example/checkout:v2.4.0
         ports:
         - containerPort: 8080
"""


def incident(
    status: Status = Status.RECEIVED, question: str = "checkout is failing, customers see 503"
) -> Incident:
    return Incident(
        id="inc-4k7q",
        origin=Origin(surface="slack", channel=CHANNEL, thread=THREAD, user=ADA),
        question=question,
        scope=Scope(namespaces=("shop",)),
        policy="playbook",
        graph_version=1,
        status=status,
        created_at=START,
        updated_at=START,
    )


def proposal(
    action: Action = ROLL_BACK,
    id: str = "prop-81xz",
    diff: str = DIFF,
    risk: Risk = Risk.MEDIUM,
    by: str = "playbook",
) -> Proposal:
    back = Change(verb="patch", target=action.target, body={"spec": {"template": {}}})
    return Proposal.of(
        id=id,
        incident_id="inc-4k7q",
        revision=1,
        plan=Plan(
            action=action,
            change=Change(verb="patch", target=action.target, body={"spec": {}}),
            precondition=Precondition(exists=True, uid="u-1", resource_version="77"),
            diff=diff,
            undo=back,
            undo_text="Put the pod template of revision 4 back.",
            kubectl="kubectl -n shop rollout undo deployment/checkout --to-revision=3",
            risk=risk,
        ),
        why="Revision 3 ran until 02:50 UTC and its image can be pulled.",
        cites=(CHANGED.id, PULL.id),
        proposed_by=by,
        created_at=START,
        expires_at=START + timedelta(minutes=30),
    )


def memory() -> Proposal:
    action = SetResources(target=CHECKOUT, container="checkout", limits={"memory": "512Mi"})
    return proposal(action, "prop-mem", diff="-            memory: 256Mi\n+            memory: 512Mi")


def diagnosis() -> Diagnosis:
    return Diagnosis(
        anomaly=True,
        components=(CHECKOUT,),
        cause=Cause.IMAGE_PULL,
        root_cause="Revision 4 of checkout names the image tag v2.4.l, which does not exist.",
        cites=(PULL.id, CHANGED.id),
    )
