"""Secrets in calls of functions, and in what a shell passes to a program as a file.

connect("h", "joe", "x")   jwt.encode(payload, "x")   --password-file=<(echo x)
"""

from glancetape_cassettes.redaction.forms.form import SAMPLE, form

_STRING = r"b?(?:'[^'\n]{0,400}'|\"[^\"\n]{0,400}\")"
_COMMA = r"\s{0,3},\s{0,9}"
_NO_METHOD = (
    r"(?![\"'](?:oauth[12]?|open_?id|oidc|saml2?|ldap|kerberos|basic|digest|local|default|guest|anonymous"
    r"|sso|mfa|totp|sms|email|phone|google|github|gitlab|facebook|v[23]\w{0,20}|\w{0,20}password"
    r"|\w{0,20}token|\w{0,20}credential)[\"'])"
)
"""What else an argument after the user's name may be: how to log in."""
_USER = r"[\w.$]{0,40}?(?:user|login|mail|name|account)\w{0,20}"
"""What a program calls the variable with the user's name."""

CALLS = (
    form(  # host, perhaps a port, and a user come before the password
        "secret in a call",
        "connect|pdo|mysqli",
        rf"((?:\bnew\s+(?:PDO|mysqli)|\b(?:PDO|mysqli)->__construct|\bmysqli?_p?connect|\b(?:connect|getConnection))\("
        rf"\s{{0,9}}{_STRING}{_COMMA}(?:\d{{1,5}}{_COMMA})?{_STRING}{_COMMA}){_STRING}",
        r"\1REDACTED",
        examples=(
            f"new PDO('mysql:host=h', 'joe', '{SAMPLE}');",
            f"#1 PDO->__construct('mysql:host=h', 'joe', '{SAMPLE}')",
            f'mysqli_connect("h", "joe", "{SAMPLE}", "db")',
            f'ssh.connect("h", 22, "joe", "{SAMPLE}")',
            f'DriverManager.getConnection("jdbc:x", "joe", "{SAMPLE}");',
            f'DBI->connect("dbi:mysql:d", "joe", "{SAMPLE}")',
        ),
        counterexamples=("new PDO('sqlite:x')", "connect('h', 22)", "connect('a', 'b')"),
    ),
    form(
        "secret in a call",
        "ldap_|ftp_|ssh2_|log in|sign in|authenticate|jwt|hmac|fernet|crypt|hashpw",
        rf"((?:\bldap_bind|\bftp_login|\bssh2_auth_password)\(\s{{0,9}}\$?\w{{1,40}}{_COMMA}"
        rf"{_STRING}{_COMMA}){_STRING}"
        rf"|((?<![A-Za-z0-9])(?:log_?in|sign_?in|authenticate)\(\s{{0,9}}"
        rf"(?:{_STRING}|{_USER}){_COMMA}){_NO_METHOD}{_STRING}"
        rf"|(\bjwt\.(?:encode|decode|sign|verify)\(\s{{0,9}}(?:[\w.]{{1,60}}|\{{[^{{}}\n]{{0,200}}\}}){_COMMA}){_STRING}"
        rf"|(\b(?:Fernet|hmac\.new|crypt\.crypt|hashpw)\(\s{{0,9}}|\bcreateHmac\(\s{{0,9}}[\"'][\w-]{{1,20}}[\"']{_COMMA})"
        rf"{_STRING}",
        r"\1\2\3\4REDACTED",
        examples=(
            f"ldap_bind($c, 'cn=joe', '{SAMPLE}')",
            f'server.login("joe@h", "{SAMPLE}")',
            f"#0 /a.php(3): login('joe', '{SAMPLE}')",
            f'login(user, "{SAMPLE}")',
            f'jwt.encode(claims, "{SAMPLE}", algorithm="HS256")',
            f"jwt.sign({{ id: 1 }}, '{SAMPLE}')",
            f'hmac.new(b"{SAMPLE}", message)',
            f"crypto.createHmac('sha256', '{SAMPLE}')",
            f'Fernet(b"{SAMPLE}=")',
            f"bcrypt.hashpw(b'{SAMPLE}', salt)",
        ),
        counterexamples=(
            "user.login(name)",
            "log.login('a')",
            "login(request, 'index.html')",
            "login(user, 'oauth')",
            "authenticate('joe', 'v3applicationcredential')",
            "Fernet(key)",
        ),
    ),
    form(  # what a program reads from a file that is none
        "secret in a command",
        "<(",
        r"(<\(\s{0,3}(?:echo|printf)\s+(?:-\w+\s+)?)(?!REDACTED)[^)\n]{1,400}(?=\))",
        r"\1REDACTED",
        examples=(f"rsync --password-file=<(echo {SAMPLE}) h::x",),
        counterexamples=("diff <(ls a) <(ls b)",),
    ),
    form(  # a password without a name
        "secret in a command",
        "addauth|netsh|:key:|securestring|<enter>",
        r"(\baddauth\s+digest\s+[^\s:]{1,60}:)\S{1,400}"
        r"|(\bnetsh\s+wlan\s[^\n]{0,200}?\bkey=)\S{1,400}"
        r"|(--key\s+[^\s:]{1,200}:key:)\S{1,400}"
        r"|()[\"'][^\"'\n]{1,400}[\"'](?=\s{0,3}\|\s{0,3}ConvertTo-SecureString)"
        r"|(\b(?:root|admin|vagrant|ubuntu|joe|user)<enter>(?:<wait\w{0,5}>){0,9}(?:[\"'],\s{0,9}[\"'])?)"
        r"(?!REDACTED)[^<>\s]{4,400}(?=<enter>)",
        r"\1\2\3\4\5REDACTED",
        examples=(
            f"addauth digest joe:{SAMPLE}",
            f"netsh wlan set hostednetwork key={SAMPLE}",
            f"guestfish --key /dev/sda1:key:{SAMPLE}",
            f'"{SAMPLE}" | ConvertTo-SecureString -AsPlainText',
            f"root<enter><wait>{SAMPLE}<enter>",
            f'boot_command = ["root<enter>", "{SAMPLE}<enter>"]',
        ),
        counterexamples=("netsh wlan show profiles",),
    ),
    form(  # a variable of Azure's pipelines, a network in a QR code, what SQL compares with
        "secret in a setting",
        "##vso[|wifi:",
        r"(##vso\[task\.setvariable\s[^\]\n]{0,200}?\bissecret=true[^\]\n]{0,100}\])(?!REDACTED)[^\r\n]{1,400}"
        r"|(\bWIFI:(?:[^;\n]{0,100};){0,4}?P:)(?!REDACTED)[^;\n]{1,100}(?=;)",
        r"\1\2REDACTED",
        examples=(
            f"##vso[task.setvariable variable=a;issecret=true]{SAMPLE}",
            f"WIFI:T:WPA;S:net;P:{SAMPLE};;",
        ),
        counterexamples=("##vso[task.setvariable variable=a]b", "WIFI:S:net;;", "wifi: on"),
    ),
    form(  # settings whose name alone is harmless
        "secret in a setting",
        "base64:|user",
        r"(\bkey[\"']?\s{0,9}(?:=>|[:=])\s{0,9}[\"']?)base64:[A-Za-z0-9+/]{32,}={0,2}"
        r"|((?<![\w-])user\s{0,3}=\s{0,3}[^\s:]{1,60}:\S{1,60}\s{1,9}key\s{0,3}=\s{0,3})\S{1,400}",
        r"\1\2REDACTED",
        examples=(f"'key' => 'base64:{SAMPLE}{SAMPLE}='", f"user = tenant:joe\nkey = {SAMPLE}"),
        counterexamples=("key: base64:x", "user = joe\nkey = x"),
    ),
    form(
        "password hash",
        "{xor}|obf:|digest:",
        r"\{xor\}[A-Za-z0-9+/]{8,}={0,2}|(?<![A-Za-z0-9])OBF:[a-z0-9]{16,}"
        r"|(?<![A-Za-z0-9])digest:(?!sha|md5)[\w.-]{1,60}:[A-Za-z0-9+/]{16,}={0,2}",
        examples=(f"{{xor}}{SAMPLE}=", f"OBF:{SAMPLE.lower()}", f"digest:joe:{SAMPLE}="),
        counterexamples=("{xor}", "OBF:1", "digest:sha256:0123456789abcdef0123456789abcdef"),
    ),
)
