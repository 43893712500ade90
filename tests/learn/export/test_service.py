"""The folder: whole or not there, the same for the same runs, and without a secret whatever the journal holds."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from domain.cluster import Ref, Severity
from domain.episodes import Episode
from domain.errors import BadInput, ExportRefused
from domain.evidence import Finding
from domain.feedback import Thumb
from domain.journal import Trajectory
from learn.export.card import Card
from learn.export.service import write
from tests.fakes import START
from tests.graph.policies.story import SEEN, Story
from tests.learn.export.data import answered, ended, exported, incident, lab_run, repaired, thumb
from tests.learn.scene import RIGHT, WRONG, concludes, says, story
from tests.learn.signals.test_service import by_model, call
from tools.redact.service import Redactor

REDACT = Redactor().text
FILES = ("groups", "pairs", "prompts", "steps", "thumbs")
TOKEN = "ghp_" + "1a2B3c4D5e6F7g8H9i0JkLmNoPqRsTuVwXyZ"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def named(name: str, run: Trajectory) -> Trajectory:
    return run.model_copy(update={"incident": run.incident.model_copy(update={"id": name})})


async def some() -> tuple[Episode, ...]:
    """A run of the lab with a group, and an incident that people spoke of."""
    told = ended(by_model(story(RIGHT, WRONG, read_only=True), says(**concludes())))
    calls = (call("a", concludes(), "g1", chosen=True), call("b", "prose", "g1"))
    spoken = await repaired()
    spoken.steps += [thumb(Thumb.UP), thumb(Thumb.DOWN, "U2", cause="application-error at Deployment api")]
    return lab_run(told, calls=calls), incident(spoken), lab_run(await answered(), "inc-held", "held")


async def test_the_same_rows_are_written_as_lines_and_as_parquet(tmp_path: Path) -> None:
    found = exported(*await some(), held_out={"held"})
    write(found, REDACT, tmp_path / "out")
    assert names(tmp_path / "out") == sorted(
        ["card.json", "card.md", *(f"{name}.{end}" for name in FILES for end in ("jsonl", "parquet"))]
    )
    for name in FILES:
        lines = lines_of(tmp_path / f"out/{name}.jsonl")
        assert lines == parquet.read_table(tmp_path / f"out/{name}.parquet").to_pylist()
    assert all(found.rows[name] for name in FILES), "each file is tried with rows"


async def test_equal_runs_make_equal_files_in_whatever_order_they_come(tmp_path: Path) -> None:
    episodes = await some()
    write(exported(*episodes), REDACT, tmp_path / "one")
    write(exported(*reversed(episodes)), REDACT, tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


async def test_the_card_tells_what_is_in_it(tmp_path: Path) -> None:
    card = write(exported(*await some(), held_out={"held"}), REDACT, tmp_path / "out")
    assert card == Card.model_validate_json((tmp_path / "out/card.json").read_text())
    assert card.rows["prompts"] == {"held-out": 1, "train": 3}
    assert card.runs == {"lab": 2, "production": 1}
    assert (card.decisions, card.trainable, card.unsaid) == (4, 3, 0)
    assert card.references == {"lab": 2, "verified": 2}
    assert card.labels["person"] == {"approved": 1, "corrected": 1, "thumb": 1}
    assert card.conflicts == 1
    assert (card.first, card.last) == (START, START)
    assert card.secrets is not None
    assert card.secrets.rows == sum(count for splits in card.rows.values() for count in splits.values())
    said = (tmp_path / "out/card.md").read_text()
    assert "| person | approved 1, corrected 1, thumb 1 |" in said
    assert "- held-out: held 1" in said
    assert f"in {card.secrets.rows} rows and found none" in said


def in_a_finding(told: Story) -> None:
    pod = Ref(kind="Pod", name="web-1", namespace="prod")
    leak = Finding.of(Severity.CRITICAL, pod, f"It logs token={TOKEN}.")
    told.steps[0] = told.steps[0].model_copy(update={"findings": (SEEN, leak)})


def in_a_hypothesis(told: Story) -> None:
    held = RIGHT.model_copy(update={"statement": f"web starts with DB_PASSWORD={TOKEN[4:20]}"})
    told.steps[0] = told.steps[0].model_copy(update={"hypotheses": (held,)})


def in_the_question(told: Story) -> None:
    told.incident = told.incident.model_copy(update={"question": f"curl -u admin:{TOKEN} fails"})


@pytest.mark.parametrize("plant", [in_a_finding, in_a_hypothesis, in_the_question])
async def test_a_secret_that_got_into_a_journal_does_not_leave(
    plant: Callable[[Story], None], tmp_path: Path
) -> None:
    told = story(RIGHT, WRONG, read_only=True)
    plant(told)
    await told.decide()
    run = lab_run(ended(told), "inc-leak")
    head = run.trajectory.incident.model_copy(update={"question": told.incident.question})
    leak = run.model_copy(update={"trajectory": run.trajectory.model_copy(update={"incident": head})})
    clean = lab_run(await answered(), "inc-clean")
    sentence = r"^Nothing was written: the rows of the run inc-leak hold what looks like a \S+; "
    with pytest.raises(ExportRefused, match=sentence) as e:
        write(exported(leak, clean), REDACT, tmp_path / "out")
    assert TOKEN not in str(e.value)
    assert str(e.value).endswith("export without: --leave-out inc-leak")
    assert names(tmp_path) == []
    write(exported(leak, clean, leave_out=["inc-leak"]), REDACT, tmp_path / "out")
    assert not any(TOKEN[4:20].encode() in path.read_bytes() for path in (tmp_path / "out").glob("*.jsonl"))


async def test_a_secret_in_a_reply_or_in_peoples_words_does_not_leave_either(tmp_path: Path) -> None:
    leaky = concludes({"advice": f"Use the token {TOKEN}."})
    drawn = ended(by_model(story(RIGHT, WRONG, read_only=True), concludes()))
    calls = (call("a", concludes(), "g1", chosen=True), call("b", leaky, "g1"))
    spoken = await answered()
    words = f"application-error at Deployment api, password={TOKEN}"
    spoken.steps.append(thumb(Thumb.DOWN, cause=words))
    sentence = r"the run inc-a hold .* and 1 runs more; .* --leave-out inc-a --leave-out inc-b$"
    with pytest.raises(ExportRefused, match=sentence):
        write(exported(lab_run(drawn, "inc-a", calls=calls), incident(spoken, "inc-b")), REDACT, tmp_path / "out")
    assert names(tmp_path) == []


async def test_nothing_to_export_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no run has ended; ask AOI in Slack, or keep runs by `aoi lab run --rec"):
        write(exported(), REDACT, tmp_path / "out")
    with pytest.raises(BadInput, match="of no run is known whether it was good; give thumbs"):
        write(exported(incident(await answered())), REDACT, tmp_path / "out")
    assert names(tmp_path) == []


async def test_a_folder_in_the_way_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("letters")
    found = exported(*await some())
    with pytest.raises(BadInput, match="mine exists already; name another folder with --out, or remove it"):
        write(found, REDACT, tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "letters"
    with pytest.raises(BadInput, match=r"cannot be written .*; make room, or name another with --out"):
        write(found, REDACT, tmp_path / "mine" / "out")


async def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("learn.export.parquet.write_parquet", full)
    with pytest.raises(BadInput, match=r"cannot be written \(No space left on device\); make room"):
        write(exported(*await some()), REDACT, tmp_path / "out")
    assert names(tmp_path) == []


async def test_what_a_killed_export_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "out.new").mkdir()
    (tmp_path / "out.new" / "old.jsonl").write_text("{}")
    write(exported(*await some()), REDACT, tmp_path / "out")
    assert not (tmp_path / "out" / "old.jsonl").exists()
    assert not (tmp_path / "out.new").exists()


async def test_a_run_that_was_cut_short_is_left_out_and_named(tmp_path: Path) -> None:
    whole = lab_run(await repaired(), "inc-whole")
    run = whole.trajectory
    unanswered = Trajectory(incident=run.incident, entries=run.entries[:-1])
    holed = Trajectory(incident=run.incident, entries=(*run.entries[:2], *run.entries[3:]))
    none = Trajectory(incident=run.incident, entries=())
    cut = [
        whole.model_copy(update={"trajectory": named(name, one)})
        for name, one in (("inc-a", unanswered), ("inc-b", holed), ("inc-c", none))
    ]
    card = write(exported(whole, *cut), REDACT, tmp_path / "out")
    assert card.cut_short == ("inc-a", "inc-b", "inc-c")
    assert {row["id"].split(":")[0] for row in lines_of(tmp_path / "out/prompts.jsonl")} == {"inc-whole"}


async def test_only_runs_since_a_day_are_written() -> None:
    old, new = lab_run(await answered(), "inc-old"), lab_run(await answered(), "inc-new")
    later = START + timedelta(days=7)
    fresh = new.model_copy(update={"kept_at": later})
    found = exported(old, fresh, since=later)
    assert {row.id for row in found.rows["prompts"]} == {"inc-new:002"}
