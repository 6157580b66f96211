"""Monitoring: alert policies and notification channels, kept and checked as Google does; nothing is evaluated here."""

from __future__ import annotations

from gcp_local.services.monitoring import channels, policies
from gcp_local.services.monitoring.service import SERVICE

__all__ = ["SERVICE", "channels", "policies"]
