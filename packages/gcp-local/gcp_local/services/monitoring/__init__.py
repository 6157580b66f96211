"""Monitoring: alert policies, evaluated, with their incidents, snoozes, notification channels,
dashboards, objectives and time series."""

from __future__ import annotations

from gcp_local.services.monitoring import channels, dashboards, incidents, objectives, policies, snoozes, time_series
from gcp_local.services.monitoring.service import SERVICE

__all__ = ["SERVICE", "channels", "dashboards", "incidents", "objectives", "policies", "snoozes", "time_series"]
