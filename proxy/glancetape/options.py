"""The options of a session: one table, from which the addon and the command line are made.

The table is the fields of `Settings`. `OPTIONS` lists them as programs outside see them: mitmproxy
has `glancetape_NAME` (`addon_options`), click `--name` (`click_options`). `Settings.of` reads what
such a program passes back.
"""
# ruff: noqa: RUF009 - `_option` is a `field` of dataclasses with our metadata

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from glancetape.addresses import parse_upstreams
from glancetape.cross_origin import AllowedOrigins, read_origin
from glancetape.home_folder import in_home
from glancetape.modes import RecordMode
from glancetape.server_names import read_host
from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.service import Service

if TYPE_CHECKING:
    from glancetape_cassettes.redaction.policy import RedactionOptions

PREFIX = "glancetape_"
_OPTION = "option"
_T = TypeVar("_T")


class _BadOption(BadParameter):
    """An option that cannot be used; its sentence names it as the caller wrote it."""

    def __init__(self, sentence: Callable[[Callable[[str], str]], str]) -> None:
        """Take what makes the sentence; it gets a function that spells an option's name."""
        super().__init__(sentence(str))
        self.sentence = sentence


def flag(name: str) -> str:
    """The name of an option on the command line, such as `--keep-ids`."""
    return "--" + name.replace("_", "-")


def addon_name(name: str) -> str:
    """The name of an option of the addon, such as `glancetape_keep_ids`."""
    return PREFIX + name


class _Shown(NamedTuple):
    """How an option looks outside, where its field does not say it."""

    help: str | Callable[[], str]
    choices: tuple[str, ...]
    metavar: str | None
    on_command_line: bool


def _option(
    default: _T,
    help: str | Callable[[], str],
    *,
    choices: tuple[str, ...] = (),
    metavar: str | None = None,
    on_command_line: bool = True,
) -> _T:
    """A field of `Settings` that is an option."""
    shown = _Shown(help=help, choices=choices, metavar=metavar, on_command_line=on_command_line)
    made: _T = field(default=default, metadata={_OPTION: shown})
    return made


def _help_of_lab() -> str:
    from glancetape.faults.lab import names  # most runs need none of it

    return "Let lists misbehave as real clouds have (repeatable): " + ", ".join(names()) + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a session is opened with; each field is an option, and the defaults are the options'.

        Settings(replay=(Path("basic.yaml"), Path("big.images")), own_project="my-project-id")

    A text may be given for a path, and for a list of one; the field has the type that it names.
    Raises BadParameter, with a sentence that names the option, when a value cannot be used.
    """

    record: Path | None = _option(None, "Record into this cassette.", on_command_line=False)
    replay: tuple[Path, ...] = _option(
        (), "Answer from these cassettes and from an image set.", on_command_line=False
    )
    mode: RecordMode = _option(
        RecordMode.ONCE,
        "once: record a new cassette, replay an existing one. new_episodes: replay what is "
        "recorded, record the rest. all: record everything again. none: replay only.",
        choices=tuple(mode.value for mode in RecordMode),
    )
    upstream: tuple[str, ...] = _option(
        (),
        "In reverse mode, the service for a path: image=URL for /image and /v2, identity=URL for "
        "/identity and /v3 (repeatable).",
        metavar="SERVICE=URL",
        on_command_line=False,
    )
    keystone: bool = _option(
        True, "Record logins and other requests to Keystone, without their secrets."
    )
    only: str | None = _option(
        None,
        "Record what this mitmproxy filter matches, such as '~d ims.example.com', instead of what "
        "is recognised as the image service.",
        metavar="FILTER",
    )
    fail_open: bool = _option(
        False,
        "Pass on an answer that cannot be recorded, with a warning and X-Glancetape: not-recorded, "
        "instead of answering 500.",
    )
    keep_ids: bool = _option(False, "Record project, user and domain ids unchanged.")
    key_file: Path | None = _option(
        None,
        "File with the key for stand-ins. Without it: GLANCETAPE_KEY, then your own key.",
        metavar="FILE",
    )
    keep_header: tuple[str, ...] = _option(
        (), "Record this header too (repeatable).", metavar="NAME"
    )
    sensitive: tuple[str, ...] = _option(
        (),
        "Treat this header, query parameter or JSON member as a secret (repeatable).",
        metavar="NAME",
    )
    ignore: tuple[str, ...] = _option(
        (),
        "Leave this query parameter or header out of matching (repeatable).",
        metavar="NAME",
    )
    miss_status: int = _option(501, "Status of the response to a request that nothing answers.")
    own_project: str | None = _option(
        None,
        "Your project id. It takes the place of the recorded one and of a set's home project.",
        metavar="ID",
    )
    cloud: Path | None = _option(
        None,
        "YAML file of the users who may log in to an image set. Without it, anybody may.",
        metavar="FILE",
    )
    writable: bool = _option(
        False, "Let clients change the images of a set. The changes end with the run."
    )
    cors: tuple[str, ...] = _option(
        (),
        "Let pages of this origin read answers in a browser, beside those of this machine "
        "(repeatable).",
        metavar="ORIGIN",
    )
    no_cors: bool = _option(False, "Do not let pages in a browser read answers.")
    server_name: tuple[str, ...] = _option(
        (),
        "On a loopback address, also answer requests for this host: a name, .DOMAIN, or * for any "
        "(repeatable).",
        metavar="NAME",
    )
    dialect: str = _option(
        "auto",
        "The cloud whose rules apply; auto takes what the recording or the image set shows.",
        choices=("auto", *NAMES),
    )

    latency: str | None = _option(
        None,
        "Delay answers: 50ms, or p50=20ms,p99=400ms for a distribution.",
        metavar="TIME",
    )
    fail: tuple[str, ...] = _option(
        (),
        "Fail requests: 503:1%, gateway-429:5%, reset:0.5%, 500:first-2@/v2/images (repeatable).",
        metavar="WHAT:HOW-OFTEN[@PATH]",
    )
    throttle: str | None = _option(
        None,
        "Answer 429 with Retry-After above a rate of requests, such as 429:100rps.",
        metavar="429:RATE",
    )
    lab: tuple[str, ...] = _option((), _help_of_lab, metavar="NAME")
    fault_seed: int = _option(
        0, "Decides which requests are delayed or fail, and which images are deleted."
    )

    spell: Callable[[str], str] = field(default=str, compare=False, repr=False)
    """How the user wrote the names of these options, for messages. It is not an option itself."""

    def __post_init__(self) -> None:
        """Refuse values that no session can be opened with."""
        for one in OPTIONS:
            object.__setattr__(self, one.name, one.read(getattr(self, one.name)))
        _check_upstreams(self.upstream)
        if not 400 <= self.miss_status <= 599:
            status = self.miss_status
            raise _BadOption(lambda name: f"{name('miss_status')}: {status} is not in 400 to 599.")
        if self.ignore:
            _check_ignored(self.ignore)
        _check_faults(self)
        _check_origins(self)
        _check_server_names(self.server_name)
        if self.record and self.replay:
            raise _BadOption(
                lambda name: (
                    f"{name('record')} and {name('replay')} cannot be given together; "
                    f"{name('mode')} new_episodes replays and records."
                )
            )

    @property
    def names_a_file(self) -> bool:
        """Whether there is anything to record into or to replay."""
        return self.record is not None or bool(self.replay)

    @property
    def allowed_origins(self) -> AllowedOrigins:
        """The origins whose pages may read answers in a browser."""
        return AllowedOrigins(frozenset(map(read_origin, self.cors)), self.no_cors)

    @property
    def redaction_options(self) -> "RedactionOptions":
        """What is redacted, and recorded, besides what the tables say."""
        from glancetape_cassettes.redaction.policy import RedactionOptions

        return RedactionOptions(
            keep_ids=self.keep_ids, sensitive=self.sensitive, keep_headers=self.keep_header
        )

    def records(self, service: Service, is_chosen: bool | None = None) -> bool:
        """Whether what a service answers is recorded.

        `is_chosen` says whether the filter in `only` matches; None without a filter.
        """
        if is_chosen:
            return True
        if service is Service.KEYSTONE:
            return self.keystone
        return service is Service.IMAGE and is_chosen is None

    @classmethod
    def of(cls, values: Mapping[str, Any], spell: Callable[[str], str] = str) -> Self:
        """The settings for values from outside: plain strings, numbers and lists, by option name.

            Settings.of({"record": "new.yaml", "mode": "all"})

        An option that is absent keeps its default. Raises BadParameter, in which `spell` writes
        the names of options: as on the command line (`flag`) or in mitmproxy (`addon_name`).
        """
        if unknown := sorted(values.keys() - BY_NAME.keys()):
            raise BadParameter(
                f"{unknown[0]}: no such option; the options are {', '.join(BY_NAME)}."
            )
        try:
            return cls(**values, spell=spell)
        except _BadOption as error:
            raise BadParameter(error.sentence(spell)) from error


def check_settings(given: object) -> None:
    """Raise BadParameter for anything else than settings, such as the name of a file."""
    if not isinstance(given, Settings):
        kind = type(given).__name__
        raise BadParameter(f"pass Settings, such as Settings(replay='images.yaml'), not {kind}.")


def _check_upstreams(upstreams: tuple[str, ...]) -> None:
    def sentence(spell: Callable[[str], str]) -> str:
        try:
            parse_upstreams(upstreams, spell("upstream"))
        except BadParameter as error:
            return str(error)
        return ""

    if sentence(str):
        raise _BadOption(sentence)


_FAULTS = ("latency", "fail", "throttle", "lab")


def _reader_of_faults(option: str) -> Callable[[str], object]:
    """What reads one value of an option; most sessions have no faults, and load none of it."""
    from glancetape.faults.failures import Failure
    from glancetape.faults.lab import check_names
    from glancetape.faults.latency import Latency
    from glancetape.faults.throttle import Throttle

    readers: Mapping[str, Callable[[str], object]] = {
        "latency": Latency.parse,
        "fail": Failure.parse,
        "throttle": Throttle.parse,
        "lab": lambda name: check_names([name]),
    }
    return readers[option]


def _check_faults(settings: Settings) -> None:
    """Refuse faults that cannot be read, and faults in a recording."""
    for option in _FAULTS:
        value = getattr(settings, option)
        for text in (value,) if isinstance(value, str) else value or ():
            if settings.record is not None:
                raise _BadOption(_only_in_replay(option))
            try:
                _reader_of_faults(option)(text)
            except BadParameter as error:
                raise _BadOption(_with_name(option, str(error))) from error


def _check_origins(settings: Settings) -> None:
    """Refuse an origin that no browser sends, and origins where no page may ask."""
    if settings.cors and settings.no_cors:
        raise _BadOption(lambda name: f"{name('cors')} and {name('no_cors')} exclude each other.")
    for text in settings.cors:
        try:
            read_origin(text)
        except BadParameter as error:
            raise _BadOption(_with_name("cors", str(error))) from error


def _check_server_names(names: tuple[str, ...]) -> None:
    """Refuse what no client would send as its host."""
    for text in names:
        try:
            read_host(text)
        except BadParameter as error:
            raise _BadOption(_with_name("server_name", str(error))) from error


def _only_in_replay(option: str) -> Callable[[Callable[[str], str]], str]:
    return lambda name: f"{name(option)} is for replaying; a recording would hold the faults."


def _with_name(option: str, sentence: str) -> Callable[[Callable[[str], str]], str]:
    return lambda name: f"{name(option)}: {sentence}"


def _check_ignored(names: Sequence[str]) -> None:
    """Refuse a name that decides what is answered."""
    from glancetape_cassettes.replaying.question import why_not_ignored

    for refused in names:
        if why := why_not_ignored(refused):
            raise _not_ignored(refused, why)


def _not_ignored(refused: str, why: str) -> _BadOption:
    return _BadOption(lambda name: f"{name('ignore')}: {refused!r} cannot be ignored: {why}.")


class _Kind(NamedTuple):
    """What a field of one type is outside."""

    type: type | Any
    inside: Callable[[Any], Any]
    """Makes a field's value from a value outside. Raises TypeError or ValueError."""
    words: str
    """What a value outside has to be."""


def _text(value: Any) -> str:
    if not isinstance(value, str | os.PathLike):
        raise TypeError
    return os.fspath(value)


def _text_or_none(value: Any) -> str | None:
    """A text; "" is none, as programs that know texts only pass it for one that is not given."""
    return None if value is None else _text(value) or None


def _texts(value: Any) -> tuple[str, ...]:
    """Several texts, or one that stands alone: its letters are not meant."""
    return (_text(value),) if isinstance(value, str | os.PathLike) else tuple(map(_text, value))


def _whole(value: Any) -> int:
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise TypeError
    return int(value)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):  # the text "no" would be true
        raise TypeError
    return value


_KINDS: Mapping[Any, _Kind] = {
    bool: _Kind(type=bool, inside=_yes_or_no, words="True or False"),
    int: _Kind(type=int, inside=_whole, words="a whole number"),
    str: _Kind(type=str, inside=_text, words="a text"),
    RecordMode: _Kind(type=str, inside=RecordMode, words="a text"),
    str | None: _Kind(type=str, inside=_text_or_none, words="a text"),
    Path | None: _Kind(
        type=str,
        inside=lambda value: None if (text := _text_or_none(value)) is None else in_home(text),
        words="a path",
    ),
    tuple[str, ...]: _Kind(type=Sequence[str], inside=_texts, words="a text or a list of texts"),
    tuple[Path, ...]: _Kind(
        type=Sequence[str],
        inside=lambda names: tuple(map(in_home, _texts(names))),
        words="a path or a list of paths",
    ),
}


def _outside(value: Any) -> Any:
    """A field's value as a program outside holds it."""
    match value:
        case None:
            return ""
        case tuple():
            return tuple(map(_outside, value))
        case RecordMode():
            return value.value
        case Path():
            return str(value)
        case _:
            return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option as mitmproxy and click know it."""

    name: str
    kind: _Kind
    default: Any
    """A value outside; "" when there is none."""
    help_text: str | Callable[[], str]
    choices: tuple[str, ...]
    metavar: str | None
    on_command_line: bool
    """False for what a command takes as an argument or under another name."""

    @property
    def type(self) -> type | Any:
        """`str`, `bool`, `int`, or `Sequence[str]` for an option that may be repeated."""
        return self.kind.type

    @property
    def help(self) -> str:
        """What it does, in a sentence."""
        return self.help_text if isinstance(self.help_text, str) else self.help_text()

    @property
    def flag(self) -> str:
        """Its name on the command line, such as `--keep-ids`."""
        return flag(self.name)

    def read(self, value: Any) -> Any:
        """The value of the settings' field for a value outside. Raises BadParameter."""
        self.check(value)
        try:
            return self.kind.inside(value)
        except (TypeError, ValueError):
            given = type(value).__name__  # the value itself may be a secret
            raise _BadOption(
                lambda name: f"{name(self.name)} must be {self.kind.words}, not {given}."
            ) from None

    def check(self, value: Any) -> None:
        """Raise BadParameter when a value is not one of the choices."""
        shown = _outside(value)
        if self.choices and shown not in self.choices:
            choices = ", ".join(self.choices)
            raise _BadOption(lambda name: f"{name(self.name)}: {shown!r} is not one of {choices}.")


def _option_of(one: Field[Any]) -> Option:
    shown: _Shown = one.metadata[_OPTION]
    return Option(
        name=one.name,
        kind=_KINDS[one.type],
        default=_outside(one.default),
        help_text=shown.help,
        choices=shown.choices,
        metavar=shown.metavar,
        on_command_line=shown.on_command_line,
    )


OPTIONS = tuple(_option_of(one) for one in fields(Settings) if _OPTION in one.metadata)
BY_NAME = {option.name: option for option in OPTIONS}


def plain(settings: Settings) -> dict[str, Any]:
    """The settings as plain strings, numbers and lists, from which `Settings.of` makes the same."""
    values = {one.name: _outside(getattr(settings, one.name)) for one in OPTIONS}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }
