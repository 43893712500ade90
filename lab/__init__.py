"""The incident lab: embedded Kubernetes, sample applications, faults, graders."""
