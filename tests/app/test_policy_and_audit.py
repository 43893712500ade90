"""`aoi policy` and `aoi audit`, as a person types them."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli import main
from app.rules import note_rules, rules_of
from app.settings import Settings
from domain.audit import Deed, Record
from store.build import open_store
from tests.fakes import HandClock

GOOD = "rules:\n  - name: all\n    approvers: [U0ADA]\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AOI_DATA_DIR", str(tmp_path))
    return tmp_path


def record(home: Path, *records: Record) -> None:
    async def work() -> None:
        store = await open_store(f"sqlite:///{home}/aoi.db")
        for each in records:
            await store.audit.append(each)
        await store.close()

    asyncio.run(work())


def test_a_sound_policy_is_told_in_sentences(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "policy.yaml").write_text(GOOD)
    assert main(["policy", "check", "policy.yaml"]) == 0
    said = capsys.readouterr().out
    assert "1. “all”: Any write takes 1 approval of U0ADA, not by who asked for it." in said
    assert "The policy is sound (1 rules" in said


def test_every_mistake_of_a_policy_is_told_on_stderr(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "policy.yaml").write_text("rules:\n  - name: all\n    approvers: [ada]\n    need: many\n")
    assert main(["policy", "check", "policy.yaml"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1] for line in lines] == ["3", "4"]


def test_why_an_unknown_incident_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "why", "inc-nobody"]) == 2
    assert "aoi incident list" in capsys.readouterr().err


def test_the_audit_is_verified_and_exported(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    record(home, *(Record(deed=Deed.DONE, by="exec", at=at, detail=f"row {n} “é”") for n in (1, 2)))
    assert main(["audit", "verify"]) == 0
    head = capsys.readouterr().out.split()[-1]
    assert main(["audit", "verify", "--known", head]) == 0
    assert main(["audit", "verify", "--known", f"3:{'0' * 64}"]) == 1
    assert "rows were removed" in capsys.readouterr().out
    assert main(["audit", "export", "--json", "audit.jsonl"]) == 0
    rows = [json.loads(line) for line in (home / "audit.jsonl").read_text().splitlines()]
    assert [row["record"]["detail"] for row in rows] == ["row 1 “é”", "row 2 “é”"]
    assert head == f"2:{rows[-1]['hash']}"


async def test_a_process_with_another_policy_is_on_record_once(home: Path) -> None:
    (home / "policy.yaml").write_text(GOOD)
    books = [
        rules_of(Settings(_env_file=None)),
        rules_of(Settings(_env_file=None)),
        rules_of(Settings(_env_file=None, policy_file=home / "policy.yaml")),
    ]
    store = await open_store(f"sqlite:///{home}/aoi.db")
    for book in books:
        await note_rules(store.audit, book, "host/1", HandClock())
    links, _ = await store.audit.chain()
    await store.close()
    assert [Record.model_validate_json(link.text).digest for link in links] == [books[0].digest, books[2].digest]
