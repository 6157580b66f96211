"""What Google refuses in an alert policy, beyond the shape."""

from __future__ import annotations

import re

from gcp_local.services.errors import ApiError, Json, invalid, not_emulated
from gcp_local.services.fields import snake_case
from gcp_local.services.filters import Expression, FilterError, parse_filter, restricts
from gcp_local.services.logs import extractors, query
from gcp_local.services.monitoring.service import CONDITION_KINDS

MOST_CONDITIONS, MOST_CHANNELS = 6, 16
LONGEST_ABSENCE, SHORTEST_ABSENCE = 23.5 * 3600, 120
SHORTEST_AUTO_CLOSE, LONGEST_AUTO_CLOSE = 30 * 60, 7 * 24 * 3600
SHORTEST_RATE_PERIOD = 300
CHANNEL_NAME = re.compile(r"projects/[^/]+/notificationChannels/[^/]+")
ALIGNED = "must be a multiple of 60 seconds"


def bad_value(path: str, value: object, reason: str) -> ApiError:
    """400 in the words of the Monitoring API."""
    return invalid(f'Field {path} had an invalid value of "{value}": {reason}.', field=path)


def seconds(duration: str) -> float:
    """A duration of the API in seconds."""
    return float(duration[:-1])


def check_policy(policy: Json) -> None:
    """Raise 400 for the first thing that Google does not take."""
    if not policy.get("displayName", "").strip() or len(policy["displayName"]) > 512:
        reason = "must not be empty and have at most 512 characters"
        raise bad_value("alert_policy.display_name", policy.get("displayName", ""), reason)
    conditions = policy.get("conditions", [])
    if not 1 <= len(conditions) <= MOST_CONDITIONS:
        reason = f"a policy must have between 1 and {MOST_CONDITIONS} conditions"
        raise bad_value("alert_policy.conditions", len(conditions), reason)
    if policy.get("combiner", "COMBINE_UNSPECIFIED") == "COMBINE_UNSPECIFIED":
        raise bad_value("alert_policy.combiner", "COMBINE_UNSPECIFIED", "a combiner must be specified")
    for index, condition in enumerate(conditions):
        _check_condition(condition, f"alert_policy.conditions[{index}]")
    logs = any("conditionMatchedLog" in condition for condition in conditions)
    if logs and len(conditions) > 1:
        raise invalid("Alert policies with a log matching condition can only have a single condition.")
    _check_strategy(policy.get("alertStrategy", {}), logs=logs)
    _check_documentation(policy.get("documentation", {}))
    check_labels(policy.get("userLabels", {}), "alert_policy.user_labels")
    _check_channel_names(policy.get("notificationChannels", []))


def check_labels(labels: dict[str, str], path: str) -> None:
    """Raise 400 for user labels of the wrong form."""
    if len(labels) > 64:
        raise bad_value(path, len(labels), "there must be at most 64 labels")
    for key, value in labels.items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key):
            raise bad_value(path, key, "label keys must begin with a letter and hold a-z, 0-9, _ and - only")
        if not re.fullmatch(r"(?:[^\WA-Z]|-){0,63}", value):
            raise bad_value(f"{path}[{key}]", value, "label values must have at most 63 of a-z, 0-9, _ and -")


def _check_condition(condition: Json, path: str) -> None:
    if not condition.get("displayName", "").strip():
        raise bad_value(f"{path}.display_name", "", "must not be empty")
    kinds = [kind for kind in CONDITION_KINDS if kind in condition]
    if not kinds:
        raise bad_value(path, condition["displayName"], "a condition must have a type")
    if kinds[0] == "conditionSql":
        raise not_emulated("the condition type conditionSql")
    path = f"{path}.{snake_case(kinds[0])}"
    body = condition[kinds[0]]
    if kinds[0] == "conditionMatchedLog":
        query.check(parsed_filter(body.get("filter", ""), f"{path}.filter"))
        extractors.check(body.get("labelExtractors", {}), f"{path}.label_extractors")
    elif kinds[0] in ("conditionThreshold", "conditionAbsent"):
        _check_metric_condition(body, path, absent=kinds[0] == "conditionAbsent")
    else:
        _check_query_condition(body, path)


def parsed_filter(text: str, path: str) -> Expression:
    """A filter that is there and can be read. Raises 400."""
    if not text.strip():
        raise bad_value(path, "", "a filter must be specified")
    try:
        return parse_filter(text)
    except FilterError as error:
        raise bad_value(path, text, str(error)) from None


def _check_metric_condition(body: Json, path: str, *, absent: bool) -> None:
    filters = [name for name in ("filter", "denominatorFilter") if name == "filter" or name in body]
    for name in filters:
        text, place = body.get(name, ""), f"{path}.{snake_case(name)}"
        expression = parsed_filter(text, place)
        if not restricts(expression, "metric.type"):
            raise bad_value(place, text, 'must specify a restriction on "metric.type" in the filter')
        if not restricts(expression, "resource.type") and not restricts(expression, "group.id"):
            raise bad_value(
                place,
                text,
                'must specify a restriction on "resource.type" in the filter; see '
                '"https://cloud.google.com/monitoring/api/resources" for a list of available resource types',
            )
    _check_duration(body, path)
    if absent and not SHORTEST_ABSENCE <= seconds(body["duration"]) <= LONGEST_ABSENCE:
        raise bad_value(f"{path}.duration", body["duration"], "must be between 2 minutes and 23 hours 30 minutes")
    if not absent and body.get("comparison") not in ("COMPARISON_GT", "COMPARISON_LT"):
        value = body.get("comparison", "COMPARISON_UNSPECIFIED")
        raise bad_value(f"{path}.comparison", value, "only COMPARISON_GT and COMPARISON_LT are supported")
    for index, aggregation in enumerate(body.get("aggregations", [])):
        _check_aggregation(aggregation, f"{path}.aggregations[{index}]")


def _check_duration(body: Json, path: str) -> None:
    duration = body.get("duration", "")
    if not duration or seconds(duration) < 0 or seconds(duration) % 60:
        raise bad_value(f"{path}.duration", duration, ALIGNED)


def _check_aggregation(aggregation: Json, path: str) -> None:
    period = aggregation.get("alignmentPeriod", "")
    aligner = aggregation.get("perSeriesAligner", "ALIGN_NONE")
    if aligner != "ALIGN_NONE" and (not period or seconds(period) < 60 or seconds(period) % 60):
        raise bad_value(f"{path}.alignment_period", period, f"{ALIGNED}, and at least 60")
    if aligner == "ALIGN_NONE" and aggregation.get("crossSeriesReducer", "REDUCE_NONE") != "REDUCE_NONE":
        raise bad_value(f"{path}.per_series_aligner", aligner, "a reducer needs an aligner other than ALIGN_NONE")


def _check_query_condition(body: Json, path: str) -> None:
    if not body.get("query", "").strip():
        raise bad_value(f"{path}.query", "", "a query must be specified")
    if "duration" in body:
        _check_duration(body, path)
    interval = body.get("evaluationInterval", "")
    if interval and (seconds(interval) <= 0 or seconds(interval) % 30):
        raise bad_value(f"{path}.evaluation_interval", interval, "must be a multiple of 30 seconds")


def _check_strategy(strategy: Json, *, logs: bool) -> None:
    period = strategy.get("notificationRateLimit", {}).get("period", "")
    path = "alert_policy.alert_strategy.notification_rate_limit"
    if logs and not period:
        raise bad_value(path, "", "log-based alert policies must specify a notification rate limit")
    if logs and seconds(period) < SHORTEST_RATE_PERIOD:
        raise bad_value(f"{path}.period", period, "must be at least 300 seconds")
    if not logs and "notificationRateLimit" in strategy:
        raise bad_value(path, period, "metric-based alert policies must not specify a notification rate limit")
    auto_close = strategy.get("autoClose", "")
    if auto_close and not SHORTEST_AUTO_CLOSE <= seconds(auto_close) <= LONGEST_AUTO_CLOSE:
        reason = "must be between 30 minutes and 7 days"
        raise bad_value("alert_policy.alert_strategy.auto_close", auto_close, reason)
    if logs and strategy.get("notificationPrompts", ["OPENED"]) != ["OPENED"]:
        prompts = ",".join(strategy["notificationPrompts"])
        reason = "log-based alert policies notify of opened incidents only"
        raise bad_value("alert_policy.alert_strategy.notification_prompts", prompts, reason)


def _check_documentation(documentation: Json) -> None:
    mime_type = documentation.get("mimeType", "")
    if documentation.get("content") and mime_type not in ("", "text/markdown"):
        raise bad_value("alert_policy.documentation.mime_type", mime_type, 'only "text/markdown" is supported')
    if len(documentation.get("content", "").encode()) > 8 * 1024:
        raise bad_value("alert_policy.documentation.content", "...", "must not exceed 8 KiB")
    if len(documentation.get("subject", "")) > 255:
        raise bad_value("alert_policy.documentation.subject", "...", "must not exceed 255 characters")


def _check_channel_names(names: list[str]) -> None:
    if len(names) > MOST_CHANNELS:
        reason = f"there must be at most {MOST_CHANNELS} channels"
        raise bad_value("alert_policy.notification_channels", len(names), reason)
    for name in names:
        if not CHANNEL_NAME.fullmatch(name):
            raise invalid(
                f"Name must begin with 'projects/{{project_id}}/notificationChannels/{{channel_id}}', got: {name}"
            )
