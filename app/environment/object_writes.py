"""Writes to everything but workloads as tools: each is approved, executed and verified at once.

The types and the `Args` of these methods are what a model is shown of them.
"""

from app.environment.writing import Writing
from domain import actions


class ObjectWrites(Writing):
    """Tools that change one Service, ConfigMap, node, policy, quota or volume."""

    def patch_service_port(self, name: str, port: int, target_port: int) -> str:
        """
        Point one port of a Service at another port of its pods.

        Args:
            name: Name of the Service.
            port: The Service's own port.
            target_port: The port of the pods.
        """
        ref = self._ref("Service", name)
        return self._propose(actions.PatchServicePort(target=ref, port=port, target_port=target_port))

    def patch_service_selector(self, name: str, selector: dict[str, str]) -> str:
        """
        Replace a Service's selector.

        Args:
            name: Name of the Service.
            selector: Labels of the pods that it should select.
        """
        return self._propose(actions.PatchServiceSelector(target=self._ref("Service", name), selector=selector))

    def create_config_map(self, name: str, data: dict[str, str]) -> str:
        """
        Create a ConfigMap that is referred to and missing.

        Args:
            name: Name of the ConfigMap.
            data: Its keys and values.
        """
        return self._propose(actions.CreateConfigMap(target=self._ref("ConfigMap", name), data=data))

    def set_config_key(self, name: str, key: str, value: str) -> str:
        """
        Set one key of an existing ConfigMap.

        Args:
            name: Name of the ConfigMap.
            key: The key.
            value: Its value.
        """
        return self._propose(actions.SetConfigKey(target=self._ref("ConfigMap", name), key=key, value=value))

    def release_volume(self, name: str, claim: str) -> str:
        """
        Let a Released volume be bound again.

        Args:
            name: Name of the PersistentVolume.
            claim: Name of the claim that waits for it.
        """
        volume, waiting = self._ref("PersistentVolume", name), self._ref("PersistentVolumeClaim", claim)
        return self._propose(actions.ReleaseVolume(target=volume, claim=waiting))

    def switch_flag(self, name: str, key: str, flag: str, variant: str) -> str:
        """
        Let a feature flag serve another variant.

        Args:
            name: Name of the ConfigMap that holds the file of flags.
            key: Key of the file in it.
            flag: Name of the flag.
            variant: The variant to serve.
        """
        ref = self._ref("ConfigMap", name)
        return self._propose(actions.SwitchFlag(target=ref, key=key, flag=flag, variant=variant))

    def uncordon(self, name: str) -> str:
        """
        Let a node take pods again.

        Args:
            name: Name of the node.
        """
        return self._propose(actions.Uncordon(target=self._ref("Node", name)))

    def remove_network_policy(self, name: str) -> str:
        """
        Delete a NetworkPolicy.

        Args:
            name: Name of the NetworkPolicy.
        """
        return self._propose(actions.RemoveNetworkPolicy(target=self._ref("NetworkPolicy", name)))

    def allow_ingress(self, name: str, from_labels: dict[str, str], port: int) -> str:
        """
        Add a rule to a NetworkPolicy that lets pods with these labels in on one port.

        Args:
            name: Name of the NetworkPolicy.
            from_labels: Labels of the pods to let in.
            port: The port.
        """
        ref = self._ref("NetworkPolicy", name)
        return self._propose(actions.AllowIngress(target=ref, from_labels=from_labels, port=port))

    def patch_quota(self, name: str, hard: dict[str, str]) -> str:
        """
        Change hard limits of a ResourceQuota.

        Args:
            name: Name of the ResourceQuota.
            hard: Quantities by resource.
        """
        return self._propose(actions.PatchQuota(target=self._ref("ResourceQuota", name), hard=hard))
