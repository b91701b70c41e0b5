"""A request in the terms of the recorded view that it asks about, and what is replied to it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from glancetape_cassettes.cloud.links import LIST_PATH
from glancetape_cassettes.cloud.responses import request_id_of
from glancetape_cassettes.deriving.reasons import NotProved
from glancetape_cassettes.deriving.timelines.view_timeline import ViewTimeline
from glancetape_cassettes.deriving.timelines.views import View
from glancetape_cassettes.interaction import Headers, Response
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.replaying.recorded_terms.as_recorded import AsRecorded


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    """A request in the terms of the view that it asks about."""

    timeline: ViewTimeline
    """What was recorded of the view, among others."""
    view: View
    form: AsRecorded
    headers: Headers
    """Those of the request, as it came."""

    @property
    def query(self) -> str:
        """The query of the request, as it is in its URI."""
        return urlsplit(self.form.uri).query

    @property
    def request_id(self) -> str:
        """The id that the cloud gives the request, always the same one."""
        return request_id_of(self.form.uri, str(self.view.caller))

    def proved(self, response: Response, source: str) -> Answer:
        """The derived answer with a response and what proves it."""
        return Answer(
            response=response,
            provenance=Provenance.DERIVED,
            source=source,
            restore=self.form.restore,
        )

    def miss(self, why: NotProved) -> Miss:
        """Why nothing is proved, and what to record at the service of the view."""
        root = "://".join(urlsplit(self.timeline.views[self.view].uri)[:2])
        asked = urlsplit(self.form.uri)
        requests = [f"{self.view.path}{one.removeprefix(LIST_PATH)}" for one in why.requests]
        if not requests:
            requests.append(f"{asked.path}?{asked.query}" if asked.query else asked.path)
        return Miss(reason=str(why), answerable_with=tuple(f"GET {root}{one}" for one in requests))
