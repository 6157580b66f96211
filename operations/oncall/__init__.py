"""Alerts as rows of `automation_alerts`: listing and acknowledging them, and telling of them where policies cannot."""
