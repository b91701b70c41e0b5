"""Asking two answerings the same: one that knows lists, and one that never does."""

from glancetape.wire.answering import Answering
from glancetape.wire.messages import Fields, Received, Sent, received_from

TOKEN = ((b"X-Auth-Token", b"a-token"),)


def made_by(answering: Answering) -> int:
    """Count the answers that were made rather than recorded."""
    return answering.session.counts.synthetic + answering.session.counts.derived


def asking(query: str, fields: Fields = TOKEN, method: str = "GET") -> Received:
    """A request for the list of images."""
    return received_from(
        method=method,
        scheme="http",
        target=b"/v2/images?" + query.encode("utf-8", "surrogateescape"),
        fields=((b"Host", b"127.0.0.1:8180"), *fields),
        body=b"",
        default_host="",
        is_local=True,
    )


class Both:
    """An answering that knows its lists, and one that never does."""

    def __init__(self, ours: Answering, plain: Answering) -> None:
        self.ours, self.plain = ours, plain
        plain._lists = None
        self.known = 0

    def ask(self, received: Received) -> Sent:
        """Ask both the same."""
        assert self.ours._lists is not None
        if self.plain.session.player is not None:
            self.plain.session.player._lists.clear()
        before = made_by(self.ours)
        looked_up: list[Received] = []
        look_up = self.ours._look_up
        self.ours._look_up = lambda one, *how: looked_up.append(one) or look_up(one, *how)  # type: ignore[method-assign,func-returns-value]
        try:
            got = self.ours.reply(received, direct=True)
        finally:
            self.ours._look_up = look_up  # type: ignore[method-assign]
        expected = self.plain.reply(received, direct=True)
        assert got is not None
        assert expected is not None
        assert expected == got, received.url
        assert expected.head == got.head
        assert expected.last_head == got.last_head
        if not looked_up and made_by(self.ours) > before:
            self.known += 1
        return got
