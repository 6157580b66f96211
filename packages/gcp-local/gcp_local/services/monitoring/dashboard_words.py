"""The enums of dashboards by their types: github.com/googleapis/googleapis, google/monitoring/dashboard/v1.

Their words are numbered in the document's order but for the colours. The newer ones are in no public proto: Google's
refusals of them are in doubt, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

from gcp_local.services.discovery.overlay import Words

PACKAGE = "google.monitoring.dashboard.v1"
TYPES = {
    "EventAnnotation.eventType": "EventAnnotation.EventType",
    "PieChart.chartType": "PieChart.PieChartType",
    "Dimension.sortOrder": "Dimension.SortOrder",
    "PickTimeSeriesFilter.direction": "PickTimeSeriesFilter.Direction",
    "PickTimeSeriesFilter.rankingMethod": "PickTimeSeriesFilter.Method",
    "StatisticalTimeSeriesFilter.rankingMethod": "StatisticalTimeSeriesFilter.Method",
    "TraceQuery.spanDataValue": "TraceQuery.SpanDataValue",
    "Breakdown.sortOrder": "Breakdown.SortOrder",
    "SparkChartView.sparkChartType": "SparkChartType",
    "Threshold.direction": "Threshold.Direction",
    "Threshold.targetAxis": "Threshold.TargetAxis",
    "SingleViewGroup.displayType": "SingleViewGroup.DisplayType",
    "Text.format": "Text.Format",
    "TextStyle.fontSize": "Text.TextStyle.FontSize",
    "TextStyle.horizontalAlignment": "Text.TextStyle.HorizontalAlignment",
    "TextStyle.padding": "Text.TextStyle.PaddingSize",
    "TextStyle.pointerLocation": "Text.TextStyle.PointerLocation",
    "TextStyle.verticalAlignment": "Text.TextStyle.VerticalAlignment",
    "ColumnSettings.alignment": "TableDisplayOptions.CellAlignment",
    "TimeSeriesTable.metricVisualization": "TimeSeriesTable.MetricVisualization",
    "TemplateVariableCondition.comparator": "TemplateVariableCondition.Comparator",
    "ChartOptions.mode": "ChartOptions.Mode",
    "ColumnSortingOptions.direction": "ColumnSortingOptions.SortOrder",
    "DataSet.plotType": "XyChart.DataSet.PlotType",
    "DataSet.targetAxis": "XyChart.DataSet.TargetAxis",
    "Axis.scale": "XyChart.Axis.Scale",
    "DashboardFilter.filterType": "DashboardFilter.FilterType",
    "DashboardFilter.valueType": "DashboardFilter.ValueType",
}
WORDS = {
    **{field: Words(f"{PACKAGE}.{name}") for field, name in TYPES.items()},
    "Threshold.color": Words(f"{PACKAGE}.Threshold.Color", (0, 4, 6)),
}
LAYOUTS = ("gridLayout", "mosaicLayout", "rowLayout", "columnLayout")
WIDGETS = (
    *("xyChart", "scorecard", "text", "blank", "alertChart", "timeSeriesTable", "collapsibleGroup", "logsPanel"),
    *("incidentList", "pieChart", "treemap", "errorReportingPanel", "sectionHeader", "singleViewGroup"),
    *("filterControl", "timeRange"),
)
GROUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"Dashboard": {"layout": LAYOUTS}, "Widget": {"content": WIDGETS}}
