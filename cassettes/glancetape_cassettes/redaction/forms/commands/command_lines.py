"""Commands in text, read as a shell reads them: which of their words are secrets.

mysql -uroot -px   docker login -u joe -p x h   echo x | kinit   vault login - <<< x
["redis-cli", "-a", "x"]   chpasswd << EOF   anytool -u joe -p x

A command ends with its line, at `|`, `;` and `&`, and with the quotes that it is in. `programs` is
the table of what is looked for.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.commands.programs import NAMES, Program, rows_of
from glancetape_cassettes.redaction.forms.expressions.long_texts import find_all
from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, SpanForm, in_order
from glancetape_cassettes.redaction.forms.values import HIDDEN, TOKEN
from glancetape_cassettes.redaction.names.secret_names import is_secret_name, words_by_themselves

_QUOTED = (  # also where the command is itself a text in quotes, as in JSON
    r"\$?'[^'\n]{0,400}'|\$?\"(?:[^\"\\\n]|\\[^\n]){0,400}\""
    r"|\\{1,3}\"[^\"\\\n]{1,400}\\{1,3}\""
)
_UNQUOTED = (
    r"\$\([^()\n]{0,200}\)|\{\{[^{}\n]{0,100}\}\}|\\[^\s\"'\\]|\\\\"
    r"|[^\s'\"|;&<>()\\`${]{1,4096}+|[${]"
)
_WORD = lazy_compile(rf"(?:{_QUOTED}|{_UNQUOTED}){{1,40}}+")
_WORD_OVER_LINES = lazy_compile(
    rf"(?:\$?'[^']{{0,400}}'|\$?\"(?:[^\"\\]|\\.){{0,400}}\"|{_UNQUOTED}){{1,40}}+", re.DOTALL
)
_ITEM = lazy_compile(
    r"\"(?:[^\"\\\n]|\\[^\n]){0,400}+\"|'[^'\n]{0,400}+'|[^\s\"',\[\](){}]{1,400}+"
)
_GAP = lazy_compile(r"(?:[ \t]|\\\r?\n)++(?:\d?>{1,2}\s?[^\s|;&<>]{1,200}\s*|[ \t])*")
_BETWEEN_ITEMS = lazy_compile(r"[\"']?,\s{0,9}|[\"']\s(?:a\d{1,2}=)?(?=[\"'])")
_MOST_WORDS = 32
_LEAST_LEFT = 16
"""As many words of a program are read at least, where it is a word of another one's command."""
_MOST_REPEATED = 3
"""Where a program's name is there once more, its command ends: the next one begins."""
_PATH = lazy_compile(r"/|\\+(?![\"'\\])|\Z")
"""What follows the sign in a path, `C:\\x`, which is no secret; nor is nothing."""
_BESIDE = r"\w.-"
"""What is not before the name of a program: it would be a part of another word."""
_ANCHOR = lazy_compile(
    lambda: (
        rf"(?:{'|'.join(words_by_themselves(NAMES, _BESIDE, after='', in_quotes=True))})"
        r"[\w.-]{0,30}(?=[\s\"',])"
    ),
    re.IGNORECASE,
)
_SAYS = lazy_compile(r"(?<![\w-])(?:echo|printf|yes|print)(?=[ \t])", re.IGNORECASE)
_TO_PIPE = lazy_compile(
    r"\s{0,9}(?:;\s{0,9}(?:echo|printf|sleep)\b[^|\n]{0,300})?[)}]?\s{0,9}\|(?!\|)[ \t]{0,9}"
)
_HERE = lazy_compile(r"<<(?P<is_string><)?-?[ \t]{0,3}")
_END_MARK = lazy_compile(r"[\"']?(?P<end>\w{1,20})[\"']?(?P<more>[^\n]{0,200})\n")
_TAG = lazy_compile(r"<[^<>\s]{1,40}>[ \t]{0,9}")
_LAST_COMMAND = lazy_compile(r"[^|;&\n(`]{1,400}\Z")
_PAIR = lazy_compile(  # whatever the program: a user, and beside it a password
    r"(?<![\w-])(?:-[uUl]|--?user(?:name)?)[ =][\"']?[\w.@\\-]{1,60}[\"']?[ \t]{1,3}"
    r"-(?:p|P|pw|w)[ \t]{1,3}(?![-\d.:/,$]{1,40}(?:\s|\Z))(?=[^\s-])"
)
_NO_PASSWORD = lazy_compile(
    r"\b(?:journalctl|sudo|docker|podman|cp|rsync|ssh|scp|sftp|mkdir|grep|systemctl|lsof|ps|pgrep"
    r"|pkill|nmap|install|tar|make|top|compose|su|perl|python\d?|mysql\w{0,9}|mariadb)\b[^|;&\n]{0,120}\Z"
)
"""Programs to which `-p` beside `-u` means something else."""
_BEFORE_A_PROGRAM = frozenset(
    "sudo doas env time nohup exec nice timeout xargs command then do else docker podman kubectl "
    "run -i -it -ti -- sh bash -c".split()
)
_FILTERS = frozenset(
    "grep egrep fgrep rg sed awk gawk cut tr jq yq tee cat less more sort head tail wc base64 xxd "
    "sha256sum sha1sum md5sum uniq diff column tac rev nl od hexdump logger wall mail".split()
)
"""Programs that read anything: a secret's name after them is what they look for."""
_ASKS_STDIN = lazy_compile(
    r"-{1,2}[\w-]*(?:pass|secret|token|key|cred|pwd)[\w-]*(?:-fd|stdin|-file=(?:-|stdin|/dev/stdin))"
    r"|-{1,2}[\w-]*stdin-?(?:pass|pwd|token|secret)\w*|-{1,2}(?:with-token|stdinpass)|stdin",
    re.IGNORECASE,
)
_IN_PROSE = frozenset(
    "is are was were be and or the to for with of as will can cannot not from by must should when "
    "if that which this it its you your we has have may does did do after before using use support "
    "supports page option command prompt fails failed".split()
)
"""Words of sentences: `the vault login page is slow` has no secret."""
_ORDINARY = frozenset(
    "store cache manager osxkeychain libsecret create list revoke delete remove add set get show "
    "true false none null yes no prompt help - @- * stdin".split()
)
"""Values of options and words after names that are no secret."""
_TOKEN = lazy_compile(TOKEN, re.IGNORECASE)
_ASSIGNED = lazy_compile(r"[A-Za-z_][\w-]{0,60}=(?=.)")
_WINDOWS_OPTION = lazy_compile(r"/[A-Za-z]{1,20}(?::.*)?\Z")
_ELSEWHERE = lazy_compile(r"(?:file|env|fd):")
"""Where OpenSSL finds a password that is not in the command."""


class _Word(NamedTuple):
    """A word of a command: where it is with its quotes, and what it is without them."""

    start: int
    end: int
    text: str

    @property
    def inner(self) -> tuple[int, int]:
        """Return where the word is without its quotes."""
        shift = (self.end - self.start - len(self.text)) // 2
        return self.start + shift, self.start + shift + len(self.text)


def _word(text: str, start: int, end: int) -> _Word:
    raw = text[start:end]
    first = 1 if raw[:1] == "$" and raw[1:2] in ("'", '"') else 0
    quote = raw[first : first + 1]
    if len(raw) - first > 1 and quote in ("'", '"') and raw.endswith(quote):
        return _Word(start + first, end, raw[first + 1 : -1])
    return _Word(start, end, raw)


def _words_at(text: str, start: int, pattern: re.Pattern[str] = _WORD) -> tuple[list[_Word], int]:
    """Return the words of a command from the end of its first one, and where it ends."""
    words: list[_Word] = []
    if between := _BETWEEN_ITEMS.match(text, start):  # a list of words
        while between and len(words) < _MOST_WORDS:
            item = _ITEM.match(text, between.end())
            if item is None or not item[0].strip("\\"):
                break
            words.append(_word(text, *item.span()))
            start = item.end()
            if item[0][0] in "\"'":
                start -= 1
            between = _BETWEEN_ITEMS.match(text, start)
        return words, start
    while len(words) < _MOST_WORDS and (gap := _GAP.match(text, start)):
        found = pattern.match(text, gap.end())
        if found is None:
            return words, gap.end()
        words.append(_word(text, *found.span()))
        start = found.end()
    return words, start


def _secrets_in_commands(text: str) -> Iterator[Span]:
    yield from in_order(_all_secrets(text))


def _all_secrets(text: str) -> Iterator[Span]:
    words: list[_Word] = []
    for found in find_all(_ANCHOR, text):
        rows = rows_of(found[0])
        if not rows:
            continue
        words = _words_after(text, found.end(), words)
        own = _up_to_the_next(words, found[0].lower())
        for row in rows:
            for start, end in _of_row(row, own, text):
                yield found.start(), start, end
    yield from _from_standard_input(text)
    for found in find_all(_PAIR, text):
        line = text[max(0, found.start() - 200) : found.start()]
        value = _WORD.match(text, found.end())
        if value and not _NO_PASSWORD.search(line):
            word = _word(text, *value.span())
            if not HIDDEN.match(word.text) and word.text not in _ORDINARY:
                yield found.start(), *word.inner


def _words_after(text: str, start: int, known: list[_Word]) -> list[_Word]:
    """Return the words of a program, which may be in the command that was read before."""
    if known and known[0].start < start <= known[-1].start:
        at = (
            next((at for at, word in enumerate(known) if word.end - start in (0, 1)), len(known))
            + 1
        )
        if at <= _MOST_WORDS - _LEAST_LEFT:
            return known[at:]
    return _words_at(text, start)[0]


def _up_to_the_next(words: list[_Word], name: str) -> list[_Word]:
    repeated = 0
    for at, word in enumerate(words):
        if word.text.lower() == name:
            repeated += 1
            if repeated == _MOST_REPEATED:
                return words[:at]
    return words


# -- words of a command -------------------------------------------------------------------------


def _of_row(row: Program, words: Sequence[_Word], text: str) -> Iterator[tuple[int, int]]:
    first = _after_words(row, words)
    if first is None:
        return
    for at, word in enumerate(words):
        if row.options and word.text[:1] in ("-", "/"):
            for option, sign in row.options:
                if span := _of_option(option, sign, words, at):
                    yield from _inside(span, text, sign)
        if row.keys and at >= first and at + 1 < len(words) and _is_key(row, word.text):
            yield from _if_secret(words[at + 1], words[at + 1 :])
    for needed, place, sign in row.places:
        if not needed or any(_has_letter(word.text, needed) for word in words):
            yield from _at_place(words, first, place, sign, row.words[0] == "net")


def _after_words(row: Program, words: Sequence[_Word]) -> int | None:
    """Return the place after the words that a row has beside its program; None without them."""
    at = 0
    for one in row.words[1:]:
        while at < len(words) and not _is_word(words[at].text.lower(), one):
            at += 1
        if at == len(words):
            return None
        at += 1
    return at


def _is_word(word: str, one: str) -> bool:
    return word.startswith(one[:-1]) if one.endswith("*") else word == one


def _has_letter(word: str, letter: str) -> bool:
    return word[:1] == "-" and word[:2] != "--" and letter in word


def _of_option(option: str, sign: str, words: Sequence[_Word], at: int) -> tuple[int, int] | None:
    """Return where the value of an option is, if the word is that option."""
    word = words[at].text
    start, end = words[at].inner
    is_letter = len(option) == 2 and option[0] == "-"
    same = (
        word[: len(option)] == option
        if is_letter
        else (word[: len(option)].lower() == option.lower())
    )
    after = word[len(option) :]
    if same and after:
        if after[0] in "=:" and len(after) > 1:
            return start + len(option) + 1, end
        is_glued = sign == "." or (is_letter and sign != "_")
        return (start + len(option), end) if is_glued else None
    is_last = (
        is_letter
        and sign not in ("_", ".")
        and 2 < len(word) <= 6
        and word[0] == "-"
        and word[1:].isalpha()
        and word[-1] == option[1]
        and word != "-help"
    )
    if (same and sign != ".") or is_last:
        following = words[at + 1] if at + 1 < len(words) else None
        if following and following.text[:1] != "-":
            return following.inner
    return None


def _inside(span: tuple[int, int], text: str, sign: str) -> Iterator[tuple[int, int]]:
    """Yield where the secret of a value is: all of it, or what follows a sign."""
    start, end = span
    if sign in (":", "%", ",", "="):
        at = text.find(sign, start, end)
        if at < 0 or _PATH.match(text, at + 1, end):
            return
        start = at + 1
        if text[start:end].lstrip("'\"") == "":
            return
    while end - start > 1 and text[end - 1] in "'\"" and text[start] not in "'\"":
        end -= 1
    value = text[start:end].strip("'\"")
    if value in _ORDINARY or _ELSEWHERE.match(value) or HIDDEN.match(value):
        return
    if value:
        yield start, end


def _is_key(row: Program, word: str) -> bool:
    if word.lower() in row.keys:
        return True
    return "NAME" in row.keys and word[:1] != "-" and "=" not in word and is_secret_name(word)


def _at_place(
    words: Sequence[_Word], first: int, place: int, sign: str, has_slashes: bool
) -> Iterator[tuple[int, int]]:
    """Yield the secrets among the words that are no options."""
    plain, may_be_value = list[_Word](), False
    was_option = False
    for number, word in enumerate(words[first:]):
        quoted = word.end - word.start != len(word.text)
        is_option = word.text[:1] == "-" and word.text != "-" and not quoted
        if is_option or (has_slashes and _WINDOWS_OPTION.match(word.text)):
            was_option = "=" not in word.text
            continue
        may_be_value = may_be_value or (was_option and len(plain) < place and number > 0)
        was_option = False
        plain.append(word)
    if sign == "!" and may_be_value:
        return
    wanted = plain[place - 1 :] if may_be_value or sign == "=" else plain[place - 1 : place]
    for word in wanted:
        start = word.inner[0]
        if sign in ("", "!"):
            if not _ASSIGNED.match(word.text):
                yield from _if_secret(word, plain)
            continue
        found = word.text.find(sign)
        if found < 0 or (sign == "=" and not _ASSIGNED.match(word.text)):
            continue
        secret = word.text[found + 1 :]
        if sign in "/:" and "@" in secret:
            secret = secret[: secret.rindex("@")]
        if (
            secret
            and secret not in _ORDINARY
            and secret[0] not in "@/"
            and not HIDDEN.match(secret)
        ):
            yield start + found + 1, start + found + 1 + len(secret)


def _if_secret(word: _Word, others: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    """Yield where a word is, unless it is one of a sentence."""
    text = word.text
    if not text or text[:1] == "-" or text.lower() in _ORDINARY or HIDDEN.match(text):
        return
    is_prose = any(one.text.lower() in _IN_PROSE or one.text[-1:] in (".", ",") for one in others)
    if not is_prose or _TOKEN.match(text):
        yield word.inner


# -- standard input -----------------------------------------------------------------------------


def _from_standard_input(text: str) -> Iterator[Span]:
    if "|" in text:
        for found in find_all(_SAYS, text):
            words, end = _words_at(text, found.end(), _WORD_OVER_LINES)
            pipe = _TO_PIPE.match(text, end)
            if words and pipe and _reads_a_secret(_all_words(text, pipe.end())):
                for word in _said(words):
                    yield found.start(), *word.inner
    covered = 0
    if "<<" in text:
        for found in _HERE.finditer(text):
            if found.start() >= covered:
                for span in _of_here(text, found):
                    covered = span[2]
                    yield span


def _of_here(text: str, found: re.Match[str]) -> Iterator[Span]:
    """Yield the secret of a here-string, or the lines of a here-document."""
    before = _LAST_COMMAND.search(text, max(0, found.start() - 400), found.start())
    is_fed = before is not None and _is_fed_a_secret(
        _all_words(text, before.start(), found.start())
    )
    if found["is_string"]:
        value = _WORD_OVER_LINES.match(text, found.end())
        if value and is_fed:
            word = _word(text, *value.span())
            if word.text and not HIDDEN.match(word.text):
                yield found.start(), *word.inner
    elif mark := _END_MARK.match(text, found.end()):
        pipe = mark["more"].find("|") + 1
        after = _all_words(text, mark.start("more") + pipe) if pipe else []
        if is_fed or _reads_a_secret(after):
            yield from _document(text, mark)


def _all_words(text: str, start: int, end: int | None = None) -> list[str]:
    """Return the words of the command that begins here, its program too."""
    while text[start : start + 1] in (" ", "\t", '"', "'", "$", "#"):
        start += 1
    if tag := _TAG.match(text, start):
        start = tag.end()
    first = _WORD.match(text, start)
    if first is None:
        return []
    words, _ = _words_at(text, first.end())
    inside = [word.text for word in words if end is None or word.end <= end]
    return [first[0], *inside]


def _said(words: Sequence[_Word]) -> Iterator[_Word]:
    """Yield what `echo` and `printf` write: no options, and no format that others follow."""
    plain = [word for word in words if word.text[:1] != "-" or len(word.text) > 3]
    if len(plain) > 1 and "%" in plain[0].text:
        plain = plain[1:]
    for word in plain:
        if word.text and not HIDDEN.match(word.text):
            yield word


def _reads_a_secret(words: Sequence[str]) -> bool:
    """Whether a command reads a secret from standard input."""
    at = 0
    while at < len(words) and _is_before_a_program(words, at):
        if words[at] in ("sudo", "doas") and any(
            _has_letter(one, "S") for one in words[at + 1 : at + 4]
        ):
            return True
        at += 1
    own = [_Word(0, 0, word) for word in words[at + 1 :]]
    if at == len(words):
        return False
    if any(row.reads and _after_words(row, own) is not None for row in rows_of(words[at])):
        return True
    if any(_ASKS_STDIN.fullmatch(word) for word in words[at + 1 :]):
        return True
    name = words[at].rpartition("/")[2]
    return name not in _FILTERS and any(
        word[:1] not in ("/", "$", "'", '"') and "=" not in word and is_secret_name(word)
        for word in words[at : at + 4]
    )


def _is_fed_a_secret(words: Sequence[str]) -> bool:
    """Whether a command before `<<` reads a secret; a prompt or a time may precede it."""
    for at, word in enumerate(words):
        if word.rpartition("/")[2] in _FILTERS:
            return False
        if (at == 0 or word in ("sudo", "doas") or rows_of(word)) and _reads_a_secret(words[at:]):
            return True
    return any(_ASKS_STDIN.fullmatch(word) for word in words)


def _is_before_a_program(words: Sequence[str], at: int) -> bool:
    word = words[at]
    return (
        word in _BEFORE_A_PROGRAM
        or (at > 0 and (word[:1] == "-" or words[at - 1] in ("-u", "-g", "ssh", "-i", "-it")))
        or word == "ssh"
        or _ASSIGNED.match(word) is not None
    )


def _document(text: str, mark: re.Match[str]) -> Iterator[Span]:
    """Yield the lines of a here-document."""
    end = re.compile(rf"^[ \t]{{0,40}}{mark['end']}(?!\w)", re.MULTILINE).search(text, mark.end())
    last = end.start() if end else len(text)
    body = text[mark.end() : last].rstrip()
    if body and not HIDDEN.match(body.strip()):
        yield mark.start(), mark.end(), mark.end() + len(body)


COMMAND_LINES = SpanForm(
    kind="secret in a command",
    triggers=("echo", "printf", "<<"),
    # The program's name, or the escape before it that makes it look like a part of another word.
    shapes=(
        *(
            rf"{one}[\w.-]{{0,30}}(?=[\s\"',])"
            for one in words_by_themselves(NAMES, _BESIDE, after="")
        ),
        r"\\[nrt](?=[a-z])",
        r"-(?<=[\s\"',]-)(?:p|pw|w)(?=[\s\"',])",
    ),
    regex=lazy_compile(""),
    replacement="",
    spans=_secrets_in_commands,
    examples=(
        f"sshpass -p {SAMPLE} ssh h",
        f"mysql -uroot -p{SAMPLE} db",
        f'["mysql", "-uroot", "-p{SAMPLE}", "db"]',
        f"docker login -u joe -p {SAMPLE} h",
        f"curl -u joe:{SAMPLE} http://h/",
        f"smbclient //h/s -U 'DOM/joe%{SAMPLE}'",
        f"vault kv put secret/x value={SAMPLE}",
        f"nmcli dev wifi connect x password {SAMPLE}",
        f"echo {SAMPLE} | sudo -S reboot",
        f"kinit joe <<< '{SAMPLE}'",
        f"chpasswd << EOF\njoe:{SAMPLE}\nEOF\n",
        f"anytool -u joe -p {SAMPLE} run",
    ),
    counterexamples=(
        "mysql -u root -p",
        "docker run -p 80:80 -u root x",
        "docker login -u joe h",
        "curl -u joe http://h:80/",
        "the vault login page is slow",
        "echo done | sudo tee x",
        "cat << EOF\nx\nEOF",
        "ssh -l joe -p 22 h",
        "cp -p a b",
    ),
)
