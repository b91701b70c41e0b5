"""User and password in URLs and connection strings."""

from glancetape_cassettes.redaction.forms.form import SAMPLE, form
from glancetape_cassettes.redaction.forms.random_letters import drawn
from glancetape_cassettes.redaction.forms.values import TOKEN

_HOST = r"(?:(?:[\w-]{1,63}\.){1,9}[a-z0-9-]{1,63}|localhost)(?::\d{1,5})?"
"""A host, as it is not in user-info: an `@` further on is part of the path, as in `/@types/a`."""

ADDRESSES = (
    form(
        "user-info in a URL",
        "@",
        rf"([a-z0-9+.-]:(?:\\?/|\\\\?){{2}})(?!{_HOST}\\?/[^\s\"'<>@:]{{0,256}}@)"
        r"[^\s/\"'<>@]{1,1024}(?:/[^\s\"'<>@]{0,256})?@"
        r"(?:[^\s/\"'<>@,;]{0,256}@){0,99}(?=[\w.\[/-])",
        r"\1",
        examples=(
            f"see http://joe:{SAMPLE}@h/x",
            f"redis://:{SAMPLE}@h:1/0",
            f"http://joe:a@{SAMPLE}@h/x",
            f"postgresql://joe:{SAMPLE}@/db?host=/tmp",
            f"http:\\/\\/joe:{SAMPLE}@h\\/x",
        ),
        counterexamples=(
            "http://h/ joe@example.com",
            "joe@example.com",
            "https://www.example.com/@joe/a@2/b",
            "docker://localhost:5000/a@sha256:00ff",
        ),
    ),
    form(  # sip:joe:x@h, //joe:x@h, http:/joe:x@h as a path has it, http://joe:x@ that was cut off
        "user-info in a URL",
        "@",
        r"((?:(?<![\w:])(?:sips?:|//)|/(?<=[a-z0-9]:/)(?!/))[\w.-]{1,64}:)(?!REDACTED)"
        r"[^\s@/\"'<>]{1,256}(?=@(?:[\w\[\s\"',;)<]|\Z))"
        r"|(//(?<=[a-z0-9]://)[\w.-]{1,64}:)(?!REDACTED)"
        r"[^\s@/\"'<>,]{1,256}(?=@(?:[\s\"',;)<]|\Z))",
        r"\1\2REDACTED",
        examples=(
            f"sip:joe:{SAMPLE}@h",
            f"src=//joe:{SAMPLE}@h/x",
            f"http:/joe:{SAMPLE}@h/x: no such file",
            f"image=http://joe:{SAMPLE}@",
        ),
        counterexamples=("sip:joe@h", "//h:80/joe@x", "file:/a/b@c", "http:/h:80/x@y"),
    ),
    form(  # a code that is exchanged for a token, an address that is the secret
        "secret in a URL",
        "code=|/invite|/reset|hook|otpauth-migration|/t/",
        rf"([?&]code=)(?!REDACTED)[^\s&\"'<>]{{6,400}}+(?=(?:&[^\s&\"'<>]{{0,200}}+){{0,9}}&state=)"
        rf"|([?&]state=[^\s&\"'<>]{{1,200}}&(?:[^\s\"'<>]{{1,200}}&)?code=)(?!REDACTED)[^\s&\"'<>]{{6,400}}"
        rf"|(#(?:[^\s\"'<>#]{{0,200}}&)?code=|/(?:callback|oauth\w{{0,10}}|cb|redirect_uri|authorize[dr]?)/?\?code=)(?!REDACTED)[^\s&\"'<>#]{{6,400}}"
        rf"|(/(?:invite|reset|reset-password|hooks?|webhooks?)/){TOKEN}[^\s\"'<>?#]{{0,400}}"
        rf"|(://[^\s\"'<>?#]{{1,400}}?/)(?:{drawn(24, 5)}|(?<=/t/)[a-z]{{2}}-[0-9a-f]{{8}}-)"
        r"[^\s\"'<>?#]{0,400}"
        r"|(otpauth-migration://[^\s\"'<>?]{0,60}\?data=)(?!REDACTED)[^\s\"'<>&]{1,4000}",
        r"\1\2\3\4\5\6REDACTED",
        shapes=(r"/[a-z0-9]{24}",),
        examples=(
            f"otpauth-migration://offline?data={SAMPLE}",
            f"https://h/cb?code={SAMPLE}&state=1",
            f"https://h/cb?state=1&code={SAMPLE}",
            f"https://h/#code={SAMPLE}",
            f"/oauth2/callback?code={SAMPLE}",
            f"https://h/invite/{SAMPLE}",
            f"https://h/login/magic/{SAMPLE}{SAMPLE}",
            f"https://h/t/jo-12345678-{SAMPLE}/main",
            f"https://outlook.example/hook/{SAMPLE}/x",
        ),
        counterexamples=(
            "/v2/images?code=404&limit=1",
            "/docs#code=404",
            "/callback?code=404",
            "https://h/invite/people",
            f"https://h/{'0123456789abcdef' * 4}/ubuntu.qcow2",
            "https://h/WindowsServer2019DatacenterCore/x",
            f"{SAMPLE}/{SAMPLE}{SAMPLE}/",
        ),
    ),
    form(
        "connection string",
        "@",
        r"((?<![A-Za-z0-9])jdbc:[a-z:]{1,40}:)[^\s/@]{1,256}/[^\s@]{1,256}@"
        r"|(\b)[\w.-]{1,64}:[^\s@/]{1,256}@(?=(?:tcp|udp|unix)\()"
        r"|(\b)[\w.-]{1,64}/[^\s@/]{1,256}@(?=//|orcl|xe\b)"
        r"|((?<![A-Za-z0-9])sqlplus\s+(?:-\w+\s+){0,3})[\w.-]{1,64}/[^\s@/]{1,256}@",
        r"\1\4",
        examples=(f"jdbc:oracle:thin:joe/{SAMPLE}@h:1521:x", f"joe:{SAMPLE}@tcp(h:3306)/db"),
        counterexamples=("jdbc:mysql://h/db", "tag:v1@sha256"),
    ),
    form(  # without a scheme only a password that is no ordinary word, and no digest of an image
        "connection string",
        "@",
        rf"(?<![\w.:/-])(/{{0,2}})[\w.-]{{1,64}}:{TOKEN}[^\s@/\"'<>]{{0,256}}@(?!sha\d)(?=[\w\[])"
        rf"|(?<=,)()[\w.-]{{1,64}}:[^\s@/\"'<>]{{1,256}}@(?!sha\d)(?=[\w\[])",
        r"\1",
        examples=(f"joe:{SAMPLE}@db.example.com:5432/x", f"rabbit://h:1,joe:{SAMPLE}@h2:5672/v"),
        counterexamples=("nginx:stable-perl@sha256:1a2b3c4d5e6f", "mail: joe@example.com"),
    ),
    form(  # of a proxy, the whole of its settings in base64 is in the address
        "token of a provider",
        "telegram|vmess:",
        r"((?<![A-Za-z0-9])(?:api\.telegram\.org/bot(?=\d{6,12}:)|vmess://))[\w:+/=-]{16,4000}",
        r"\1REDACTED",
        examples=(
            f"https://api.telegram.org/bot123456789:AA{SAMPLE}/getMe",
            f"vmess://{SAMPLE}=",
        ),
        counterexamples=("https://api.telegram.org/bots", "vmess://host"),
    ),
)
