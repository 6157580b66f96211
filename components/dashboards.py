"""Dashboards: what Cloud Monitoring shows of the platform, and what is promised of it.

Scope: the log metrics of catalog/told_figures.py, the dashboards of catalog/boards, the service `eros-platform-STACK`
with two objectives. All carry the stack's name. Not here: saying the figures (sql/procedures/tell_figures.sql), alerts
(`Monitoring`), the budget (`Oversight`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog import told_figures
from catalog.addresses import Placement
from catalog.alerts import AlertRule
from catalog.boards import StackShown, measures, pages
from catalog.told_figures import LogMetric
from components import alert_policies
from components.monitoring import EVALUATOR
from settings.model import Settings

# The goals of operations: availability, and queries that are quick enough.
AVAILABLE, QUICK, SECONDS, DAYS = 0.999, 0.95, 30.0, 28
# Powers of two from 1/16: fine enough for seconds and shares, far enough for captions. Means do not depend on them.
BUCKETS = gcp.logging.MetricBucketOptionsArgs(
    exponential_buckets=gcp.logging.MetricBucketOptionsExponentialBucketsArgs(
        num_finite_buckets=32, growth_factor=2, scale=0.0625
    )
)


@dataclass(frozen=True, kw_only=True)
class DashboardsArgs:
    settings: Settings
    """What the operator states."""
    place: Placement
    """Where the objects are that texts name."""
    alerts: Mapping[str, AlertRule]
    """The alert rules, whose thresholds are drawn."""
    transfer_configs: Mapping[str, pulumi.Input[str]]
    """Resource name of each schedule's transfer config."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs."""


class Dashboards(pulumi.ComponentResource):
    """`metrics` by key, `dashboards` and `objectives` by name; nothing while the evaluator is not scheduled."""

    metrics: Mapping[str, gcp.logging.Metric]
    dashboards: Mapping[str, gcp.monitoring.Dashboard]
    objectives: Mapping[str, gcp.monitoring.Slo]

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Dashboards", name, None, opts)
        self._name, self._args, self._settings = name, args, args.settings
        self.metrics, self.dashboards, self.objectives = {}, {}, {}
        if EVALUATOR in args.transfer_configs:
            self.metrics = {one.key: self._metric(one, filter_) for one, filter_ in self._declared()}
            self.dashboards = {title: self._dashboard(title, text) for title, text in self._documents().items()}
            self.objectives = self._promises()
        self.register_outputs({})

    def _declared(self) -> list[tuple[LogMetric, pulumi.Input[str]]]:
        settings = self._settings
        told = [*told_figures.figures(settings.stack), told_figures.changed(settings.project, settings.stack)]
        broken = alert_policies.broken_runs(self._args.transfer_configs[EVALUATOR])
        return [*((one, one.filter) for one in told), (told_figures.evaluator_failures(settings.stack, ""), broken)]

    def _metric(self, one: LogMetric, filter_: pulumi.Input[str]) -> gcp.logging.Metric:
        return gcp.logging.Metric(
            f"{self._name}-{one.key}",
            project=self._settings.project,
            name=told_figures.name(one.key, self._settings.stack),
            description=one.description,
            filter=filter_,
            metric_descriptor=gcp.logging.MetricMetricDescriptorArgs(
                metric_kind="DELTA",
                value_type="DISTRIBUTION" if one.extractor else "INT64",
                unit="1",
                labels=[
                    gcp.logging.MetricMetricDescriptorLabelArgs(key=key, value_type="STRING") for key, _ in one.labels
                ],
            ),
            label_extractors=dict(one.labels) or None,
            value_extractor=one.extractor or None,
            bucket_options=BUCKETS if one.extractor else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )

    def _documents(self) -> dict[str, pulumi.Output[str]]:
        ids = {name: alert_policies.config_id(config) for name, config in self._args.transfer_configs.items()}
        known = pulumi.Output.all(**ids)

        def document(name: str) -> pulumi.Output[str]:
            return known.apply(lambda found: json.dumps(pages(self._subject(found))[name], sort_keys=True))

        # Which there are is known before the ids are.
        return {name: document(name) for name in pages(self._subject(dict.fromkeys(ids, "")))}

    def _subject(self, configs: Mapping[str, str]) -> StackShown:
        return StackShown(
            project=self._settings.project,
            stack=self._settings.stack,
            dataset=f"{self._args.place.project}.{self._args.place.dataset}",
            alerts=self._args.alerts,
            configs=configs,
            evaluator=EVALUATOR,
        )

    def _dashboard(self, name: str, document: pulumi.Input[str]) -> gcp.monitoring.Dashboard:
        # A chart of a log metric that is not there yet would be refused.
        return gcp.monitoring.Dashboard(
            f"{self._name}-{name}",
            project=self._settings.project,
            dashboard_json=document,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self._args.after, *self.metrics.values()]),
        )

    def _promises(self) -> dict[str, gcp.monitoring.Slo]:
        stack = self._settings.stack
        service = gcp.monitoring.CustomService(
            f"{self._name}-service",
            project=self._settings.project,
            service_id=f"eros-platform-{stack}",
            display_name=f"EROS ({stack})",
            user_labels=self._settings.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )
        failures = told_figures.LOG_METRIC + told_figures.name(told_figures.EVALUATOR_FAILURES, stack)
        ratio = gcp.monitoring.SloRequestBasedSliGoodTotalRatioArgs(
            bad_service_filter=f'metric.type = "{failures}" AND resource.type = "{measures.CONFIG}"',
            total_service_filter=alert_policies.finished_runs(self._args.transfer_configs[EVALUATOR]),
        )
        cut = gcp.monitoring.SloRequestBasedSliDistributionCutArgs(
            distribution_filter=f'metric.type = "{measures.QUERY_SECONDS}" AND resource.type = "{measures.PROJECT}"',
            range=gcp.monitoring.SloRequestBasedSliDistributionCutRangeArgs(max=SECONDS),
        )
        sli = gcp.monitoring.SloRequestBasedSliArgs
        # A run of the evaluator that tells an alert fails, and has done its work: bad are those that fail otherwise.
        return {
            "availability": self._promise(service, "availability", AVAILABLE, sli(good_total_ratio=ratio)),
            "latency": self._promise(service, "latency", QUICK, sli(distribution_cut=cut)),
        }

    def _promise(
        self, service: gcp.monitoring.CustomService, name: str, goal: float, sli: gcp.monitoring.SloRequestBasedSliArgs
    ) -> gcp.monitoring.Slo:
        return gcp.monitoring.Slo(
            f"{self._name}-{name}",
            project=self._settings.project,
            service=service.service_id,
            slo_id=name,
            display_name=f"EROS ({self._settings.stack}): {name}",
            goal=goal,
            rolling_period_days=DAYS,
            request_based_sli=sli,
            user_labels=self._settings.labels,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self._args.after, *self.metrics.values()]),
        )
