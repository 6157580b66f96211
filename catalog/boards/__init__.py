"""The dashboards of a stack as documents of Cloud Monitoring's API. No network, no Pulumi.

`measures` says what is measured, `widgets` how it is drawn, `shown` which dashboards there are.
"""

from catalog.boards.shown import StackShown, pages

__all__ = ["StackShown", "pages"]
