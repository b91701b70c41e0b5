"""Filters of mitmproxy, with which a user chooses what is recorded."""

from collections.abc import Callable

from mitmproxy import flowfilter, http

from glancetape.wire.flows import flow_of
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.interaction import Interaction


def read_filter(text: str, option: str) -> Callable[[http.HTTPFlow], bool]:
    """What decides whether a flow matches a filter, such as `~d ims.example.com & ~m GET`.

    Raises BadParameter, which names the option.
    """
    try:
        found = flowfilter.parse(text)
    except ValueError as error:
        raise BadParameter(
            f"{option}: {text!r} is not a filter of mitmproxy. An example is '~d ims.example.com'; "
            "https://docs.mitmproxy.org/stable/concepts/filters/ has them all."
        ) from error
    return lambda flow: bool(flowfilter.match(found, flow))


def filter_of_interactions(text: str, option: str) -> Callable[[Interaction], bool]:
    """The same for interactions that another tool saved."""
    matches = read_filter(text, option)
    return lambda interaction: matches(flow_of(interaction))
