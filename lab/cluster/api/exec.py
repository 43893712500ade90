"""`pods/exec` over WebSocket (the v5 and v4 channel protocols of k8s.io)."""

from typing import Final
from urllib.parse import parse_qs

import orjson

from lab.cluster.api.kernel import Kernel
from lab.cluster.api.logs import container_of
from lab.cluster.api.request import Receive, Scope, Send, Target
from lab.cluster.errors import ApiError
from lab.cluster.ports import ExecResult, Object

PROTOCOLS: Final = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDOUT, STDERR, ERROR = b"\x01", b"\x02", b"\x03"


def execute(kernel: Kernel, scope: Scope, target: Target) -> ExecResult:
    """Run the command of an exec request. Raises ApiError."""
    query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    pod = kernel.store.require("Pod", target.namespace, target.name)
    container = container_of(pod, query.get("container", [""])[-1])
    command = query.get("command", [])
    if not command:
        raise ApiError.bad_request("you must specify at least 1 command")
    return kernel.world.exec(pod, container, command)


async def converse(scope: Scope, receive: Receive, send: Send, result: ExecResult) -> None:
    """Accept the connection, send what the command wrote, close with its status."""
    await receive()
    offered = scope.get("subprotocols", [])
    chosen = next((protocol for protocol in PROTOCOLS if protocol in offered), None)
    await send({"type": "websocket.accept", "subprotocol": chosen})
    for channel, text in ((STDOUT, result.stdout), (STDERR, result.stderr)):
        if text:
            await send({"type": "websocket.send", "bytes": channel + text.encode()})
    await send({"type": "websocket.send", "bytes": ERROR + orjson.dumps(_status(result.exit_code))})
    await send({"type": "websocket.close", "code": 1000})


async def refuse(scope: Scope, receive: Receive, send: Send, error: ApiError) -> None:
    """Answer the handshake with the error's Status, so that the client can show it."""
    await receive()
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": error.code, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": orjson.dumps(error.status())})


def _status(exit_code: int) -> Object:
    if exit_code == 0:
        return {"metadata": {}, "status": "Success"}
    text = f"command terminated with exit code {exit_code}"
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: {text}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(exit_code)}]},
    }
