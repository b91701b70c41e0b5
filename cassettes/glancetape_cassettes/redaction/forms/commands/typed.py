"""Secrets that a script types: into a field of a page, or at the prompt of a program.

cy.get('#password').type('x')      child.expect('Password:')      page.fill('#password', 'x')
element.send_keys('x')             child.sendline('x')            fill_in 'Password', with: 'x'
"""

import re
from collections.abc import Iterator

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.expressions.long_texts import find_all
from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, in_order, spans_form
from glancetape_cassettes.redaction.forms.values import HIDDEN
from glancetape_cassettes.redaction.names.secret_names import is_secret_as_a_whole, is_secret_name

_STRING = (
    r"(?:secret\()?b?(?:\"(?P<double>[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+)\""
    r"|'(?P<single>[^'\\\n]*+(?:\\.[^'\\\n]*+)*+)'|`(?P<back>[^`\n]{1,400})`)"
)
_INTO_A_FIELD = lazy_compile(
    r"(?<![A-Za-z])(?:(?:type|type_?text|fill|fill_?field|send_?keys|set_?value|val"
    r"|clear_?and_?type|press_?sequentially|replace_?text|insert_?text|enter_?text|input_?text)\("
    r"|fill_?in[ (])\s{0,9}(?=[\"'`\w\[])"
    r"|(?<=[)\]])\.(?:value|text)\s{0,3}=\s{0,3}(?=[\"'`])"
    r"|\btarget:\s?\{\s?value:\s?(?=[\"'`])",
    re.IGNORECASE,
)
"""What types into a field, which the statement names before it, or its first argument."""
_AT_A_PROMPT = lazy_compile(
    r"(?<![A-Za-z])(?:send|send_?line|send_?text|send_?command|write|write_?line|put_?line)"
    r"\(\s{0,9}(?=[b\"'`])"
    r"|(?<![A-Za-z])response\s?=\s?(?=[b\"'`])",
    re.IGNORECASE,
)
_IS_WAITING = lazy_compile(
    r"(?:expect|read_?until|wait_?for|until|prompt|pattern)\w{0,12}\s?[(=]?"
    r"[\s(\[{]{0,9}(?:re\.compile\()?[bru]{0,2}[\"'`/]",
    re.IGNORECASE,
)
"""What waits for a prompt, in the statement or the line before it.

The prompt is a text: `expect(getByText('Password'))` is a check of a page, and sends nothing.
"""
_KEYS = lazy_compile(r"(?:\{\w{1,20}\}|\\[nrt])+\Z")
"""Matches keys that are pressed: `{enter}` of Cypress, and `\\n`."""
_ALONE = lazy_compile(_STRING)
_SECOND = lazy_compile(rf"(?P<first>[^\n;]{{1,200}}?),\s{{0,9}}(?:with:\s?)?{_STRING}")
_CELLS = lazy_compile(
    r"<td>(?:type|typekeys|sendkeys)</td>\s{0,20}<td>(?P<first>[^<>\n]{1,100})</td>\s{0,20}"
    r"<td>(?P<value>[^<>]{1,400})</td>",
    re.IGNORECASE,
)
"""A step of Selenium's first recorder."""
_KEYWORD = lazy_compile(
    r"\b(?P<keyword>(?:input|type|fill)[ ](?:text|password|secret))(?:[ ]{2,9}|\t)"
    r"(?P<first>\S[^\n\t]{0,100}?)(?:[ ]{2,9}|\t)(?P<value>[^\s$%@&][^\n\t]{0,400}?)"
    r"(?=[ ]{2}|\t|\r?\n|\Z)",
    re.IGNORECASE,
)
"""A keyword of Robot Framework."""
_SENTENCE = lazy_compile(
    r"\b(?:enter|type|fill in|input)s?\s"
    r"(?:\"(?P<double>[^\"\n]{1,400})\"|'(?P<single>[^'\n]{1,400})')\s(?:in|into|as|for)\s(?:(?:the|my|a)\s)?"
    r"(?P<first>\"[^\"\n]{1,60}\"|'[^'\n]{1,60}'|`[^`\n]{1,60}`"
    r"|[#.]?\w[\w'-]{0,30}(?:\s\w[\w'-]{0,30}){0,2}"
    r"(?=\s(?:field|box|input|prompt|textbox|text\s(?:box|field)|and|when|if|to)\b"
    r"|\s{0,3}(?:[.,;:)<\"'\n]|\Z)))",
    re.IGNORECASE,
)
"""A step of Gherkin, up to the end of the field's name."""
_SIGNS = {
    _INTO_A_FIELD: (
        *("type(", "text(", "fill", "keys(", "value(", "val(", "sequentially(", "target:"),
        *(").value", "].value", ").text", "].text"),
    ),
    _AT_A_PROMPT: ("expect", "until", "wait", "prompt", "pattern"),
    _CELLS: ("<td>",),
    _KEYWORD: tuple(
        f"{verb} {noun}"
        for verb in ("input", "type", "fill")
        for noun in ("text", "password", "secret")
    ),
    _SENTENCE: tuple(
        f"{verb} {quote}"
        for verb in ("enter", "enters", "type", "types", "input", "inputs", "fill in", "fill ins")
        for quote in ("'", '"')
    ),
}
"""Of each expression what a text has, in small letters, in which it finds something."""
_WORD = lazy_compile(r"[\w-]+")
_VARIABLE = lazy_compile(r"(?P<name>[A-Za-z_]\w{0,40})\.(?:clear\(\)\.)?\Z")
_GOES_ON = ("", ".")
"""What a line begins with that goes on with the call of the line before it."""
_SETS = (" = ", "=", " := ")
_REACH = 200
_REACH_OF_A_VARIABLE = 600


def _typed(text: str) -> Iterator[Span]:
    yield from in_order(_all_typed(text))


def _all_typed(text: str) -> Iterator[Span]:
    lowered = text.lower()

    def found_by(expression: re.Pattern[str]) -> Iterator[re.Match[str]]:
        if any(sign in lowered for sign in _SIGNS[expression]):
            yield from find_all(expression, text)

    for found in found_by(_INTO_A_FIELD):
        yield from _into_a_field(text, found)
    for found in found_by(_AT_A_PROMPT):
        value = _ALONE.match(text, found.end())
        if value and _is_at_a_prompt(text, found.start()):
            yield from _span(value)
    for found in found_by(_CELLS):
        yield from _span(found) if _names_a_secret(found["first"]) else ()
    for found in found_by(_KEYWORD):
        is_named = found["keyword"][-4:].lower() != "text" or _names_a_secret(found["first"])
        yield from _span(found) if is_named else ()
    for found in found_by(_SENTENCE):
        yield from _span(found) if _is_field_of_a_secret(found["first"]) else ()


def _into_a_field(text: str, found: re.Match[str]) -> Iterator[Span]:
    second = _SECOND.match(text, found.end())
    if second and _names_a_secret(second["first"]):
        yield from _span(second)
        return
    value = _ALONE.match(text, found.end())
    if value and _is_of_a_secret(text, found.start()):
        yield from _span(value)


def _span(found: re.Match[str]) -> Iterator[Span]:
    group = next((name for name in _VALUES if found.groupdict().get(name)), None)
    if group and not HIDDEN.match(found[group]) and not _KEYS.match(found[group]):
        yield found.start(), *found.span(group)


_QUOTES = ("'", '"', "`")
_VALUES = ("value", "double", "single", "back")


def _is_of_a_secret(text: str, place: int) -> bool:
    """Whether the statement before a place names a secret, or the one that set its variable."""
    before = text[max(0, place - _REACH) : place]
    statement = _last_statement(before)
    if _names_a_secret(statement):
        return True
    variable = _VARIABLE.search(statement)
    if variable is None:
        return False
    known = text[max(0, place - _REACH_OF_A_VARIABLE) : place - len(variable[0])]
    at = max(known.rfind(f"{variable['name']}{sign}") for sign in _SETS)
    return at >= 0 and _names_a_secret(known[at : at + _REACH].partition("\n")[0])


def _is_at_a_prompt(text: str, place: int) -> bool:
    """Whether the statement before a place, or the line before it, waits for a secret's prompt."""
    lines = text[max(0, place - 2 * _REACH) : place].rsplit("\n", 2)[-2:]
    waiting = _IS_WAITING.search(before := "\n".join(lines))
    return waiting is not None and _names_a_secret(before[waiting.start() :])


def _last_statement(text: str) -> str:
    """Return what is after the last `;` or the end of the last line that no call goes on in."""
    lines = text.rpartition(";")[2].split("\n")
    first = len(lines) - 1
    while first and lines[first].lstrip(" \t")[:1] in _GOES_ON:
        first -= 1
    return " ".join(lines[first:])


def _is_field_of_a_secret(name: str) -> bool:
    """Whether a field's name is a secret's: with quotes any of its words, else what it ends with.

    `"Password confirmation"` is a field, and `password recovery` is what one does.
    """
    if name[0] in _QUOTES:
        return _names_a_secret(name)
    *_, before, last = ["", *_WORD.findall(name)]
    return _names_a_secret(last) or (
        not _names_a_secret(before) and is_secret_name(f"{before} {last}")
    )


def _names_a_secret(text: str) -> bool:
    return any(is_secret_name(one) and not is_secret_as_a_whole(one) for one in _WORD.findall(text))


TYPED = spans_form(
    "secret that a script types",
    _typed,
    examples=(
        f"child.expect('Password:')\nchild.sendline('{SAMPLE}')",
        "p.expect(['Password: ', pexpect.EOF])\np.send('swordfish\\n')",
        f"tn.read_until(b'Password: ')\ntn.write(b'{SAMPLE}' + b'\\n')",
        f"Responder(pattern=r'password:', response='{SAMPLE}\\n')",
        f"cy.get('#password').type('{SAMPLE}')",
        f"cy.get('[name=password]')\n  .type('{SAMPLE}', {{ log: false }})",
        f"await page.fill('input[name=\"password\"]', '{SAMPLE}');",
        f"await page.locator('input#pass').fill('{SAMPLE}')",
        f'elem = driver.find_element(By.NAME, "password")\nelem.send_keys("{SAMPLE}")',
        f"document.querySelector('#password').value='{SAMPLE}';",
        f"fill_in 'Password', with: '{SAMPLE}'",
        f"t.typeText(Selector('#password'), '{SAMPLE}')",
        f"fireEvent.change(getByLabelText(/password/i), {{ target: {{ value: '{SAMPLE}' }} }})",
        f"<td>type</td><td>id=password</td><td>{SAMPLE}</td>",
        f"Input Text    id:password    {SAMPLE}",
        f'And I enter "{SAMPLE}" into the "Password" field',
    ),
    counterexamples=(
        "cy.get('#user').type('joe'); cy.get('#password').type(Cypress.env('PASSWORD'))",
        "cy.get('#image').type('ubuntu')",
        "log.info('token refreshed')\nout.write('done')",
        "child.expect('Password:')\nchild.sendline(password)",
        "child.expect('login:')\nchild.sendline('joe')",
        "element = find('#name')\nelement.send_keys('ubuntu')  # not the password",
        'And I enter "ubuntu" into the "Image" field',
        "Enter 'admin' for the username and your password",
        "Type 'help' for password recovery",
        'type "yes" in the terminal to reset the password',
        'Enter "ubuntu" as user, then your password',
        "$('#password').val('')",
        "child.expect('Password:')\nchild.sendline('\\n')",
        "cy.get('#password').type('{selectall}{backspace}')",
        "expect(screen.getByText('Password')).toBeVisible()\nres.write('hello')",
        "wait_for_token()\nsock.send('GET / HTTP/1.1')",
        "Input Text    id:name    ubuntu",
        "Input Password    id:password    ${PASSWORD}",
    ),
)
"""What is typed where a name of the table is."""
