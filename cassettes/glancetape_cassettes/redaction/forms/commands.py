"""Secrets in commands, directives and statements that well-known programs read.

sshpass -p x ssh h   curl -u joe:x http://h/   IDENTIFIED BY 'x'   snmp-server community x RO
"""

import re

from glancetape_cassettes.redaction.forms.form import SAMPLE, Form, form

_WORD = r"(?:'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|[^\s'\"|;&<>]{1,400})"
_NAME = r"(?:pass|pwd|secret|token|cred|api_?key|access_?key|private_?key)"
# Up to the option: words of the same command.
# The program may be an item of a list: ["mysql", "-uroot", "-px"].
_TO = r"[\"',]{0,3}(?:\s+(?!-{1,2}%s\b)[^\s|;&]{1,200}){0,12}?\s+[\"']?"


def _option(programs: str, letter: str, example: str, *, between: str = r"\s{0,3}") -> Form:
    """Return the form of an option that takes a secret, such as `-p x` and `-px`."""
    return form(
        "secret in a command",
        "|".join(dict.fromkeys(re.split(r"[\\\[(]", one)[0] for one in programs.split("|"))),
        rf"(?<![\w-])((?:{programs})(?:\.exe)?{_TO % letter}(?-i:-{letter}){between})"
        rf"(?!-|REDACTED){_WORD}",
        r"\1REDACTED",
        examples=(example % SAMPLE,),
        counterexamples=(example.partition(" -")[0],),
    )


COMMANDS = (
    _option("sshpass|usermod|useradd|rdesktop|freerdp", "p", "sshpass -p %s ssh h"),
    _option(r"mysql\w{0,12}|mariadb[\w-]{0,12}|7z\w?", "p", "mysql -uroot -p%s db", between=""),
    _option(
        r"twine upload|oc login|esxcli|ncftp\w{3,9}|cqlsh|influx", "p", "oc login -u joe -p %s h"
    ),
    *(_option("ssh-keygen", letter, f"ssh-keygen -t rsa -{letter} %s") for letter in "NP"),
    _option(r"kadmin[\w.]{0,6}", "w", "kadmin -p joe -w %s"),
    _option(
        "docker login|podman login|nerdctl login|registry login|mongo|mongosh|mongodump",
        "p",
        "docker login -u joe -p %s h",
    ),
    _option(
        "az login|psexec|psexec64|winrs", "p", "psexec h -u joe -p %s cmd", between=r"[:\s]{0,3}+"
    ),
    _option("unrar|rar", "p", "unrar x -p%s f.rar", between=""),
    _option("zip|unzip|ipmitool|sqlcmd|osql|isql|bcp", "P", "unzip -P %s a.zip"),
    _option(r"mysql\w{0,12}", "p", '[mysql, -uroot, "-p%s", db]', between=""),
    _option("obsutil", "k", "obsutil config -i=A -k=%s", between=r"[=\s]{0,3}+"),
    _option("obsutil", "i", "obsutil config -i=%s -e=h", between=r"[=\s]{0,3}+"),
    *(_option(r"snmp\w{3,9}", letter, f"snmpget -v3 -{letter} %s h") for letter in "AXc"),
    _option("consul agent|serf agent|consul", "encrypt", "consul agent -encrypt %s"),
    _option("suseconnect", "r", "SUSEConnect -r %s"),
    _option("redis-cli", "a", "redis-cli -h h -a %s ping"),
    _option(r"ldap\w{3,9}|ipa-[\w-]{3,30}", "w", "ldapsearch -x -w %s"),
    _option("swift|openssl enc", "K", "swift -U a:b -K %s list", between=r"\s{1,3}"),
    _option("openssl enc", "k", "openssl enc -k %s", between=r"\s{1,3}"),
    form(
        "secret in a command",
        "curl|http|wget|xh|etcdctl",
        r"(?<![\w-])((?:curl|https?|xh|wget|etcdctl)(?:\s+(?![^\s|;&]{0,9}://)[^\s|;&]{1,200}){0,12}?\s+"
        r"(?:-u|-U|-a|--user|--proxy-user|--auth)[\s=]{0,3}['\"]?[^\s:'\"]{1,100}:)"
        r"(?!REDACTED)[^\s'\"|;<>]{1,400}",
        r"\1REDACTED",
        examples=(f"curl -u joe:{SAMPLE} http://h/", f"http -a joe:{SAMPLE} h/"),
        counterexamples=("curl -u joe http://h:80/",),
    ),
    form(
        "secret in a command",
        "attach",
        r"(\b(?:pro|ua|ubuntu-advantage)\s+attach\s+)(?!-|REDACTED)[^\s|;&]{16,400}",
        r"\1REDACTED",
        examples=(f"pro attach C1{SAMPLE}",),
        counterexamples=("pro attach --help", "ua attach now"),
    ),
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
        "smb|rpcclient|mount.cifs|net ",
        r"(\b(?:smbclient|smbget|rpcclient|net\s+(?:ads|rpc))\b[^\n|;]{0,200}?-U\s{0,3}['\"]?[^\s%'\"]{1,100}%)"
        r"[^\s'\"]{1,400}",
        r"\1REDACTED",
        examples=(f"smbclient //h/s -U 'DOM/joe%{SAMPLE}'",),
        counterexamples=("smbclient //h/s -U joe",),
    ),
    form(
        "secret in a command",
        "/p:|/pass:|/rp ",
        r"((?<!\S)(?:/p(?:ass)?:|/rp\s+))[^\s]{4,400}",
        r"\1REDACTED",
        examples=(f"xfreerdp /u:joe /p:{SAMPLE} /v:h", f"schtasks /ru joe /rp {SAMPLE}"),
        counterexamples=("http://h/p:1",),
    ),
    form(
        "secret in a command",
        "net us",
        r"(\bnet\s+user?\s+(?:[a-z]:\s+)?(?!/)\S{1,200}\s+)(?![/*])[^\s]{1,400}",
        r"\1REDACTED",
        examples=(
            f"net user joe {SAMPLE} /add",
            f"net use \\\\h\\s {SAMPLE} /user:joe",
            f"net use z: \\\\h\\s {SAMPLE} /user:joe",
        ),
        counterexamples=("net user joe /add", "net use x: *"),
    ),
    form(
        "secret in a command",
        "net us",
        r"(\bnet\s+use\s[^\n|;]{0,200}?/user:\S{1,100}[ \t]+)(?![/*])[^\s]{1,400}",
        r"\1REDACTED",
        examples=(f"net use z: \\\\h\\s /user:joe {SAMPLE}",),
        counterexamples=("net use z: /user:joe *",),
    ),
    form(
        "secret in a command",
        "htpasswd|vault|from-literal|convertto-securestring|<<<",
        r"(\bhtpasswd\s+-\w*b\w*\s+\S{1,200}\s+\S{1,100}\s+)\S{1,400}"
        r"|(\bvault\s+login\s+(?:-\S+\s+){0,9})(?!-)\S{1,400}"
        r"|(\bvault\s+(?:kv\s+put|write)\s+\S{1,200}\s+[\w-]{1,60}=)\S{1,400}"
        r"|(--from-literal[=\s][\w.-]{1,100}=)\S{1,400}"
        rf"|(\bConvertTo-SecureString\s+(?:-String\s+)?){_WORD}"
        rf"|(\b(?:kinit|cryptsetup|chpasswd|passwd|sudo|realm|adcli|vncpasswd|ssh-add|gcloud\s+secrets)\b[^\n|;]{{0,100}}<<<\s{{0,3}}){_WORD}",
        r"\1\2\3\4\5\6REDACTED",
        examples=(
            f"htpasswd -b f joe {SAMPLE}",
            f"vault login {SAMPLE}",
            f"vault kv put secret/x value={SAMPLE}",
            f"kubectl create secret generic x --from-literal=a={SAMPLE}",
            f"ConvertTo-SecureString '{SAMPLE}' -AsPlainText",
            f'chpasswd <<< "root:{SAMPLE}"',
        ),
        counterexamples=("htpasswd -c f joe", "vault login"),
    ),
    form(
        "secret in a command",
        "chpasswd|passwd|sudo|password-stdin|cryptsetup",
        r"(\b(?:echo|printf|yes)\s+(?:-\w+\s+)?)(?:'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|[^\s|]{1,400})"
        r"(?:\s+[^\s|]{1,400}){0,4}(?=\s{0,9}\|\s{0,9}(?:sudo\s+)?(?:chpasswd|passwd|smbpasswd|cryptsetup|sudo\s+-S"
        r"|[^\n|]{1,100}password-stdin))",
        r"\1REDACTED",
        examples=(f'echo "root:{SAMPLE}" | chpasswd', f"echo {SAMPLE} | sudo -S reboot"),
        counterexamples=("echo done | sudo tee x",),
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
        "rabbitmqctl|secret-set-value|reg add|reg.exe|assword|setx|aws configure|<<<",
        rf"(\brabbitmqctl\s(?:[^\n]{{0,60}}\s)?(?:add_user|change_password)\s+\S{{1,100}}\s+){_WORD}"
        r"|(\bsecret-set-value\s[^\n]{0,150}?(?:--base64|--secret\s+\S{1,60})\s+)(?!--)\S{1,400}"
        rf"|(\breg(?:\.exe)?\s+add\s[^\n]{{0,300}}?/v\s+[\"']?\w*?{_NAME}\w*[^\n]{{0,60}}?/d\s+){_WORD}"
        rf"|(\bread\s+(?:-\w+\s+){{0,4}}\w*?{_NAME}\w*\s{{0,3}}<<<\s{{0,3}}){_WORD}"
        rf"|(assword[^\n]{{0,20}}[\s;]{{1,9}}(?:exp_)?send(?:\s+--)?\s+){_WORD}"
        rf"|(\b(?:setx|aws\s+configure\s+set)\s+[\w.]*?{_NAME}[\w.]*\s+){_WORD}"
        r"|(\bftp\s[^\n]{1,100}\n(?:[^\n]{0,100}\n){0,3}?\s{0,9}user\s+\S{1,60}\s+)\S{1,400}",
        r"\1\2\3\4\5\6\7REDACTED",
        shape=r"ftp(?<![a-z]ftp)\s[^\n]{1,100}\n",
        examples=(
            f"rabbitmqctl add_user joe {SAMPLE}",
            f"virsh secret-set-value --secret x --base64 {SAMPLE}",
            f"reg add HKLM /v DefaultPassword /t REG_SZ /d {SAMPLE} /f",
            f'read -s PASSWORD <<< "{SAMPLE}"',
            f'expect "Password:"\nsend "{SAMPLE}\\r"\n',
            f"setx DB_PASSWORD {SAMPLE} /M",
            f"ftp -n h <<E\nuser joe {SAMPLE}\nE",
        ),
        counterexamples=("read -r name", "rabbitmqctl add_vhost x", "reg add HKLM /v A /d b"),
    ),
    form(
        "secret in a statement",
        "identified|values|set password",
        r"(\bIDENTIFIED\s+(?:WITH\s+\S{1,60}\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?)(?:'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|(?=[^\s;]{0,200}\d)[^\s;]{6,400})"
        r"|(\bINSERT\s+INTO\s[^\n;]{0,200}?(?:passw|secret|token)[^\n;]{0,200}?\bVALUES\s{0,9}\()[^\n;]{1,2000}(?=\))"
        r"|(\bSET\s+PASSWORD\s+FOR\s+\S{1,100}\s{0,3}=\s{0,3}(?:PASSWORD\()?)'[^'\n]{1,400}'",
        r"\1\2\3REDACTED",
        examples=(
            f"CREATE USER joe IDENTIFIED BY '{SAMPLE}';",
            f"SET PASSWORD FOR 'joe'@'h' = '{SAMPLE}';",
            "INSERT INTO users (name, password) VALUES ('joe', '%s')" % SAMPLE,  # noqa: S608, UP031
        ),
        counterexamples=("identified by its id", "INSERT INTO a (b) VALUES (1)"),
    ),
    form(
        "secret in a directive",
        "com2sec|community|-server key|isakmp key|requirepass|masterauth|rootpw|password|auth "
        "|secret ",
        r"(\b(?:r[ow]community6?|snmp-server\s+community|com2sec6?\s+\S{1,60}\s+\S{1,60})\s+)"
        r"[^\s]{1,400}"
        r"|(\b(?:tacacs|radius)-server\s+key\s+(?:\d\s+)?|\bisakmp\s+key\s+(?:\d\s+)?)[^\s]{1,400}"
        r"|(?<![\w-])((?:requirepass|masterauth|rootpw|bindpw|AUTH(?:\s+\w{1,30})?)"
        r"(?:\s+--\w+){0,3}\s+)(?=\S{0,200}\d)[^\s]{6,400}"
        r"|(\bpasswd/\S{1,60}\s+(?:password|string)\s+)[^\s]{1,400}",
        r"\1\2\3\4REDACTED",
        examples=(
            f"snmp-server community {SAMPLE} RO",
            f"com2sec all default {SAMPLE}",
            f"tacacs-server key {SAMPLE}",
            f"requirepass {SAMPLE}",
            f"d-i passwd/root-password password {SAMPLE}",
        ),
        counterexamples=("community images", "requirepass yes"),
    ),
    form(  # `ENV DB_PASSWORD x`: the words before it show that the next one is the secret
        "secret in a directive",
        "enable secret|username|local-user|authentication password|pre-shared-key|rootpw"
        "|requirepass|snmp|db.auth",
        r"(\b(?:enable\s+secret|username\s+\S{1,60}\s+(?:privilege\s+\d+\s+)?(?:password|secret)"
        r"|local-user\s+\S{1,60}\s+password|set\s+authentication\s+password|pre-shared-key)\s+"
        r"(?:\d+|cipher|simple|irreversible-cipher)\s+)\S{1,400}"
        r"|(\bdb\.auth\(\s{0,3}[\"'][^\"'\n]{1,100}[\"'],\s{0,3})[\"'][^\"'\n]{1,400}[\"']"
        r"|((?m:^)\s{0,9}rootpw\s+(?:--\w+\s+){0,2})(?!--)\S{1,400}"
        r"|(\bmachine\s+\S{1,200}\s+login\s+\S{1,100}\s+password\s+)\S{1,400}"
        rf"|((?m:^)\s{{0,9}}ENV\s+\w*?{_NAME}\w*\s+){_WORD}"
        r"|(\bUSER\s+\S{1,100}\s{1,9}PASS\s+)\S{1,400}"
        r"|(\bCONFIG\s+SET\s+requirepass\s+)\S{1,400}"
        r"|(\bsnmp-server\s+user\s[^\n]{0,100}?\bauth\s+\w+\s+)\S{1,400}"
        r"|(\bpriv\s+(?:aes|3?des)(?:\s+\d+)?\s+)\S{1,400}",
        r"\1\2\3\4\5\6\7\8\9REDACTED",
        shape=r"machine(?<![a-z]machine)\s+\S+\s+login\s|pass(?<![a-z]pass)\s|env(?<![a-z]env)\s",
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
        ),
        counterexamples=("username joe", "ENV PATH /usr/bin", "set rootpw in the installer"),
    ),
    form(
        "secret in a directive",
        "cache_peer|user =|user=",
        r"(\bcache_peer\s[^\n]{0,200}?login=[^\s:]{1,64}:)\S{1,400}"
        r"|((?<![\w.-])(?:proxy-)?user\s{0,3}=\s{0,3}\"[^\s:\"]{1,64}:)[^\s\"]{1,400}",
        r"\1\2REDACTED",
        examples=(f"cache_peer h parent 1 0 login=joe:{SAMPLE}", f'user = "joe:{SAMPLE}"'),
        counterexamples=("user = nova:nova", 'user = "joe"'),
    ),
    form(  # chap-secrets of PPP: client, server, secret, addresses
        "secret in a file of secrets",
        "",
        r"((?:(?<![ -~])|(?<=>))[ \t]*[\w\"'.@\\*-]{1,100}[ \t]+"
        r"(?:\*|\"?(?:pptpd|l2tpd|ppp\w*)\"?)[ \t]+)"
        r"(?!REDACTED)[^\s*]{4,400}(?=[ \t]+\*[ \t]*(?:[^ -~]|<|\Z))",
        r"\1REDACTED",
        shape=r"\*(?<=[ \t]\*)[ \t]*(?:[^ -~]|<|\Z)",
        examples=(f"joe * {SAMPLE} *", f'"joe" pptpd "{SAMPLE}" *'),
        counterexamples=("* * * * *", "a * b * c"),
    ),
    form(
        "secret in a file of secrets",
        "psk|eap|xauth|: rsa|: ecdsa|: p12|: pkcs8|\" *|' *",
        r"(:\s{0,3}(?:PSK|EAP|XAUTH|RSA|NTLM|ECDSA|P12|PKCS8)\s+(?:[^\s\"']{1,200}\s+)?)[\"'][^\"'\n]{1,400}[\"']"
        r"|((?<![\w\"'=])[\"'][^\"'\s]{1,100}[\"']\s+\*\s+)[\"'][^\"'\n]{1,400}[\"']",
        r"\1\2REDACTED",
        examples=(f': PSK "{SAMPLE}"', f': RSA key.pem "{SAMPLE}"', f'"joe" * "{SAMPLE}" *'),
        counterexamples=("a: EAP x", "psk"),
    ),
    form(  # .pgpass: host:port:database:user:password
        "secret in a file of secrets",
        ":*:|:5432:|:5433:|:6432:",
        r"((?<![\w.:*-])[\w.*-]{1,100}:(?:\d{4}|\*):[\w.*-]{1,64}:[\w.*-]{1,64}:)"
        r"(?!REDACTED)(?=[^\s:]{0,200}\d)(?=[^\s:]{0,200}[a-z])[^\s:\x7f-\xff]{8,200}(?=[^!-~]|\Z)",
        r"\1REDACTED",
        examples=(f"db.example:5432:*:joe:{SAMPLE}",),
        counterexamples=("fe80:1234:ab:cd:ef01", "root:x:0:0:root:/root:/bin/bash"),
    ),
)
