"""Readers: the report views once more, in a dataset of their own, which readers see instead of the platform's.

Scope: that dataset with its one access list, its views. The platform's dataset lets all views in it read its rows for
whoever asks (an authorised dataset; `live.lost_access.stated`). Not here: what the views say (`sql/views`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog import Catalog, Placement, report_views
from catalog.views_only import VIEWS_ONLY
from components.assets import Target, view
from components.grants import entries
from components.live.lost_access import stated_of_reports
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class ReportsArgs:
    settings: Settings
    """What the operator states."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs."""


class Reports(pulumi.ComponentResource):
    """The dataset comes before the platform's, which authorises it; its views come after what they read (`show`)."""

    dataset: gcp.bigquery.Dataset

    def __init__(self, name: str, args: ReportsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Reports", name, None, opts)
        self._name, self._settings = name, args.settings
        settings = args.settings
        self.dataset = gcp.bigquery.Dataset(
            f"{name}-dataset",
            project=settings.project,
            dataset_id=settings.reports_dataset,
            location=settings.location,
            friendly_name="EROS reports",
            description="What readers see of the EROS data platform: views only. Declared by the platform stack.",
            delete_contents_on_destroy=False,
            labels={**settings.labels, **dict([VIEWS_ONLY])},
            accesses=entries(stated_of_reports(settings)),
            # It goes when an older release, which had none, is deployed again.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({"dataset": self.dataset.dataset_id})

    def show(
        self, catalog: Catalog, place: Placement, made: Mapping[str, pulumi.Resource], authorised: pulumi.Resource
    ) -> None:
        """Each report view with the text of its original, so that both give the same rows."""
        target = Target(self._settings, place, self.dataset.dataset_id)
        for declared in report_views(catalog):
            # BigQuery looks whether whoever makes a view may read what it names; the original names the same.
            options = pulumi.ResourceOptions(parent=self, depends_on=[authorised, made[declared.name]])
            view(declared, target, options, name=f"{self._name}-{declared.name}")
