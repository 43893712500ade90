"""A drill that somebody wrote with manifests of their own is prepared, asked, repaired and graded."""

import pytest

from domain.cluster import Ref
from domain.diagnosis import Cause, Diagnosis
from domain.errors import BadInput
from lab.applications import loads
from lab.drill import Drill
from lab.suite import tasks_of

OWN = """\
name: own
title: A web server behind a wrong port
namespace: mine
question: Why does web not answer?
manifests:
  - apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {selector: {app: web}, ports: [{port: 80, targetPort: 80}]}
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: "nginx:1.27"}]}
fault:
  - {op: patch, target: Service/web, body: {spec: {ports: [{port: 80, targetPort: 8080}]}}}
truth:
  anomaly: true
  causes: [wrong-target-port]
  components: [Service/web]
  system_level: Virtualization
  fault_type: Misconfiguration
recovery:
  - {check: call, source: Deployment/web, url: "http://web:80/"}
fix:
  - {op: patch, target: Service/web, body: {spec: {ports: [{port: 80, targetPort: 80}]}}}
"""


def prepared(text: str) -> Drill:
    return Drill.prepare(tasks_of(loads(text)[0])[0], seed=1)


def test_a_drill_of_own_manifests_runs_with_no_code() -> None:
    answer = Diagnosis(
        anomaly=True,
        cause=Cause.WRONG_TARGET_PORT,
        components=(Ref(kind="Service", name="web", namespace="mine"),),
        root_cause="The Service points at a port where nobody listens.",
    )
    with prepared(OWN) as drill:
        assert (drill.question, drill.namespace) == ("Why does web not answer?", "mine")
        drill.perform(drill.scenario.fix)
        assert drill.grade(answer).success
        assert not drill.grade(None).success
    with prepared(OWN) as drill:
        assert drill.grade(answer).reasons[0].startswith("Deployment/web cannot call http://web:80/")


PATCH = "{op: patch, target: Service/web, body: {spec: {ports: [{port: 80, targetPort: 8080}]}}}"
SENSELESS = "{op: patch, type: json, target: Service/web, body: [{op: remove, path: /spec/nothing}]}"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"nginx:1.27"', '"nginx:1.27", command: [/no/such]', "does not start from a healthy application"),
        (PATCH, SENSELESS, "The operation patch at 0 s was refused"),
        ("port: 80,", "port: http,", "The manifest Service/web was refused"),
    ],
)
def test_a_scenario_that_cannot_be_played_says_why(old: str, new: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        prepared(OWN.replace(old, new, 1))
