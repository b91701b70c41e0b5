"""What a test gets: the address of a service that answers from what the test chose."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from glancetape.pytest_plugin.choosing import CLOUD, for_markers
from glancetape.pytest_plugin.environment import past_proxies
from glancetape_cassettes.lazy_regex import lazy_compile

if TYPE_CHECKING:
    from glancetape.session.session import Session
    from glancetape.wire.answering import Exchange
    from glancetape.wire.messages import Received, Sent
    from glancetape.wire.mitmproxy_runner import Proxy

ANSWERS = ("exact", "derived", "synthetic", "recorded", "fault")
"""The provenances that count as answers; a request with any other fails the test."""
_TOKEN = "glancetape-test-token"

_CLIENTS_READ = lazy_compile(
    r"OS_(?:ACCESS_TOKEN|APPLICATION_CREDENTIAL|AUTH|CACERT|CERT|CLIENT|CLOUD|DEFAULT_DOMAIN"
    r"|DISCOVERY|DOMAIN|ENDPOINT|IDENTITY_PROVIDER|IDENTITY_URL|IMAGE|INSECURE|INTERFACE|KEY"
    r"|PASSCODE|PASSWORD|PROJECT|PROTOCOL|REGION|SERVICE|SYSTEM_SCOPE|TENANT|TOKEN|TRUST|URL|USER)"
    r"(?:_[A-Z0-9_]+|(?<=USER)NAME)?"
)

Image = Mapping[str, Any]


def names_a_cloud(variable: str) -> bool:
    """Whether OpenStack's clients read a variable to find a cloud or to log in.

    >>> [names_a_cloud(one) for one in ("OS_AUTH_URL", "OS_USERNAME", "OS_NAME", "PATH")]
    [True, True, False, False]
    """
    return _CLIENTS_READ.fullmatch(variable) is not None


class Ways(NamedTuple):
    """How an endpoint gets what it needs only when a test asks for it."""

    serve: Callable[[], str]
    """Starts the service and returns its URL."""
    start_proxy: Callable[[], "Proxy"]
    folder: Callable[[], Path]
    """Makes a folder for the test's files."""


@dataclass(slots=True, kw_only=True, weakref_slot=True)
class Started:
    """The parts of an endpoint that are closed with it."""

    ways: Ways
    session: "Session | None"
    """None while it records."""
    reply: "Callable[[Received], Sent]"
    """Answers a request that came another way than to its address."""
    exchanges: "list[Exchange]" = field(default_factory=list)
    closing: ExitStack = field(default_factory=ExitStack)


def noting(exchanges: "list[Exchange]") -> "Callable[[Exchange], None]":
    """What adds to the requests of a test; the options that help with a miss are the marker's."""

    def note(exchange: "Exchange") -> None:
        why = for_markers(exchange.why)
        exchanges.append(exchange if why == exchange.why else replace(exchange, why=why))

    return note


class ServiceAddress:
    """Where an image service is, in the forms that clients take."""

    def __init__(
        self, serve: Callable[[], str], folder: Callable[[], Path], cloud_name: str = CLOUD
    ) -> None:
        """Ask for the parts when a test needs them: the URL, and a folder for files."""
        self._serve = serve
        self._folder = folder
        self._cloud_name = cloud_name

    @cached_property
    def url(self) -> str:
        """The address of the image service, without `/v2`: `http://127.0.0.1:40001`."""
        return self._serve()

    @property
    def auth_url(self) -> str:
        """The address of Keystone. An image set has one; a cassette, if a login was recorded."""
        return f"{self.url}/v3"

    @property
    def token(self) -> str:
        """A token that is accepted; any other text would be too."""
        return _TOKEN

    @property
    def headers(self) -> dict[str, str]:
        """Headers that name the caller: `X-Auth-Token`."""
        return {"X-Auth-Token": self.token}

    @cached_property
    def clouds_yaml(self) -> Path:
        """A `clouds.yaml` with one cloud at `url`: `glancetape`, or the marker's `cloud_name`."""
        cloud = {
            "auth_type": "admin_token",
            "auth": {"endpoint": f"{self.url}/v2", "token": self.token},
        }
        path = self._folder() / "clouds.yaml"
        path.write_text(json.dumps({"clouds": {self._cloud_name: cloud}}, indent=2))  # JSON is YAML
        return path

    @cached_property
    def env(self) -> dict[str, str]:
        """Variables with which OpenStack's clients, such as `openstack`, find `url`.

        Those of another cloud, which an `openrc` file may have set, are empty: clients take them
        for absent. Clients add a `secure.yaml` beside the test or in the home directory to a cloud
        of the same name, and a password to a token is an error; so they get one without secrets.
        """
        secrets = self.clouds_yaml.with_name("secure.yaml")
        secrets.write_text("{}")
        return {
            **dict.fromkeys(filter(names_a_cloud, os.environ), ""),
            "OS_CLIENT_CONFIG_FILE": str(self.clouds_yaml),
            "OS_CLIENT_SECURE_FILE": str(secrets),
            "OS_CLOUD": self._cloud_name,
            "OS_IMAGE_URL": self.url,
            "OS_AUTH_TOKEN": self.token,
            **past_proxies(os.environ),
        }

    def connect(self, **options: Any) -> Any:
        """A connection of openstacksdk to `url`; the options go to `openstack.connect`.

        Raises ImportError where openstacksdk is not installed.
        """
        try:
            openstack = import_module("openstack")
        except ImportError as error:
            raise ImportError(
                "glancetape.connect() needs openstacksdk: pip install openstacksdk."
            ) from error
        named: dict[str, Any] = {
            "load_envvars": False,
            "load_yaml_config": False,
            "auth_type": "admin_token",
            "auth": {"endpoint": f"{self.url}/v2", "token": self.token},
        }
        return openstack.connect(**named | options)


class Endpoint(ServiceAddress):
    """A simulated image service, for one test.

    It starts from the recorded state: changes that other tests made are not seen.
    """

    def __init__(self, started: Started, cloud_name: str = CLOUD) -> None:
        """Take the parts; the plugin does this."""
        super().__init__(started.ways.serve, started.ways.folder, cloud_name)
        self._started = started

    @cached_property
    def proxy(self) -> "Proxy":
        """A real proxy, which takes a second to load: for HTTPS, and for hosts by their names."""
        return self._started.ways.start_proxy()

    @property
    def proxies(self) -> dict[str, str]:
        """Proxies as `requests` takes them; all hosts are answered from what was recorded there."""
        return {"http": self.proxy.url, "https": self.proxy.url}

    @cached_property
    def ca_bundle(self) -> str:
        """A file of the proxy's CA and the public ones: `requests.get(..., verify=ca_bundle)`."""
        from glancetape.commands.starting.child_process import write_bundle

        confdir = self.proxy.plan.confdir
        assert confdir is not None
        return str(write_bundle(self._started.ways.folder(), Path(confdir), {}))

    @cached_property
    def proxy_env(self) -> dict[str, str]:
        """Variables with which a program sends all HTTP and HTTPS through `proxies`."""
        from glancetape.commands.starting.child_process import environment_for

        return environment_for(self.proxy.url, Path(self.ca_bundle), {})

    @property
    def images(self) -> Sequence[Image]:
        """All images of the image set, or all that the cassettes show, the newest first."""
        session = self._started.session
        if session is None:
            return ()
        if session.player is not None:
            images = session.player.images
            return images.images_at(range(len(images)))
        return _shown(one.json_answer(index)[1] for one, index in _places(session))

    @property
    def requests(self) -> "list[Exchange]":
        """The requests so far: what was asked, how it was answered, and from which interaction."""
        return list(self._started.exchanges)

    @property
    def misses(self) -> "list[Exchange]":
        """The requests without an answer. Each fails the test, unless it has `allow_misses`."""
        return [one for one in self._started.exchanges if one.answered not in ANSWERS]


def _places(session: "Session") -> Iterator[tuple[Any, int]]:
    """The interactions of a session's cassettes, in their order."""
    entries = {entry.place: entry for group in session.groups for entry in group}
    for place in sorted(entries):
        yield entries[place].cassette, entries[place].index


def _shown(answers: Iterable[Any]) -> list[Image]:
    """The images in answers, each as it was last shown."""
    images: dict[str, Image] = {}
    for answer in answers:
        if not isinstance(answer, dict):
            continue
        listed = answer.get("images")
        for image in listed if isinstance(listed, list) else [answer]:
            if isinstance(image, dict) and {"id", "status", "visibility"} <= image.keys():
                images[str(image["id"])] = image
    return sorted(
        images.values(),
        key=lambda one: (str(one.get("created_at", "")), str(one["id"])),
        reverse=True,
    )
