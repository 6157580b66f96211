"""Who is told that a run ended: Monitoring, by a point of its metric, and the topic that the config names."""

from __future__ import annotations

from gcp_local.services import points
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json
from gcp_local.services.identities import TRANSFER_AGENT_DOMAIN
from gcp_local.services.monitoring import series
from gcp_local.services.pubsub import agent_publish
from gcp_local.services.transfer import history

# docs.cloud.google.com/bigquery/docs/transfer-run-notifications#attributes
ATTRIBUTES = {"eventType": "TRANSFER_RUN_FINISHED", "payloadFormat": "JSON_API_V1"}


def announce(cloud: Cloud, run: Json) -> None:
    """Tell of a run that has ended; a topic that cannot be published to is said in the run's log."""
    cause = "AUTO_SCHEDULE" if "schedule" in run else "USER_REQUESTED"
    labels = {"completion_state": run["state"], "run_cause": cause}
    points.record(cloud, series.COMPLETED_RUNS, labels, history.resource_of(run))
    if topic := run.get("notificationPubsubTopic"):
        try:
            agent_publish.publish(cloud, TRANSFER_AGENT_DOMAIN, topic, run, ATTRIBUTES)
        except ApiError as error:
            history.log(cloud, run, f"The notification to {topic} could not be sent: {error.message}", "WARNING")


def check_topic(cloud: Cloud, config: Json) -> None:
    """Raise what Google answers for a topic that cannot be notified; else let the transfer agent publish there.

    Who states a topic needs pubsub.topics.getIamPolicy and setIamPolicy on it (docs.cloud.google.com/bigquery/docs/
    transfer-run-notifications, "Before you begin"): the service grants its agent the right itself.
    """
    if topic := config.get("notificationPubsubTopic"):
        agent_publish.find(cloud, topic)
        agent_publish.grant(cloud, TRANSFER_AGENT_DOMAIN, topic)
