"""Pub/Sub resources: topics, subscriptions, members of a topic's policy."""
