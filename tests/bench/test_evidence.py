"""The measure itself: a proof counts where the artifacts hold it, and is lost where no prompt does."""

from pathlib import Path

import pytest

from domain.cluster import Ref, Severity
from domain.diagnosis import Cause, FaultType, SystemLevel
from domain.evidence import Finding
from lab.scenario import Truth
from tests.bench.docs import NoPlace, put, table
from tests.bench.evidence import Evidence, page, weigh
from tests.bench.watched import Watched

USER = Ref(kind="Service", name="user-service", namespace="test-social-network")
PORT = Truth(
    anomaly=True,
    causes=(Cause.WRONG_TARGET_PORT,),
    components=("Service/user-service",),
    system_level=SystemLevel.VIRTUALIZATION,
    fault_type=FaultType.MISCONFIGURATION,
)
SAID = "Port 9090 of Service user-service sends to port 9999 of its pods."
RAW = "Service user-service:\n  spec:\n    ports:\n    - port: 9090\n      targetPort: 9999\n"


def seen(prompt: str, raw: str = RAW) -> Watched:
    return Watched((Finding.of(Severity.CRITICAL, USER, SAID),), (prompt,), (raw,))


def test_a_proof_that_a_prompt_shows_is_kept() -> None:
    each = weigh("task", PORT, seen(f'f-1 critical {USER}: "{SAID}"'))
    assert each.found == each.shown == ("an object at fault", "the port of the Service")
    assert each.lost == ()


def test_a_proof_for_which_there_was_no_room_is_lost_although_a_finding_holds_it() -> None:
    each = weigh("task", PORT, seen(f"f-1 critical {USER}: something is wrong"))
    assert "the port of the Service" in each.told
    assert each.lost == ("the port of the Service",)
    evidence = Evidence((each,))
    assert (evidence.recall, evidence.recall_of_findings) == (0.5, 1.0)
    assert "task: the port of the Service" in page(evidence)


def test_another_port_is_no_proof_of_this_one() -> None:
    each = weigh("task", PORT, seen(f"{USER}: Port 9090 of Service user-service sends to port 8080."))
    assert each.lost == ("the port of the Service",)


def test_what_no_artifact_holds_is_not_asked_for() -> None:
    assert weigh("task", PORT, seen(f"{USER}", raw="nothing")).found == ("an object at fault",)


def test_the_words_of_callers_count_where_they_were_said() -> None:
    each = weigh("task", PORT, seen(f"{USER} {SAID}", raw=f"{RAW}\nError: Connection refused"))
    assert each.lost == ("the callers' words",)


def test_a_page_keeps_everything_but_what_stands_between_the_marks(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("before\n<!-- x: made by make bench-x -->\nold\n<!-- x: end -->\nafter\n")
    put("x", table(("what", "value"), [("lines", "5")]), file)
    assert file.read_text().splitlines() == [
        "before", "<!-- x: made by make bench-x -->", "| what | value |", "| --- | ---: |", "| lines | 5 |",
        "<!-- x: end -->", "after",
    ]  # fmt: skip
    with pytest.raises(NoPlace, match="bench-y"):
        put("y", "", file)
