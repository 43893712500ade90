"""The ASGI application: who asks, what for, may they, then the handler."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lab.cluster.api import exec as pod_exec
from lab.cluster.api.answer import Answer, Stream, refusal
from lab.cluster.api.deletes import delete, delete_collection
from lab.cluster.api.discovery import PUBLIC, discover
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.logs import logs
from lab.cluster.api.metrics import metrics
from lab.cluster.api.patching import patch
from lab.cluster.api.pod_parts import bind, evict, request_token
from lab.cluster.api.reads import Lists, get
from lab.cluster.api.request import Receive, Request, Scope, Send, Target, headers_of, query_of
from lab.cluster.api.reviews import review
from lab.cluster.api.routing import target_of, verb_of
from lab.cluster.api.scale import scale
from lab.cluster.api.watch import watch
from lab.cluster.api.writes import create, update
from lab.cluster.audit import AuditEvent
from lab.cluster.authz import (
    Attributes,
    allowed,
    authorize,
    forbidden_impersonation,
    forbidden_path,
)
from lab.cluster.errors import ApiError
from lab.cluster.resources import AUTHN, AUTHZ, METRICS
from lab.cluster.users import User, known_as

log = logging.getLogger(__name__)
READS: Final = frozenset(("get", "list", "watch"))


class Api:
    """The API server as an ASGI application."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._lists = Lists()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        self._kernel.changes.bind(asyncio.get_running_loop())
        if scope["type"] == "websocket":
            await self._exec(scope, receive, send)
            return
        answer = self._answer(scope, await _body(scope, receive))
        if isinstance(answer, Answer):
            await answer.send(send)
        else:
            await answer(receive, send)

    def _answer(self, scope: Scope, body: bytes) -> Answer | Stream:
        try:
            headers = headers_of(scope)
            user = self._user(headers, scope)
            request = Request(scope["method"], scope["path"], query_of(scope), headers, body, user)
            target = target_of(request.path)
            if target is None:
                return self._discover(request)
            return self._serve(request, target, verb_of(request.method, target, request.is_watch))
        except ApiError as e:
            return refusal(e)
        except (
            Exception
        ) as e:  # a bug of ours must not take the server down: it is logged, and the caller gets a 500
            log.exception("%s %s failed", scope["method"], scope["path"])
            return refusal(ApiError.internal(repr(e)))

    def _discover(self, request: Request) -> Answer:
        path = request.path.rstrip("/") or "/"
        wanted = Attributes("get", path=path)
        if path not in PUBLIC and allowed(self._kernel.store, request.user, wanted) is None:
            raise forbidden_path(request.user, "get", path)
        return discover(request)

    def _serve(self, request: Request, target: Target, verb: str) -> Answer | Stream:
        """Authorize, answer, record what could change something."""
        if verb in READS:
            self._authorize(request.user, verb, target)
            return self._read(request, target, verb)
        if target.resource.group in (AUTHN, AUTHZ):
            self._authorize(request.user, verb, target)
            return review(self._kernel, request, target)
        named = target if target.name else replace(target, name=_name_in(request))
        try:
            self._authorize(request.user, verb, target)
            answer = self._write(request, target, verb)
        except ApiError as e:
            self._record(request.user, verb, named, request.is_dry_run, e.code)
            raise
        self._record(request.user, verb, named, request.is_dry_run, answer.code)
        if not request.is_dry_run:
            self._kernel.on_change()
        return answer

    def _read(self, request: Request, target: Target, verb: str) -> Answer | Stream:
        kernel = self._kernel
        if verb not in target.resource.verbs:
            raise ApiError.method_not_allowed()
        if target.resource.group == METRICS:
            return metrics(kernel, request, target)
        match target.subresource, verb:
            case "log", _:
                return logs(kernel, request, target)
            case "scale", _:
                return scale(kernel, request, target)
            case "exec", _:
                raise ApiError.bad_request("Upgrade request required")
            case _, "watch":
                return watch(kernel, request, target)
            case _, "list":
                return self._lists.page(kernel, request, target)
            case _:
                return get(kernel, request, target)

    def _write(self, request: Request, target: Target, verb: str) -> Answer:
        kernel = self._kernel
        match target.subresource, verb:
            case "eviction", "create":
                return evict(kernel, request, target)
            case "binding", "create":
                return bind(kernel, request, target)
            case "token", "create":
                return request_token(kernel, request, target)
            case "exec", _:
                raise ApiError.bad_request("Upgrade request required")
            case "scale", "update" | "patch":
                return scale(kernel, request, target)
            case (("" | "status" | "finalize"), _) if verb in target.resource.verbs:
                pass
            case _:
                raise ApiError.method_not_allowed()
        match verb:
            case "create" if not target.name:
                return create(kernel, request, target)
            case "update" if target.name:
                return update(kernel, request, target)
            case "patch" if target.name:
                return patch(kernel, request, target)
            case "delete":
                return delete(kernel, request, target)
            case "deletecollection":
                return delete_collection(kernel, request, target)
            case _:
                raise ApiError.method_not_allowed()

    # ---- who ----

    def _user(self, headers: Mapping[str, str], scope: Scope) -> User:
        """The caller, or whom the caller impersonates. Raises ApiError 401 and 403."""
        user = self._kernel.tokens.authenticate(headers.get("authorization", ""))
        name = headers.get("impersonate-user", "")
        groups = tuple(value.decode() for key, value in scope["headers"] if key.lower() == b"impersonate-group")
        for kind, each in (("users", name), *(("groups", group) for group in groups)):
            wanted = Attributes("impersonate", "", kind, name=each)
            if each and allowed(self._kernel.store, user, wanted) is None:
                raise forbidden_impersonation(user, kind, each)
        return known_as(name, groups) if name else user

    def _authorize(self, user: User, verb: str, target: Target) -> None:
        resource = target.resource
        # A namespace is a cluster-scoped object, yet rules of its own namespace speak for it.
        namespace = target.name if resource.kind == "Namespace" else target.namespace
        wanted = Attributes(verb, resource.group, resource.plural, target.subresource, namespace, target.name)
        authorize(self._kernel.store, user, resource, wanted)

    def _record(self, user: User, verb: str, target: Target, dry_run: bool, code: int) -> None:
        at, resource = self._kernel.clock.now(), target.resource.group_resource
        event = AuditEvent(
            at, user.name, verb, resource, target.namespace, target.name, target.subresource, dry_run, code
        )
        self._kernel.audit.append(event)

    # ---- exec ----

    async def _exec(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            target = target_of(scope["path"])
            if target is None or target.subresource != "exec":
                raise ApiError.no_such_path()
            user = self._user(headers_of(scope), scope)
            try:
                self._authorize(user, "create", target)
                result = pod_exec.execute(self._kernel, scope, target)
            except ApiError as e:
                self._record(user, "create", target, False, e.code)
                raise
            self._record(user, "create", target, False, 101)
        except ApiError as e:
            await pod_exec.refuse(scope, receive, send, e)
        else:
            await pod_exec.converse(scope, receive, send, result)


def _name_in(request: Request) -> str:
    """The name of the object in a body; empty when it says none or cannot be read."""
    try:
        return str((request.decoded_object().get("metadata") or {}).get("name") or "")
    except ApiError:
        return ""


async def _body(scope: Scope, receive: Receive) -> bytes:
    if scope["method"] == "GET":
        return b""  # left unread, so that a stream hears of the disconnect
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
