"""What a script types into a field or at a prompt that asks for a secret is replaced."""

from itertools import product

import pytest

from glancetape_cassettes.redaction.secret_patterns import scrub
from support.secrets.commands import SECRETS

FIELDS = {
    "by id": "#password",
    "by attribute": "[name=password]",
    "by type": 'input[type="password"]',
    "by two words": "#user_pass",
    "by label": "Password",
    "by tag": "input#api_key",
}
"""How a page's field is named; `image` takes the place of the secret's name in harmless ones."""
PROMPTS = ("Password:", "[sudo] password for joe: ", "Enter passphrase", "(?i)token")
TYPING = (
    "cy.get('{field}').type('{value}')",
    "cy.get('{field}')\n  .clear()\n  .type('{value}', {{ log: false }})",
    "cy.findByLabelText('{field}').type(\"{value}\")",
    "page.fill('{field}', '{value}')",
    "await page.locator('{field}').fill('{value}');",
    "page.get_by_label('{field}', exact=True).press_sequentially('{value}')",
    "driver.find_element(By.CSS_SELECTOR, '{field}').send_keys('{value}')",
    "box = driver.find_element(By.NAME, '{field}')\nbox.send_keys(\"{value}\")",
    "WebElement e = d.findElement(By.name('{field}'));\ne.clear();\ne.sendKeys(\"{value}\");",
    "$('{field}').val('{value}')",
    "browser.setValue('{field}', '{value}')",
    "document.querySelector('{field}').value = '{value}';",
    "fill_in '{field}', with: '{value}'",
    "fill_in('{field}', with: '{value}')",
    "t.typeText(Selector('{field}'), '{value}')",
    "I.fillField('{field}', '{value}')",
    "fireEvent.change(getByLabelText('{field}'), {{ target: {{ value: '{value}' }} }})",
    "<tr><td>type</td><td>id={field}</td><td>{value}</td></tr>",
    "Input Text    {field}    {value}",
    "When I enter \"{value}\" into the '{field}' field",
)
ANSWERING = (
    "child.expect('{prompt}')\nchild.sendline('{value}')",
    "child.expect('{prompt}'); child.sendline('{value}')",
    "p.expect(['{prompt}', pexpect.EOF])\np.send('{value}\\n')",
    "tn.read_until(b'{prompt}')\ntn.write(b'{value}' + b'\\n')",
    "s.wait_for('{prompt}')\ns.send_line('{value}')",
    "c.run('sudo a', watchers=[Responder(pattern=r'{prompt}', response='{value}\\n')])",
)


@pytest.mark.parametrize("template", TYPING)
def test_what_is_typed_into_a_field_of_a_secret_is_replaced(template: str) -> None:
    tried = [
        (template.format(field=field, value=value), value)
        for field, value in product(FIELDS.values(), SECRETS)
    ]

    assert [] == [text for text, value in tried if value in scrub(text)]


@pytest.mark.parametrize("template", TYPING)
def test_what_is_typed_into_another_field_stays(template: str) -> None:
    fields = ("#image", "[name=image]", 'input[type="search"]', "Image", "input#image_name")
    texts = [template.format(field=field, value="ubuntu-22.04") for field in fields]
    beside = [f"cy.get('#password').type(password);\n{text}" for text in texts]

    assert [*texts, *beside] == [scrub(text) for text in (*texts, *beside)]


@pytest.mark.parametrize("template", ANSWERING)
def test_what_answers_the_prompt_for_a_secret_is_replaced(template: str) -> None:
    tried = [
        (template.format(prompt=prompt, value=value), value)
        for prompt, value in product(PROMPTS, SECRETS)
    ]

    assert [] == [text for text, value in tried if value in scrub(text)]


@pytest.mark.parametrize("template", ANSWERING)
def test_what_answers_another_prompt_stays(template: str) -> None:
    texts = [template.format(prompt=one, value="ubuntu") for one in ("login:", "Image name?")]
    beside = [f"log.info('token refreshed')\n\n{text}" for text in texts]

    assert [*texts, *beside] == [scrub(text) for text in (*texts, *beside)]
