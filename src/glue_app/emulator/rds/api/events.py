"""Events, as they are described.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/working-with-events.html
"""

from __future__ import annotations

from localstack.aws.api import RequestContext, handler

from ..events import event_log
from ..models import RdsStores
from ..resources.filters import filtered
from ..resources.instance_settings import Request
from .paging import page
from .request import Answer, scope_of


class EventOperations:
    """Mixed into the provider."""

    stores: RdsStores

    @handler("DescribeEvents", expand=False)
    def describe_events(self, context: RequestContext, request: Request) -> Answer:
        with self.stores.lock:
            found = event_log.find(self.stores.of(scope_of(context)), request)
            shown = [event_log.shape(event) for event in filtered(found, request, {})]
            return page(shown, request, "Events")

    @handler("DescribeEventCategories", expand=False)
    def describe_event_categories(self, _context: RequestContext, request: Request) -> Answer:
        found = event_log.categories(request.get("SourceType"))
        return {"EventCategoriesMapList": filtered(found, request, {})}
