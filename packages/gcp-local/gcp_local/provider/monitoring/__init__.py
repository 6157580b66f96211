"""Monitoring resources: notification channels, alert policies, dashboards, services and their objectives."""
