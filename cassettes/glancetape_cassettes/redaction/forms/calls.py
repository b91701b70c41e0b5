"""Secrets in calls of functions, and in what a shell passes to a program.

connect("h", "joe", "x")   jwt.encode(payload, "x")   chpasswd << EOF   --password-file=<(echo x)
"""

from glancetape_cassettes.redaction.forms.form import SAMPLE, form
from glancetape_cassettes.redaction.forms.values import TOKEN

_STRING = r"b?(?:'[^'\n]{0,400}'|\"[^\"\n]{0,400}\")"
_COMMA = r"\s{0,3},\s{0,9}"

CALLS = (
    form(  # host, perhaps a port, and a user come before the password
        "secret in a call",
        "connect|pdo|mysqli",
        rf"((?:\bnew\s+(?:PDO|mysqli)|\bmysqli?_p?connect|\b(?:connect|getConnection))\("
        rf"\s{{0,9}}{_STRING}{_COMMA}(?:\d{{1,5}}{_COMMA})?{_STRING}{_COMMA}){_STRING}",
        r"\1REDACTED",
        examples=(
            f"new PDO('mysql:host=h', 'joe', '{SAMPLE}');",
            f'mysqli_connect("h", "joe", "{SAMPLE}", "db")',
            f'ssh.connect("h", 22, "joe", "{SAMPLE}")',
            f'DriverManager.getConnection("jdbc:x", "joe", "{SAMPLE}");',
            f'DBI->connect("dbi:mysql:d", "joe", "{SAMPLE}")',
        ),
        counterexamples=("new PDO('sqlite:x')", "connect('h', 22)", "connect('a', 'b')"),
    ),
    form(
        "secret in a call",
        "ldap_|ftp_|ssh2_|login|jwt|hmac|fernet",
        rf"((?:\bldap_bind|\bftp_login|\bssh2_auth_password)\(\s{{0,9}}\$?\w{{1,40}}{_COMMA}"
        rf"{_STRING}{_COMMA}){_STRING}"
        rf"|(\.login\(\s{{0,9}}{_STRING}{_COMMA}){_STRING}"
        rf"|(\bjwt\.(?:en|de)code\(\s{{0,9}}[\w.]{{1,60}}{_COMMA}){_STRING}"
        rf"|(\b(?:Fernet|hmac\.new)\(\s{{0,9}}|\bcreateHmac\(\s{{0,9}}[\"'][\w-]{{1,20}}[\"']{_COMMA})"
        rf"{_STRING}",
        r"\1\2\3\4REDACTED",
        examples=(
            f"ldap_bind($c, 'cn=joe', '{SAMPLE}')",
            f'server.login("joe@h", "{SAMPLE}")',
            f'jwt.encode(claims, "{SAMPLE}", algorithm="HS256")',
            f'hmac.new(b"{SAMPLE}", message)',
            f"crypto.createHmac('sha256', '{SAMPLE}')",
            f'Fernet(b"{SAMPLE}=")',
        ),
        counterexamples=("user.login(name)", "log.login('a')", "Fernet(key)"),
    ),
    form(  # a here-document, and what a program reads from a file that is none
        "secret in a command",
        "passwd|cryptsetup|<(",
        r"(\b(?:chpasswd|passwd|smbpasswd|cryptsetup)\b[^\n|;]{0,100}<<-?\s{0,3}[\"']?"
        r"(?P<end>\w{1,20})[\"']?[^\n]{0,60}\n)(?!REDACTED)[^\n]{1,400}(?:\n[^\n]{0,400}){0,40}?(?=\n\s{0,20}(?P=end)(?![A-Za-z0-9_]))"
        r"|(<\(\s{0,3}(?:echo|printf)\s+(?:-\w+\s+)?)(?!REDACTED)[^)\n]{1,400}(?=\))",
        r"\1\3REDACTED",
        examples=(
            f"chpasswd << EOF\njoe:{SAMPLE}\nEOF\n",
            f"passwd root <<'E'\n{SAMPLE}\n{SAMPLE}\nE",
            f"rsync --password-file=<(echo {SAMPLE}) h::x",
        ),
        counterexamples=("cat << EOF\nx\nEOF", "diff <(ls a) <(ls b)"),
    ),
    form(  # stores of secrets
        "secret in a command",
        "put-parameter|secret set|secret store",
        r"(\b(?:put-parameter|keyvault\s+secret\s+set|secret\s+store)\s[^\n]{0,200}?"
        r"--(?:value|payload)[\s=]{1,3})(?!REDACTED)(?:'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|[^\s'\"]{1,400})",
        r"\1REDACTED",
        examples=(
            f"aws ssm put-parameter --name x --value {SAMPLE}",
            f"openstack secret store --name x --payload '{SAMPLE}'",
        ),
        counterexamples=("az keyvault secret set --help",),
    ),
    form(  # a user and a password without a name
        "secret in a command",
        "samba-tool|lftp|mkpasswd|slmgr|connect to|addauth|netsh|:key:|securestring|<enter>",
        r"(\bsamba-tool\s+user\s+(?:create|add)\s+\S{1,60}\s+)(?!-)\S{1,400}"
        r"|(\blftp\s[^\n|;]{0,60}?-u\s{0,3}[^\s,]{1,100},)\S{1,400}"
        rf"|(\bmkpasswd\s[^\n|;&]{{0,60}}?[\"']?){TOKEN}\S{{0,400}}"
        r"|(\bslmgr(?:\.vbs)?\s+[/-]ipk\s+)\S{1,60}"
        r"|(\bconnect\s+to\s+\S{1,60}\s+user\s+\S{1,60}\s+using\s+)\S{1,400}"
        r"|(\baddauth\s+digest\s+[^\s:]{1,60}:)\S{1,400}"
        r"|(\bnetsh\s+wlan\s[^\n]{0,200}?\bkey=)\S{1,400}"
        r"|(--key\s+[^\s:]{1,200}:key:)\S{1,400}"
        r"|()[\"'][^\"'\n]{1,400}[\"'](?=\s{0,3}\|\s{0,3}ConvertTo-SecureString)"
        r"|(\b(?:root|admin|vagrant|ubuntu|joe|user)<enter>(?:<wait\w{0,5}>){0,9})[^<>\s]{4,400}(?=<enter>)",
        r"\1\2\3\4\5\6\7\8\9\g<10>REDACTED",
        examples=(
            f"samba-tool user create joe {SAMPLE}",
            f"lftp -u joe,{SAMPLE} h",
            f"mkpasswd -m sha-512 {SAMPLE}",
            f"slmgr /ipk {SAMPLE}",
            f"db2 connect to x user joe using {SAMPLE}",
            f"addauth digest joe:{SAMPLE}",
            f"netsh wlan set hostednetwork key={SAMPLE}",
            f"guestfish --key /dev/sda1:key:{SAMPLE}",
            f'"{SAMPLE}" | ConvertTo-SecureString -AsPlainText',
            f"root<enter><wait>{SAMPLE}<enter>",
        ),
        counterexamples=("samba-tool user create joe --random-password", "connect to the host"),
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
