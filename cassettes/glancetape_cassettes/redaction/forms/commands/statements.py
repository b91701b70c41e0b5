"""Secrets in commands, directives and statements that well-known programs read.

sshpass -p x ssh h   curl -u joe:x http://h/   IDENTIFIED BY 'x'   snmp-server community x RO
"""

from glancetape_cassettes.redaction.forms.form import SAMPLE, form

_IN_QUOTES = r"'[^'\n]{1,400}'|\"[^\"\n]{1,400}\""
_WORD = (
    rf"(?:{_IN_QUOTES}|\\+\"[^\"\n]{{1,400}}\"|\\+'[^'\n]{{1,400}}'"
    r"|(?!\\+[\"'])[^\s'\"|;&<>]{1,400})"
)
_NAME = r"(?:pass|pwd|secret|token|cred|api_?key|access_?key|private_?key)"

STATEMENTS = (
    form(
        "secret in a command",
        "object",
        r"(-object[\s=]{1,3}secret,(?:[^\s,]{1,100},){0,6}?data=)[^\s,]{1,400}",
        r"\1REDACTED",
        examples=(f"qemu -object secret,id=a,data={SAMPLE}",),
        counterexamples=("-object secret,id=a,file=/x",),
    ),
    form(
        "secret in a command",
        "/p:|/pass:",
        rf"((?<!\S)/p(?:ass)?:)(?:{_IN_QUOTES}|\S{{4,400}})",
        r"\1REDACTED",
        examples=(f"xfreerdp /u:joe /p:{SAMPLE} /v:h",),
        counterexamples=("http://h/p:1",),
    ),
    form(  # into a file with a secret's name
        "secret in a command",
        "echo|printf",
        r"(\b(?:echo|printf)\s+(?:-\w+\s+|['\"]%s(?:\\n)?['\"]\s+)?)(?!REDACTED)"
        rf"{_WORD}(?=\s{{0,9}}(?:>{{1,2}}|\|\s{{0,9}}(?:sudo\s+)?tee\s(?:-a\s)?)\s{{0,9}}"
        rf"[\"']?[\w./~$-]{{0,100}}{_NAME})",
        r"\1REDACTED",
        examples=(f"printf '%s' '{SAMPLE}' > /etc/password", f"echo {SAMPLE} | tee /etc/.token"),
        counterexamples=("echo done > /tmp/log", "echo 1 | tee /sys/x"),
    ),
    form(
        "secret in a command",
        "assword|<<<",
        rf"(\breg(?:\.exe)?\s+add\s[^\n]{{0,300}}?/v\s+[\"']?[\w.-]*?{_NAME}[\w.-]*[^\n]{{0,60}}?/d\s+(?#sign)){_WORD}"
        rf"|(\bread\s+(?:-\w+\s+){{0,4}}\w*?{_NAME}\w*\s{{0,3}}<<<\s{{0,3}}){_WORD}"
        rf"|((?:assword|\bexpect\s[^\n]{{0,60}}?(?:{_NAME}|pin))[^\n]{{0,20}}[\s;]{{1,9}}(?:exp_)?send(?:\s+--)?\s+)"
        rf"(?:\"[^\"]{{1,400}}\"|{_WORD})"
        r"|(\bftp\s[^\n]{1,100}\n(?:[^\n]{0,100}\n){0,3}?\s{0,9}user\s+\S{1,60}\s+)[^\r\n]{1,400}",
        r"\1\2\3\4REDACTED",
        shapes=(
            r"ftp(?<![a-z]ftp)\s[^\n]{1,100}\n",
            r"reg(?<![a-z]reg)(?:\.exe)?\s+add\s",
            r"expect(?<![a-z]expect)\s",
        ),
        examples=(
            f"reg add HKLM /v DefaultPassword /t REG_SZ /d {SAMPLE} /f",
            f'read -s PASSWORD <<< "{SAMPLE}"',
            f'expect "Password:"\nsend "{SAMPLE}\\r"\n',
            f'expect "token:"\nsend "{SAMPLE}\\r"\n',
            f"ftp -n h <<E\nuser joe {SAMPLE}\nE",
        ),
        counterexamples=("read -r name", "reg add HKLM /v A /d b"),
    ),
    form(
        "secret in a command",
        "%|xfrm|pserver|:ext:|:kserver:",
        rf"(\buser(?:name)?=[^\s,%\"']{{1,60}}%)(?!REDACTED|2[0-9a-f]){_WORD}"
        rf"|(\bip\s+xfrm\s[^\n]{{0,300}}?\s(?:enc|auth|auth-trunc|aead|comp)\s+\S{{1,40}}\s+(?#sign)){_WORD}"
        r"|(:(?:pserver|ext|kserver):[\w.-]{1,60}:)[^\s@/'\"]{1,400}(?=@)",
        r"\1\2\3REDACTED",
        examples=(
            f"mount -t cifs -o user=joe%{SAMPLE} //h/s /mnt",
            f"ip xfrm state add src a dst b enc 'cbc(aes)' {SAMPLE}",
            f"cvs -d :pserver:joe:{SAMPLE}@h:/x login",
            f"cvs -d :ext:joe:{SAMPLE}@h:/x login",
        ),
        counterexamples=("user=joe%20smith", "ip xfrm state flush", ":pserver:joe@h:/x"),
    ),
    form(  # IRC, SMTP
        "secret in a command",
        "nickserv|334 ",
        r"(\bNickServ\s:?IDENTIFY\s+)(?!REDACTED)\S{1,400}(?:[ \t]+\S{1,400})?"
        r"|(\b334\sUGFzc3dvcmQ6\s{1,4})(?!REDACTED)\S{4,400}",
        r"\1\2REDACTED",
        examples=(
            f"/msg NickServ IDENTIFY joe {SAMPLE}",
            f"334 UGFzc3dvcmQ6\r\n{SAMPLE}=",
        ),
        counterexamples=("v2 LOGIN page works", "1 LOGIN per user", "identify the 334 images"),
    ),
    form(  # sed: s/PASSWORD/x/
        "secret in a command",
        "s/|s#|s,|sed ",
        rf"((?<![\w/.-])s(?P<mark>[/|#,])(?:(?!(?P=mark))[^\n]){{0,80}}?{_NAME}(?:(?!(?P=mark))[^\n]){{0,40}}"
        rf"(?P=mark))(?!REDACTED)(?:(?!(?P=mark))[^\s'\"]){{1,400}}(?=(?P=mark)|[\s'\"]|\Z)",
        r"\1REDACTED",
        shapes=(r"s\|",),
        examples=(
            f"sed -i 's/@DB_PASSWORD@/{SAMPLE}/g' x.conf",
            f"sed s|PASS|{SAMPLE}| x",
            f"s|PASS|{SAMPLE}|",
        ),
        counterexamples=("sed s/name/value/", "https://h/token/x/"),
    ),
    form(  # Redis: `user joe on >x`, and the hash of one, `#5e88...`
        "secret in a directive",
        ">|#",
        r"(\b(?:acl\s+setuser\s+\S{1,60}|user\s+\S{1,60}\s+(?:[^\s>#]{1,40}\s+){0,6}?(?:on|off))"
        r"(?:\s+[^\s>#\"']{1,60}){0,12}?\s+[\"']?)[>#](?!REDACTED)[^\s\"']{1,400}(?:\s+[>#][^\s\"']{1,400}){0,4}",
        r"\1>REDACTED",
        examples=(f"user joe on >{SAMPLE} ~* +@all", f"ACL SETUSER joe >{SAMPLE} on"),
        counterexamples=("user joe > file", "user joe on the host"),
    ),
    form(
        "secret in a statement",
        "identified|alter |create ",
        r"(\bIDENTIFIED\s+(?:WITH\s+\S{1,60}\s+)?(?:BY|AS)\s+(?:(?:PASSWORD|VALUES)\s+)?)(?:'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|(?=[^\s;]{0,200}\d)[^\s;]{6,400})"
        r"|(\bSET\s+PASSWORD\s+(?:FROM|(?:FOR\s+\S{1,100}\s{0,3})?=)\s{0,3}(?:PASSWORD\()?)"
        r"'[^'\n]{1,400}'(?:\s+TO\s+'[^'\n]{1,400}')?"
        r"|(\b(?:ALTER|CREATE)\s+(?:USER|ROLE|LOGIN)\s[^\n;]{0,200}?\bPASSWORD\s{0,3}=?\s{0,3})N?'[^'\n]{1,400}'",
        r"\1\2\3REDACTED",
        shapes=(r"set\s+password\s",),
        examples=(
            f"CREATE USER joe IDENTIFIED BY '{SAMPLE}';",
            f"SET PASSWORD FOR 'joe'@'h' = '{SAMPLE}';",
            f"SET  PASSWORD  = '{SAMPLE}'",
            f"ALTER CURRENT USER SET PASSWORD FROM 'a' TO '{SAMPLE}'",
            f"ALTER USER joe IDENTIFIED BY VALUES 'S:{SAMPLE}'",
            f"ALTER ROLE joe WITH ENCRYPTED PASSWORD '{SAMPLE} x'",
        ),
        counterexamples=("identified by its id",),
    ),
    form(
        "secret in a directive",
        "com2sec|community|isakmp|requirepass|masterauth|rootpw|bindpw|password|auth "
        "|secret |key-string|authentication-key|tacacs|radius|passwd/|d-i |sshpw",
        r"(\b(?:r[ow]community6?|snmp-server\s+community|com2sec6?\s+\S{1,60}\s+\S{1,60}"
        r"|snmp-agent\s+community\s+(?:read|write)(?:\s+cipher)?)\s+(?#sign))"
        r"[^\s]{1,400}"
        r"|(\b(?:(?:tacacs|radius)-server\s+(?:host\s[^\n]{0,100}?\s)?key|isakmp\s+key"
        r"|key\s\d{1,5}\r?\n\s{0,9}key-string"
        r"|ip\s+ospf\s+authentication-key|ntp\s+authentication-key\s+\d{1,5}\s+\w{1,10}"
        r"|(?:tacacs|radius)\s+server\s[^\n]{1,60}\n(?:[^\n]{0,100}\n){0,4}?\s{1,9}key)"
        r"\s+(?:\d\s+)?(?#sign))[^\s]{1,400}"
        r"|(?<![\w-])((?:requirepass|masterauth|rootpw|bindpw|AUTH(?:\s+\w{1,30})?)"
        r"(?:\s+--\w+){0,3}\s+)(?=\S{0,200}\d)[^\s]{6,400}"
        r"|(\b(?:passwd/\S{1,60}|d-i\s+\S{0,60}?pass(?:word|phrase)\S{0,40})\s+(?:password|string)\s+(?#sign))[^\s]{1,400}"
        r"|(\b(?:password_pbkdf2\s+\S{1,60}|password\s+--(?:md5|encrypted))\s+)(?!REDACTED)(?=\S{0,200}[\d$])\S{1,400}"
        r"|((?:(?<![^\n])[ \t]{0,20}"
        r"|(?<![\w-])(?=community[ \t]+(?:[07][ \t]+)?(?=\S{0,200}[^\W\d])\S{0,200}\d))"
        r"community[ \t]+(?:[07][ \t]+)?)(?!REDACTED|images?\b|edition\b)\S{1,400}"
        r"(?=[ \t]+(?:ro|rw|read-only|read-write)(?![\w-]))"
        r"|((?<![\w-])sshpw(?:[ \t]+--(?:username[= ]\S{1,60}|\w{1,20})){1,4}[ \t]+)"
        r"(?!REDACTED|--)\S{1,400}",
        r"\1\2\3\4\5\6\7REDACTED",
        examples=(
            f"snmp-server community {SAMPLE} RO",
            f"com2sec all default {SAMPLE}",
            f"tacacs-server key {SAMPLE}",
            f"radius-server host h key 7 {SAMPLE}",
            f"tacacs server a\n address ipv4 192.0.2.1\n key 7 {SAMPLE}",
            f"snmp-agent community read cipher {SAMPLE}",
            f"key chain a\n key 1\n  key-string {SAMPLE}",
            f"ip ospf authentication-key {SAMPLE}",
            f"ntp authentication-key 1 md5 {SAMPLE}",
            f"requirepass {SAMPLE}",
            f"d-i passwd/root-password password {SAMPLE}",
            f"d-i passwd/root string {SAMPLE}",
            f"community {SAMPLE} RO",
            f"d-i grub-installer/password-again password {SAMPLE}",
            f"password_pbkdf2 root {SAMPLE}",
            f"password --md5 {SAMPLE}",
            f"sshpw --username=root {SAMPLE} --plaintext",
        ),
        counterexamples=(
            "community images",
            "a community of readers, ro",
            "the gitlab community edition RO",
            "password --md5 is no longer supported",
            "sshpw --username=root",
            "requirepass yes",
            "the authentication-key property is required",
            "a key-string property is optional",
        ),
    ),
    form(  # `ENV DB_PASSWORD x`: the words before it show that the next one is the secret
        "secret in a directive",
        "username|local-user|pre-shared-key|rootpw|requirepass|snmp|db.auth",
        r"(\b(?:enable\s+secret|username\s+\S{1,60}\s+(?:privilege\s+\d+\s+)?(?:password|secret)"
        r"|local-user\s+\S{1,60}\s+password|set\s+authentication\s+password|pre-shared-key)\s+"
        r"(?:\d+|cipher|simple|irreversible-cipher)\s+(?#sign))\S{1,400}"
        r"|(\bdb\.auth\(\s{0,3}[\"'][^\"'\n]{1,100}[\"'],\s{0,3})[\"'][^\"'\n]{1,400}[\"']"
        r"|((?m:^)\s{0,9}rootpw\s+(?:--\w+\s+){0,2}(?#sign))(?!--)\S{1,400}"
        r"|(\b(?:machine\s+\S{1,200}|default)\s+login\s+\S{1,100}\s+(?:account\s+\S{1,100}\s+)?password\s+(?#sign))[^\s'\"]{1,400}"
        rf"|((?m:^)\s{{0,9}}ENV\s+\w*?{_NAME}\w*\s+(?#sign)){_WORD}"
        r"|(\bUSER\s+\S{1,100}\s{1,9}(?:quote\s+)?PASS\s+)[^\r\n]{1,400}"
        rf"|(\bCONFIG\s+SET\s+requirepass\s+(?#sign)){_WORD}"
        r"|(\bsnmp-server\s+user\s[^\n]{0,100}?\bauth\s+\w+\s+(?#sign))\S{1,400}"
        r"|(\bpriv\s+(?:aes|3?des)(?:\s+\d+)?\s+(?#sign))\S{1,400}",
        r"\1\2\3\4\5\6\7\8\9REDACTED",
        shapes=(
            r"machine(?<![a-z]machine)\s+\S+\s+login\s",
            r"default(?<![a-z]default)\s+login\s",
            r"pass(?<![a-z]pass)\s",
            r"env(?<![a-z]env)\s",
            r"priv(?<![a-z]priv)\s",
            r"authentication\s+password\s",
            r"enable\s+secret\s",
        ),
        examples=(
            f"username joe privilege 15 secret 0 {SAMPLE}",
            f"local-user joe password irreversible-cipher {SAMPLE}",
            f"rootpw --plaintext {SAMPLE}",
            f"machine h\n  login joe\n  password {SAMPLE}",
            f"ENV DB_PASSWORD {SAMPLE}",
            f"USER joe\r\nPASS {SAMPLE}\r\n",
            f"CONFIG SET requirepass {SAMPLE}",
            f"db.auth('joe', '{SAMPLE}')",
            f"snmp-server user joe grp v3 auth sha {SAMPLE} priv aes 128 {SAMPLE}",
            f"usm user joe priv aes 128 {SAMPLE}",
        ),
        counterexamples=("username joe", "ENV PATH /usr/bin", "set rootpw in the installer"),
    ),
    form(
        "secret in a directive",
        'cache_peer|password "',
        r"(\bcache_peer\s[^\n]{0,200}?login=[^\s:]{1,64}:)\S{1,400}"
        r"|((?<![\w.-])(?:proxy-)?user\s{0,3}=\s{0,3}\"[^\s:\"]{1,64}:)[^\s\"]{1,400}"
        r"|((?<![\w.-])user=[\w.@-]{1,64}:)0x[0-9a-f]{32}"  # coturn
        r"|(\bpassword \"(?:Auth|Private Key|[A-Z]{4,5} Proxy)\" )[^\r\n]{1,400}",  # OpenVPN
        r"\1\2\3\4REDACTED",
        shapes=(r"user\s{0,3}=",),
        examples=(
            f"cache_peer h parent 1 0 login=joe:{SAMPLE}",
            f'user = "joe:{SAMPLE}"',
            f'proxy-user  = "joe:{SAMPLE}"',
            f'password "Auth" {SAMPLE}',
        ),
        counterexamples=("user = nova:nova", 'user = "joe"'),
    ),
    form(  # chap-secrets of PPP: client, server, secret, addresses
        "secret in a file of secrets",
        "",
        r"((?:(?<![\t\x0b-\r -~])|(?<=>))[ \t]{0,40}[\w\"'.@\\*-]{1,100}[ \t]{1,40}"
        r"(?:\*|\"?(?:pptpd|l2tpd|ppp\w*)\"?)[ \t]{1,40})"
        r"(?!REDACTED)[^\s*]{4,400}(?=[ \t]{1,40}\*[ \t]{0,40}(?:[^ -~]|<|\Z))",
        r"\1REDACTED",
        shapes=(r"\*(?<=[ \t]\*)[ \t]{0,40}(?:[^ -~]|<|\Z)",),
        examples=(f"joe * {SAMPLE} *", f'"joe" pptpd "{SAMPLE}" *'),
        counterexamples=("* * * * *", "a * b * c"),
    ),
    form(
        "secret in a file of secrets",
        "psk|eap|xauth",
        r"(:\s{0,3}(?:PSK|EAP|XAUTH|RSA|NTLM|ECDSA|P12|PKCS8)\s+(?:[^\s\"']{1,200}\s+)?)[\"'][^\"'\n]{1,400}[\"']"
        r"|((?<![\w\"'=])[\"'][^\"'\s]{1,100}[\"']\s+\*\s+)[\"'][^\"'\n]{1,400}[\"']",
        r"\1\2REDACTED",
        shapes=(r":\s{0,3}(?:rsa|ntlm|ecdsa|p12|pkcs8)\s", r"\"\s+\*\s", r"'\s+\*\s"),
        examples=(
            f': PSK "{SAMPLE}"',
            f': RSA key.pem "{SAMPLE}"',
            f':  NTLM "{SAMPLE}"',
            f'"joe" * "{SAMPLE}" *',
            f'"joe"   *   "{SAMPLE}" *',
        ),
        counterexamples=("a: EAP x", "psk"),
    ),
    form(  # .pgpass: host:port:database:user:password
        "secret in a file of secrets",
        "",
        r"((?<![\w.:*-])[\w.*-]{1,100}:(?:\d{4}|\*):[\w.*-]{1,64}:[\w.*-]{1,64}:)"
        r"(?!REDACTED)(?=[^\s:]{0,200}\d)(?=[^\s:]{0,200}[a-z])[^\s:\x7f-\xff]{8,200}(?=[^!-~]|\Z)",
        r"\1REDACTED",
        shapes=(r":(?:\d{4}|\*):[\w.*-]{1,64}:[\w.*-]{1,64}:",),
        examples=(f"db.example:5432:*:joe:{SAMPLE}",),
        counterexamples=("fe80:1234:ab:cd:ef01", "root:x:0:0:root:/root:/bin/bash"),
    ),
)
