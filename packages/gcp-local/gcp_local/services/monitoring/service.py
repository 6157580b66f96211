"""The service object that the modules of Monitoring register with, and what of the API is absent."""

from __future__ import annotations

from gcp_local.services.registry import Service

SERVICE = Service(
    name="monitoring",
    title="Cloud Monitoring API",
    host="monitoring.googleapis.com",
    prefix="monitoring",
    notes=(
        "Alert policies are kept and checked, not evaluated: no incident is opened and no notification is sent.",
        "Whether a metric exists is not checked. Filters are checked for syntax and, in metric conditions, for "
        "`metric.type` and `resource.type`; the text of PromQL and MQL queries is not.",
        "Sensitive channel labels are answered and kept obfuscated.",
    ),
)

_PROJECT = "/v3/projects/{project}"
_CHANNEL = _PROJECT + "/notificationChannels/{channel}"
SERVICE.not_emulated(
    ("projects.notificationChannels.sendVerificationCode", "POST", _CHANNEL + ":sendVerificationCode"),
    ("projects.notificationChannels.getVerificationCode", "POST", _CHANNEL + ":getVerificationCode"),
    ("projects.notificationChannels.verify", "POST", _CHANNEL + ":verify"),
    ("projects.timeSeries.list", "GET", _PROJECT + "/timeSeries"),
    ("projects.timeSeries.create", "POST", _PROJECT + "/timeSeries"),
    ("projects.timeSeries.query", "POST", _PROJECT + "/timeSeries:query"),
    ("projects.metricDescriptors.list", "GET", _PROJECT + "/metricDescriptors"),
    ("projects.metricDescriptors.create", "POST", _PROJECT + "/metricDescriptors"),
    ("projects.metricDescriptors.get", "GET", _PROJECT + "/metricDescriptors/{metric}"),
    ("projects.metricDescriptors.delete", "DELETE", _PROJECT + "/metricDescriptors/{metric}"),
    ("projects.monitoredResourceDescriptors.list", "GET", _PROJECT + "/monitoredResourceDescriptors"),
    ("projects.groups.list", "GET", _PROJECT + "/groups"),
    ("projects.groups.create", "POST", _PROJECT + "/groups"),
    ("projects.snoozes.list", "GET", _PROJECT + "/snoozes"),
    ("projects.snoozes.create", "POST", _PROJECT + "/snoozes"),
    ("projects.alerts.list", "GET", _PROJECT + "/alerts"),
    ("projects.uptimeCheckConfigs.list", "GET", _PROJECT + "/uptimeCheckConfigs"),
    ("projects.uptimeCheckConfigs.create", "POST", _PROJECT + "/uptimeCheckConfigs"),
    ("projects.dashboards.list", "GET", "/v1/projects/{project}/dashboards"),
    ("projects.dashboards.create", "POST", "/v1/projects/{project}/dashboards"),
    ("projects.dashboards.get", "GET", "/v1/projects/{project}/dashboards/{dashboard}"),
    ("projects.dashboards.patch", "PATCH", "/v1/projects/{project}/dashboards/{dashboard}"),
    ("projects.dashboards.delete", "DELETE", "/v1/projects/{project}/dashboards/{dashboard}"),
)
