"""Monitoring: alert policies, evaluated, with their incidents, snoozes, notification channels and time series."""

from __future__ import annotations

from gcp_local.services.monitoring import channels, incidents, policies, snoozes, time_series
from gcp_local.services.monitoring.service import SERVICE

__all__ = ["SERVICE", "channels", "incidents", "policies", "snoozes", "time_series"]
