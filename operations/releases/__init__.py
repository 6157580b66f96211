"""What deployments and rollbacks share: their rows in `deployments`, the figures, and the checks."""
