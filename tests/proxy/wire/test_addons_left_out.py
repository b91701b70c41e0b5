"""What runs without some of mitmproxy's addons misses nothing by it."""

import asyncio
import inspect
from typing import Any

import pytest
from mitmproxy import addons
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import taddons, tflow

from glancetape.wire.mitmproxy_runner import IDLE_ADDONS

_default_addons: Any = addons.default_addons
_make_flow: Any = tflow.tflow
_new_context: Any = taddons.context
_HOOKS = "requestheaders request responseheaders response update error".split()
_UPGRADE = {"connection": "upgrade, http2-settings", "upgrade": "h2c", "http2-settings": "AAMA"}


@pytest.mark.parametrize("name", sorted(IDLE_ADDONS))
def test_an_addon_that_is_left_out_changes_no_flow(name: str) -> None:
    """With the options as they are by default: no command of ours sets one of its own."""
    assert not asyncio.run(_changes_a_flow(name))


@pytest.mark.parametrize("name", ["DisableH2C", "UpdateAltSvc"])
def test_an_addon_that_changes_the_same_flow_is_not_left_out(name: str) -> None:
    """They are at work without an option."""
    assert asyncio.run(_changes_a_flow(name))
    assert name not in IDLE_ADDONS


async def _changes_a_flow(name: str) -> bool:
    """Call an addon's hooks, each with a flow of its own through a reverse proxy."""
    (addon,) = (one for one in _default_addons() if type(one).__name__ == name)
    is_changed = False
    with _new_context(addon):
        for hook in filter(None, (getattr(addon, one, None) for one in _HOOKS)):
            flow = _make_flow(resp=hook.__name__ not in ("requestheaders", "request"))
            flow.client_conn.proxy_mode = ProxyMode.parse("reverse:http://glance:9292")
            flow.request.headers.update(_UPGRADE)
            if flow.response is not None:
                flow.response.headers["alt-svc"] = 'h3=":9292"'
            before = flow.get_state()
            result = hook(flow)
            if inspect.isawaitable(result):
                await result
            is_changed |= before != flow.get_state()
    return is_changed
