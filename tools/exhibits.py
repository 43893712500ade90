"""The objects that findings are about, in full, in the artifact that the findings cite.

A snapshot's artifact is an overview. Without these, a person who opens it could not check what a finding says of
an object's own fields.
"""

import re
from collections.abc import Iterator, Sequence

from domain.base import Json
from domain.evidence import Artifact, Finding
from tools.analyzers.objects import name_of
from tools.read.words import as_yaml, section, without_noise
from tools.snapshot import Snapshot

MOST = 24
"""Objects of one namespace that are written out; the first findings come first."""
LONGEST = 16_000
"""Characters of one object."""
_NAMED = re.compile(r"\b([A-Z][A-Za-z]+) ([a-z0-9][-a-z0-9.]*[a-z0-9])")
"""An object in a finding's sentence: `Service user-service`."""


def exhibited(
    findings: Sequence[Finding], snapshots: Sequence[Snapshot], artifacts: Sequence[Artifact]
) -> tuple[tuple[Finding, ...], tuple[Artifact, ...]]:
    """Both anew, so that each artifact shows the objects of the findings that cite it. Ids of findings stay."""
    full = {old.id: _with_objects(old, findings, snapshots) for old in artifacts}
    cited = (
        finding.model_copy(update={"artifacts": tuple(full[i].id if i in full else i for i in finding.artifacts)})
        for finding in findings
    )
    return tuple(cited), tuple(full.values())


def _with_objects(artifact: Artifact, findings: Sequence[Finding], snapshots: Sequence[Snapshot]) -> Artifact:
    snapshot = next((each for each in snapshots if each.artifact == artifact.id), None)
    about = [finding for finding in findings if artifact.id in finding.artifacts]
    if snapshot is None or not about:
        return artifact
    shown = dict.fromkeys(key for finding in about for key in _objects_of(finding))
    found = ((kind, obj) for kind, name in shown if (obj := snapshot.named(kind, name)) is not None)
    blocks = [_block(kind, obj) for (kind, obj), _ in zip(found, range(MOST), strict=False)]
    if not blocks:
        return artifact
    return Artifact.of(artifact.probe, "\n\n".join((artifact.text, *blocks)), artifact.taken_at)


def _objects_of(finding: Finding) -> Iterator[tuple[str, str]]:
    yield finding.subject.kind, finding.subject.name
    yield from _NAMED.findall(finding.text)


def _block(kind: str, obj: Json) -> str:
    text = as_yaml(without_noise(obj))
    left = len(text) - LONGEST
    cut = f"{text[:LONGEST]}\n… {left} characters left out" if left > 0 else text
    return section(f"{kind} {name_of(obj)}", cut)
