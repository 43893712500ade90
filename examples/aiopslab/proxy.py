"""A Kubernetes API on a port of this machine, each of whose requests becomes a kubectl call far away.

So AOI's reader and writer stay as they are. Reads, creates and deletes go by `--raw`; patches by `kubectl patch`,
which has no raw form and sends a JSON patch as it is.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from examples.aiopslab.calls import BODY, Call, Result

Run = Callable[[Call], Awaitable[Result]]

STATUS: Final = {
    "NotFound": 404,
    "Forbidden": 403,
    "Unauthorized": 401,
    "Conflict": 409,
    "AlreadyExists": 409,
    "Invalid": 422,
    "BadRequest": 400,
    "MethodNotAllowed": 405,
    "TooManyRequests": 429,
    "InternalError": 500,
}
_OBJECT: Final = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[^/]+)/(?P<name>[^/]+)(?:/(?P<subresource>[^/]+))?"
)


@asynccontextmanager
async def serving(run: Run, folder: Path) -> AsyncIterator[Path]:
    """Serve as long as the context lasts; the path of a kubeconfig in `folder` that leads here."""

    async def handle(request: web.Request) -> web.Response:
        call = call_of(request.method, request.path_qs, dict(request.query), await request.text())
        return _response(await run(call))

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield _kubeconfig(folder, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


def call_of(method: str, path: str, query: dict[str, str], body: str) -> Call:
    """The kubectl call of a request. Raises HTTPMethodNotAllowed for what AOI never asks."""
    match method:
        case "GET":
            return Call(("get", "--raw", path))
        case "POST":
            return Call(("create", "--raw", path, "-f", BODY), body, changes="dryRun" not in query)
        case "DELETE":
            return Call(("delete", "--raw", path, "-f", BODY), body, changes="dryRun" not in query)
        case "PATCH" if found := _OBJECT.fullmatch(path.partition("?")[0]):
            words = ["patch", _resource(found), found["name"], "--type=json", "--patch-file", BODY, "-o", "json"]
            words += ["-n", found["namespace"]] if found["namespace"] else []
            words += [f"--subresource={found['subresource']}"] if found["subresource"] else []
            words += [f"--field-manager={query['fieldManager']}"] if "fieldManager" in query else []
            words += ["--dry-run=server"] if "dryRun" in query else []
            return Call(tuple(words), body, changes="dryRun" not in query)
        case _:
            raise web.HTTPMethodNotAllowed(method, ["GET", "POST", "PATCH", "DELETE"])


def _resource(found: re.Match[str]) -> str:
    return f"{found['plural']}.{found['version']}.{found['group']}" if found["group"] else found["plural"]


def _response(result: Result) -> web.Response:
    if result.code == 0:
        return web.Response(body=result.output, content_type="application/json")
    code, reason = _failure(result.error)
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason}
    return web.json_response({**status, "message": result.error}, status=code)


def _failure(error: str) -> tuple[int, str]:
    """Status and reason of what kubectl said, `Error from server (NotFound): …`; 503 where no server spoke."""
    if (found := re.search(r"Error from server \((\w+)\)", error)) and found[1] in STATUS:
        return STATUS[found[1]], found[1]
    if re.search(r"is invalid: |request is invalid", error):
        return 422, "Invalid"
    return (500, "InternalError") if "Error from server" in error else (503, "ServiceUnavailable")


def _kubeconfig(folder: Path, server: str) -> Path:
    path = folder / "proxy.kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "aiopslab",
        "clusters": [{"name": "aiopslab", "cluster": {"server": server}}],
        "users": [{"name": "aiopslab", "user": {}}],
        "contexts": [{"name": "aiopslab", "context": {"cluster": "aiopslab", "user": "aiopslab"}}],
    }
    path.write_text(json.dumps(config))
    return path
