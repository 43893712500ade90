"""The cells of what leads traffic to pods (kubernetes/pkg/printers/internalversion, 1.33)."""

from typing import Final

from lab.cluster.ports import Object
from lab.cluster.printing.cells import Cells, Printer, age
from lab.cluster.printing.humanize import NONE, first_few, pairs, selector


def _service(obj: Object, now: float) -> Cells:
    spec = obj["spec"]
    ports = [
        f"{p['port']}{':' + str(p['nodePort']) if p.get('nodePort') else ''}/{p.get('protocol', 'TCP')}"
        for p in spec.get("ports") or ()
    ]
    kind = spec.get("type", "ClusterIP")
    external = {"LoadBalancer": "<pending>", "ExternalName": spec.get("externalName")}.get(kind) or NONE
    ip = spec.get("clusterIP") or NONE
    return [kind, ip, external, ",".join(ports) or NONE, age(obj, now), pairs(spec.get("selector"))]


def _endpoints(obj: Object, now: float) -> Cells:
    places = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for address in subset.get("addresses") or ()
        for port in subset.get("ports") or ()
    ]
    return [first_few(places), age(obj, now)]


def _endpoint_slice(obj: Object, now: float) -> Cells:
    ports = first_few(str(port.get("port", "*")) for port in obj.get("ports") or ())
    places = first_few(address for endpoint in obj.get("endpoints") or () for address in endpoint["addresses"])
    return [obj["addressType"], ports, places, age(obj, now)]


def _ingress(obj: Object, now: float) -> Cells:
    spec = obj["spec"]
    hosts = first_few(rule.get("host", "*") for rule in spec.get("rules") or ()) if spec.get("rules") else "*"
    ports = "80, 443" if spec.get("tls") else "80"
    places = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    address = ",".join(each.get("ip") or each.get("hostname", "") for each in places)
    return [spec.get("ingressClassName") or NONE, hosts, address, ports, age(obj, now)]


def _ingress_class(obj: Object, now: float) -> Cells:
    spec = obj.get("spec") or {}
    about = spec.get("parameters")
    parameters = NONE if about is None else f"{about['kind']}.{about.get('apiGroup', '')}/{about['name']}"
    return [spec.get("controller", ""), parameters, age(obj, now)]


def _policy(obj: Object, now: float) -> Cells:
    return [selector(obj["spec"].get("podSelector")), age(obj, now)]


PRINTERS: Final[dict[str, Printer]] = {
    "Service": (("Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector*"), _service),
    "Endpoints": (("Endpoints", "Age"), _endpoints),
    "EndpointSlice": (("AddressType", "Ports", "Endpoints", "Age"), _endpoint_slice),
    "Ingress": (("Class", "Hosts", "Address", "Ports", "Age"), _ingress),
    "IngressClass": (("Controller", "Parameters", "Age"), _ingress_class),
    "NetworkPolicy": (("Pod-Selector", "Age"), _policy),
}
