"""Writes to workloads and pods as tools: each is approved, executed and verified at once.

The types and the `Args` of these methods are what a model is shown of them.
"""

from typing import Literal

from app.environment.writing import Writing
from domain import actions
from domain.accounts import CreateDatabaseUser, GrantDatabaseRole


class WorkloadWrites(Writing):
    """Tools that change one workload."""

    def restart(self, kind: str, name: str) -> str:
        """
        Roll the pods of a workload anew.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
        """
        return self._propose(actions.Restart(target=self._ref(kind, name)))

    def scale(self, kind: str, name: str, replicas: int) -> str:
        """
        Set the number of replicas of a workload.

        Args:
            kind: Deployment or StatefulSet.
            name: Name of the workload.
            replicas: How many pods there should be.
        """
        return self._propose(actions.Scale(target=self._ref(kind, name), replicas=replicas))

    def roll_back(self, name: str, revision: int = 0) -> str:
        """
        Return a Deployment to an earlier revision.

        Args:
            name: Name of the Deployment.
            revision: The revision to return to; 0 for the one before the current one.
        """
        return self._propose(actions.RollBack(target=self._ref("Deployment", name), revision=revision or None))

    def set_image(self, kind: str, name: str, container: str, image: str) -> str:
        """
        Set a container's image.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
            container: Name of the container.
            image: The image with its tag.
        """
        return self._propose(actions.SetImage(target=self._ref(kind, name), container=container, image=image))

    def set_resources(
        self, kind: str, name: str, container: str, requests: dict[str, str], limits: dict[str, str]
    ) -> str:
        """
        Set a container's requests and limits; a resource that is not named keeps its value.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
            container: Name of the container.
            requests: Quantities by resource, such as cpu and memory.
            limits: Quantities by resource, such as cpu and memory.
        """
        ref = self._ref(kind, name)
        return self._propose(
            actions.SetResources(target=ref, container=container, requests=requests, limits=limits)
        )

    def set_env(self, kind: str, name: str, container: str, variable: str, value: str) -> str:
        """
        Set one environment variable of a container.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
            container: Name of the container.
            variable: Name of the variable.
            value: Its value.
        """
        ref = self._ref(kind, name)
        return self._propose(actions.SetEnv(target=ref, container=container, name=variable, value=value))

    def set_command(self, kind: str, name: str, container: str, command: list[str]) -> str:
        """
        Set the command that a container runs.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
            container: Name of the container.
            command: The program and its first arguments.
        """
        ref = self._ref(kind, name)
        return self._propose(actions.SetCommand(target=ref, container=container, command=tuple(command)))

    def set_config_reference(self, kind: str, name: str, missing: str, config_map: str) -> str:
        """
        Point a workload at another ConfigMap.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
            missing: The ConfigMap that it refers to now.
            config_map: The ConfigMap to refer to instead.
        """
        ref = self._ref(kind, name)
        return self._propose(actions.SetConfigReference(target=ref, missing=missing, config_map=config_map))

    def patch_node_selector(self, kind: str, name: str, node_selector: dict[str, str]) -> str:
        """
        Replace a workload's node selector.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
            node_selector: Labels of the nodes to run on; empty to run anywhere.
        """
        ref = self._ref(kind, name)
        return self._propose(actions.PatchNodeSelector(target=ref, node_selector=node_selector))

    def add_toleration(
        self, kind: str, name: str, key: str, value: str, effect: Literal["NoSchedule", "NoExecute"]
    ) -> str:
        """
        Let a workload's pods run on nodes with a taint.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
            key: Key of the taint.
            value: Value of the taint; empty where it has none.
            effect: Effect of the taint.
        """
        ref = self._ref(kind, name)
        return self._propose(actions.AddToleration(target=ref, key=key, value=value or None, effect=effect))

    def patch_probe(
        self,
        kind: str,
        name: str,
        container: str,
        probe: Literal["readinessProbe", "livenessProbe", "startupProbe"],
        path: str = "",
        port: int = 0,
        initial_delay_seconds: int = 0,
        failure_threshold: int = 0,
    ) -> str:
        """
        Change fields of a container's probe; what is left out stays as it is.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
            container: Name of the container.
            probe: Which probe.
            path: HTTP path to ask for.
            port: Port to ask at.
            initial_delay_seconds: Wait before the first try.
            failure_threshold: Failures in a row that count.
        """
        change = actions.PatchProbe(
            target=self._ref(kind, name),
            container=container,
            kind=probe,
            path=path or None,
            port=port or None,
            initial_delay_seconds=initial_delay_seconds or None,
            failure_threshold=failure_threshold or None,
        )
        return self._propose(change)

    def delete_pod(self, name: str) -> str:
        """
        Delete one pod so that its controller replaces it.

        Args:
            name: Name of the pod.
        """
        return self._propose(actions.DeletePod(target=self._ref("Pod", name)))

    def grant_database_role(
        self, kind: str, name: str, user: str, role: Literal["read", "readWrite"], database: str
    ) -> str:
        """
        Grant a role on a database to a user of a MongoDB server.

        Args:
            kind: Deployment or StatefulSet.
            name: Name of the workload that runs the server.
            user: The user, kept in the database admin.
            role: read or readWrite.
            database: What the role is for.
        """
        return self._propose(
            GrantDatabaseRole(target=self._ref(kind, name), user=user, role=role, database=database)
        )

    def create_database_user(
        self,
        kind: str,
        name: str,
        user: str,
        role: Literal["read", "readWrite"],
        database: str,
        secret_name: str,
        key: str,
    ) -> str:
        """
        Create a user of a MongoDB server, with the password that a Secret holds.

        Args:
            kind: Deployment or StatefulSet.
            name: Name of the workload that runs the server.
            user: The user, to be kept in the database admin.
            role: read or readWrite.
            database: What the role is for.
            secret_name: Name of the Secret that a workload refers to for this password.
            key: Key of the password in the Secret.
        """
        action = CreateDatabaseUser(
            target=self._ref(kind, name),
            user=user,
            role=role,
            database=database,
            secret_name=secret_name,
            key=key,
        )
        return self._propose(action)
