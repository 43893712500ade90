"""Renders a chart with Helm itself and prints what it finds as JSON: `python -m tests.deploy.render CHART VALUES`.

In a process of its own, because Helm is Go and has a runtime of its own.
"""

import json
import sys
from typing import Any

import helm_python as helm

RELEASE, NAMESPACE = "aoi", "ops"


def rendered(chart: str, values: dict[str, Any]) -> dict[str, Any]:
    """`files` by template, `lint` as Helm's messages, or `error` in Helm's words."""
    told = helm.lint(chart, values, strict=True)["messages"]
    lint = [message["error"] for message in told if message["severity"] > 1]
    try:
        with helm.Chart.load(chart) as loaded:
            files = loaded.render(values=values, name=RELEASE, namespace=NAMESPACE)
    except helm.HelmError as e:
        return {"error": str(e), "lint": lint, "files": {}}
    return {"error": "", "lint": lint, "files": files}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(rendered(sys.argv[1], json.loads(sys.argv[2]))))
