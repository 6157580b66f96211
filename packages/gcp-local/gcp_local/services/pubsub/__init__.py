"""Pub/Sub: topics, their policies, subscriptions that are pulled from, and the messages between."""

from __future__ import annotations

from gcp_local.services.pubsub import access, pulling, subscriptions, topics
from gcp_local.services.pubsub.service import SERVICE

__all__ = ["SERVICE", "access", "pulling", "subscriptions", "topics"]
