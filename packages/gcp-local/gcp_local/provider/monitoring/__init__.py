"""Monitoring resources: notification channels, alert policies, dashboards."""
