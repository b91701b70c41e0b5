"""Keys, tokens of services, signatures and hashes of passwords, each known by its form."""

import re

from glancetape_cassettes.redaction.forms.form import BEFORE, SAMPLE, form
from glancetape_cassettes.redaction.policy import PLACEHOLDER

_ODD = (
    r"(?:[a-z0-9+/]{4})+(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)(?![\w=\"'])"
    r"|(?=(?-i:(?:[A-Z]*[a-z]+[A-Z]){4}))[a-z+/]{16,}"
)

_APART = (
    r"[\"']?(?:(?:\s|%0[ad]|%20|\\+[rn]){0,4}[.,](?:\s|%0[ad]|%20|\\+[rn]){0,4}"
    r"|(?:\s|%0[ad]|%20|\\+[rn]){1,4})[\"']?"
)
"""What is between the parts of a token. Its parts are replaced before escapes are read."""

PREFIXES = (
    "glc_ sntrys_ sntryu_ PMAK- NRAK- NRII- NRJS- k6iUCUh0RJCQyvL8k8q1U dapi xkeysib- ATCTT3 "
    "glffct- HRKU- dp.pt. dp.st. hvb. hvr. rubygems_ figd_ doo_v1_ dor_v1_ pscale_pw_ pscale_tkn_ "
    "pscale_oauth_ pul- tskey- GOCSPX- 1//0 sbp_ EAACEdEose0cBA sq0csp- sq0atp- shpss_ shpca_ "
    "shppa_ ops_eyJ rzp_live_ EZAK SWMTKN-1- cmVmdGtu AKCp8 v1.local. v2.local. v3.local. "
    "v4.local. v1.public. v2.public. v3.public. v4.public. b3BlbnNzaC1rZXkt xprv9 "
    "AGE-SECRET-KEY-1"
).split()
"""How tokens begin that have 20 or more letters and digits after it; PASETO and OpenSSH too."""

_NO_NAME = (
    r"(?=[\w./+=-]{0,200}\d)"
    r"(?=[\w./+=-]{0,200}?(?=[A-Za-z]{0,11}\d)(?=\d{0,11}[A-Za-z])[A-Za-z0-9]{12})"
)
"""In what follows, 12 letters and digits are side by side.

The words of an image's name are shorter: `pypi-server-ubuntu2204-build-12`.
"""

KEYS_AND_TOKENS = (
    form(
        "private key",
        "private key|static key",
        r"[-\u2010-\u2015]{4,5} ?BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE|STATIC) KEY(?: BLOCK| V1)? ?"
        r"[-\u2010-\u2015]{4,5}.*?"
        r"(?:-{4,5} ?END [A-Z0-9 ]{0,40}(?:PRIVATE|STATIC) KEY(?: BLOCK| V1)? ?-{4,5}|\Z)",
        examples=(
            f"-----BEGIN PRIVATE KEY-----\n{SAMPLE}\n-----END PRIVATE KEY-----",
            f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{SAMPLE}\n-----END",
            f"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{SAMPLE}",
            f"-----BEGIN OpenVPN Static key V1-----\n{SAMPLE}",
        ),
        counterexamples=("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----",),
    ),
    form(  # of which a program has cut the beginning off, or the dashes
        "private key",
        "private key",
        r"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/=]{16,76}+(?:\s|\\{1,8}[rn]){1,4}+){1,60}+"
        r"(?=-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY)"
        r"|(?<![A-Za-z0-9])BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[- ]{0,6}(?:\s|\\+[rn]){1,4}"
        r"(?:[A-Za-z0-9+/=]{16,76}+(?:\s|\\+[rn]|\Z|[^A-Za-z0-9+/=]){1,4}+){1,60}+",
        examples=(
            f"MIIEvQIBADANBgkqhkiG\n{SAMPLE}\n-----END PRIVATE KEY-----",
            f"BEGIN RSA PRIVATE KEY\n{SAMPLE}\n",
            f"BEGIN PRIVATE KEY-----\\n{SAMPLE}\\n",
        ),
        counterexamples=(
            "BEGIN PRIVATE KEY is the first line",
            "the -----END PRIVATE KEY----- line",
        ),
    ),
    form(
        "private key",
        "putty-user-key-file|private-key-format|-secret: type|ed25519-v3:|:descriptor:x25519:",
        r"PuTTY-User-Key-File-\d.*?(?:Private-MAC:[^\r\n]*|\Z)"
        r"|Private-key-format: v\d.*?(?:\n\s*\n|\Z)"
        r"|== ?[\w-]{1,20}-secret: type\d ==.*|(?<=ED25519-V3:)[a-z0-9+/]{40,}={0,2}"
        r"|(?<=:descriptor:x25519:)[A-Z2-7]{52}",
        examples=(
            f"PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\n{SAMPLE}",
            f"Private-key-format: v1.3\nAlgorithm: 8\nPrime1: {SAMPLE}=\n",
            f"== ed25519v1-secret: type0 ==\n{SAMPLE}",
            f"ADD_ONION ED25519-V3:{SAMPLE}{SAMPLE} Port=80",
            f"abcdefghij234567:descriptor:x25519:{'ABCDEFGHIJKLM' * 4}",
        ),
        counterexamples=("NEW:ED25519-V3", "a server of ED25519-V3: see below"),
    ),
    form(  # what Ansible, Puppet, sops, Travis and systemd encrypted
        "encrypted secret",
        "$ansible_vault;|enc[|secure|setcredential",
        r"(\$ANSIBLE_VAULT;[\w.;-]{1,60}(?:\\r|\\n|[\s>#+]){1,99})[0-9a-f]{8,}"
        r"(?:(?:\\r|\\n|[\s>#+]){1,99}[0-9a-f]+)*"
        r"|(?<![A-Za-z0-9])(ENC\[[A-Z0-9_]{3,20},)[^\]\s]{16,}"
        r"|((?<![a-z0-9])secure\\*[\"']?:\s{0,3}\\*[\"']?)[a-z0-9+/]{40,}={0,2}"
        r"|((?<![a-z0-9])SetCredential(?:Encrypted)?=[\w.@-]{1,60}:)(?!REDACTED)"
        r"(?:\s{0,3}\\\r?\n\s{0,40})?[^\s\\]{1,4000}(?:\s{0,3}\\\r?\n\s{0,40}[^\s\\]{1,4000}){0,99}",
        r"\1\2\3\4REDACTED",
        examples=(
            "$ANSIBLE_VAULT;1.1;AES256\n  6638643965320694\n  3961",
            "# $ANSIBLE_VAULT;1.1;AES256\n# 6638643965320694\n# 3961",
            f"eyaml: ENC[PKCS7,{SAMPLE}=]",
            f"a: ENC[AES256_GCM,data:{SAMPLE},iv:x]",
            f"- secure: {SAMPLE}{SAMPLE}=",
            f"SetCredentialEncrypted=db: \\\n        {SAMPLE}\\\n        {SAMPLE}",
            f"SetCredential=db:{SAMPLE}",
        ),
        counterexamples=("$ANSIBLE_VAULT;1.1;AES256", "ENC[x]", "secure: true"),
    ),
    # request signing of Huawei, AWS and OpenStack's S3
    form(
        "signature",
        "-hmac-sha",
        BEFORE + r"[A-Z0-9]{2,8}-HMAC-SHA\d+\b(?:[\s,;]*[A-Za-z-]+=[^\s,]+)+",
        examples=(f"SDK-HMAC-SHA256 Access=A, SignedHeaders=a;b, Signature={SAMPLE}",),
        counterexamples=("algorithm SDK-HMAC-SHA256",),
    ),
    form(  # its three parts apart: in a list, or in lines
        "JSON web token",
        "eyj",
        r"(?:(?<![a-z0-9_-])eyJ[a-z0-9_-]{8,2000}|(?<=_)eyJ[a-z0-9_-]{8,600})"
        rf"{_APART}eyJ[a-z0-9_-]{{8,8000}}(?:{_APART}[a-z0-9_-]{{16,2000}})?",
        examples=(
            f"eyJhbGciOiJI.\neyJzdWIiOiIx.\n{SAMPLE}",
            f'["eyJhbGciOiJI", "eyJzdWIiOiIx", "{SAMPLE}"]',
        ),
        counterexamples=("eyJhbGciOiJI is a header",),
    ),
    form(
        "JSON web token",
        "eyj",
        # Within a word it is looked for less far: a word has as many beginnings as it has `_eyJ`.
        r"(?:(?<![a-z0-9_-])eyJ[a-z0-9_-]{8,}|(?<=[_-])eyJ[a-z0-9_-]{8,600})"
        r"\.[a-z0-9_-]*(?:\.[a-z0-9_-]*){0,3}",
        examples=(f"eyJhbGciOiJI.{SAMPLE}.{SAMPLE}",),
        counterexamples=("eyJ.txt",),
    ),
    form(
        "Fernet token",
        "gaaaa",
        BEFORE + r"gAAAA[a-z0-9_=-]{16,}",
        examples=(f"gAAAAAB{SAMPLE}",),
        counterexamples=("gaaaa!",),
    ),
    form(
        "PKI token",
        "mii|pkiz_",
        BEFORE
        + r"PKIZ_[a-z0-9_-]{16,}=*|"
        + BEFORE
        + r"MII[a-z0-9+/_-]{60,}+=*(?:(?:\r?\n|\\n|%0a)\s{0,20}[a-z0-9+/]{60,76}+=*)*+"
        r"(?:(?:\r?\n|\\n|%0a)\s{0,20}[a-z0-9+/]{2,76}(?:=|%3d){1,2})?",
        examples=(
            "MII" + SAMPLE * 4,
            f"PKIZ_eJ{SAMPLE}==",
            f"MII{'x' * 61}\n{SAMPLE * 3}xxxx\n{SAMPLE}=",
        ),
        counterexamples=("MIIx", "pkiz_token_provider"),
    ),
    form(
        "access key",
        "akia|asia|aroa|ltai|agpa|abia|acca|a3t",
        BEFORE + r"(?-i:(?:AKIA|ASIA|AROA|AGPA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}"
        r"|LTAI[A-Za-z0-9]{12,26})(?![A-Za-z0-9])"
        # and the secret key beside it
        r"(?:(?:[:,;|\s]|%(?:25){0,3}(?:3a|2c|3b|7c|20)){1,3}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+]))?",
        examples=(
            "AKIAIOSFODNN7EXAMPLE",
            "ABIAIOSFODNN7EXAMPLE",
            "LTAI5tZq7WkR3xVb9T",
            f"AKIAIOSFODNN7EXAMPLE:{SAMPLE}{SAMPLE}",
            f"AKIAIOSFODNN7EXAMPLE%2520{SAMPLE}{SAMPLE}",
        ),
        counterexamples=("ASIA-PACIFIC", "Asia"),
    ),
    form(
        "token of a provider",
        "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_|glpat-|gldt-|glft-|glsoat-|glcbt-|glimt-|glagent-"
        "|gloas-|gr1348941|glptt-|glrt-|xox|xapp-|sk_live_|rk_live_"
        "|sk_test_|rk_test_|whsec_|aiza|ya29.|pypi-|sg.|dop_v1_|hvs.|hf_|sk-|shpat_|dckr_pat_|dckr_oat_|atatt3"
        "|age-secret-key-|hooks.slack.com|discord|softlayer|access_token$p|sl.",
        BEFORE + r"(?-i:gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}"
        r"|gl(?:pat|dt|ft|soat|cbt|imt|agent|oas|ptt|rt)-[\w-]{16,}|GR1348941[\w-]{16,}|xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}"
        rf"|[sr]k_(?:live|test)_{_NO_NAME}\w{{10,}}|whsec_{_NO_NAME}\w{{16,}}|AIza[\w-]{{30,}}|ya29\.[\w.-]{{20,}}"
        rf"|pypi-{_NO_NAME}[\w-]{{16,}}|SG\.[\w-]{{16,}}\.[\w-]{{16,}}|dop_v1_[0-9a-zA-Z]{{16,}}"
        rf"|hvs\.[\w-]{{20,}}|hf_[A-Za-z0-9]{{20,}}|sk-{_NO_NAME}[\w-]{{20,}}|shpat_[A-Za-z0-9]{{16,}}"
        r"|dckr_pat_[\w-]{16,}|ATATT3[\w=-]{20,}|access_token\$production\$\w+\$[0-9a-f]{32}"
        rf"|sl\.{_NO_NAME}[\w-]{{60,}}|dckr_oat_{_NO_NAME}[\w-]{{16,}}"
        r"|hooks\.slack\.com/services/[\w/]{16,}"
        r"|api\.softlayer\.com/soap/v[\d.]+/[a-z0-9]{64}"
        r"|discord(?:app)?\.com/api/webhooks/\d+/[\w-]{16,})",
        examples=(
            *(
                f"{prefix}{SAMPLE}{SAMPLE}"
                for prefix in (
                    "ghp_",
                    "github_pat_",
                    "glpat-",
                    "glcbt-1f_",
                    "GR1348941",
                    "xoxb-",
                    "sk_live_",
                    "AIza",
                    "ya29.",
                    "hvs.",
                    "sk-",
                    "sk-proj-",
                    "shpat_",
                    "dckr_pat_",
                    "dckr_oat_",
                )
            ),
            f"SG.{SAMPLE}.{SAMPLE}",
        ),
        counterexamples=("sk-learn-with-a-long-name", "msg.example.com", "hf_model"),
    ),
    form(
        "token of a provider",
        "|".join(prefix.lower() for prefix in PREFIXES),
        rf"{BEFORE}(?-i:{'|'.join(map(re.escape, PREFIXES))})"
        rf"{_NO_NAME}[\w./+=-]{{20,}}",
        examples=tuple(f"{prefix}{SAMPLE}{SAMPLE}" for prefix in PREFIXES),
        counterexamples=("v2.local.example", "pul-in", "pul-ubuntu-server-image-22.04"),
    ),
    form(  # SonarQube, Tencent, Bitbucket, Notion, Neon, Matrix: each has its length
        "token of a provider",
        "sqp_|squ_|sqa_|akid|atbb|ntn_|napi_|syt_",
        BEFORE + r"(?-i:sq[apu]_[0-9a-f]{40}|(?:AKID|ATBB)(?=[A-Za-z]{0,31}\d)[A-Za-z0-9]{32}"
        r"|ntn_\d{11}[A-Za-z0-9]{35}|napi_[a-z0-9]{64}|syt_[A-Za-z0-9]{1,200}_[A-Za-z]{20}_[A-Za-z0-9]{6})"
        r"(?![A-Za-z0-9])",
        examples=(
            f"sqp_{'0123456789abcdef0123' * 2}",
            f"AKID{SAMPLE}abcdefgh0123",
            f"ATBB{SAMPLE}abcdefgh0123",
            f"ntn_12345678901{SAMPLE}abcdefgh0123456",
            f"napi_{SAMPLE.lower() * 3}0123",
            "syt_am9l_abcdefghijABCDEFGHIJ_0aB1cD",
        ),
        counterexamples=(
            "sqa_ubuntu_22_04_server_image",
            "sqp_regression_image_2024_01",
            "squ_ad_image_2024_build_12_xyz",
            "AKID-2024-build-image-ubuntu-22",
            "ATBB2024_build_image_ubuntu_22",
            "ntn_image_rocky_linux_9_build_3",
            "napi_gateway_image_2024_build_12",
            "syt_base_image_2024_build_12_x",
            "MASK-RCNN-inference-ubuntu-2204",
            "EAAAE-2024-01-02-ubuntu-image-x",
            "fo1_image_rocky_linux_9_build_3_x",
        ),
    ),
    form(  # Fly.io, Firebase, Grafana, key stores of Java, what Windows encrypted (DPAPI), X, Asana
        "token of a provider",
        "fm1r_|fm2_|:apa91b|eyjrijoi|/u3+7qaaaa|01000000d08c9ddf0115d1118c7a00c04fc297eb"
        "|aaaaaaaaaaaaaaaaaaaa",
        BEFORE + r"(?-i:fm(?:1r|2)_[A-Za-z0-9+/]{100,}=*|:APA91b[\w-]{100,}"
        r"|(?:eyJrIjoi|/u3\+7QAAAA)[A-Za-z0-9+/]{20,}=*"
        r"|01000000d08c9ddf0115d1118c7a00c04fc297eb[0-9a-f]{20,}"
        r"|A{20,30}[A-Za-z0-9]{3,40}(?:%(?:2B|2F|3D)[A-Za-z0-9]{1,90}){1,9}"
        r"|[0-2]/\d{10,20}(?:/\d{10,20})?:[0-9A-Za-z]{32,})",
        shapes=(r"/\d{10,20}[/:]",),
        examples=(
            f"{'A' * 21}MLheAAAAAAA0%2BuSeid%3D{SAMPLE}{SAMPLE}",
            f"1/1234567890123456:{SAMPLE}abcdef012345",
            f"2/1234567890123456/1234567890123456:{SAMPLE}abcdef012345",
            f"fm2_{SAMPLE * 6}=",
            f":APA91b{SAMPLE * 6}",
            f"eyJrIjoi{SAMPLE * 2}",
            f"/u3+7QAAAA{SAMPLE * 2}",
            f"51:b:01000000d08c9ddf0115d1118c7a00c04fc297eb{'0123456789abcdef' * 2}",
        ),
        counterexamples=("fm2_image_2024_build_12_of_ubuntu", f"{'A' * 40}=="),
    ),
    form(  # the bots of Discord and Telegram, Twilio, Mailchimp, Azure, Airtable, Quay
        "token of a provider",
        "",
        r"(?<![A-Za-z0-9.-])(?-i:[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,40}(?![A-Za-z0-9_-])"
        r"|\d{8,10}:(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{35}(?![A-Za-z0-9_-])"
        r"|SK[0-9a-f]{32}(?![A-Za-z0-9])|[0-9a-z]{32}-us\d{1,2}(?![A-Za-z0-9])"
        r"|[\w~.-]{3}\dQ~[\w~.-]{31,40}|pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"
        r"|(?:[\w-]{1,60}\+)?[\w-]{1,60}:(?=[A-Z0-9]{0,63}[G-Z])[A-Z0-9]{64}(?![A-Za-z0-9]))",
        shapes=(
            r"\-us\d",
            r"q~(?<=\dq~)[\w~.-]{31}",
            r"pat(?<![a-z0-9]pat)[a-z0-9]{14}\.[0-9a-f]{64}",
            r":[a-z0-9]{64}(?![a-z0-9])",
            r"\.[\w-]{6}\.[\w-]{27}",
            r":(?<=\d:)[\w-]{35}(?![a-z0-9_-])",
            r"sk(?<![a-z0-9]sk)[0-9a-f]{32}",
        ),
        examples=(
            f"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{SAMPLE}abcdefg",
            f"1234567890:{SAMPLE}abcdefghijKLMNO",
            "SK0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef-us12",
            f"abc8Q~{SAMPLE}abcdefghijkl",
            f"pat{SAMPLE[:14]}.{'0123456789abcdef' * 4}",
            f"joe+robot:{SAMPLE.upper() * 3}WXYZ",
        ),
        counterexamples=(
            "release.v1-2-3.of-a-name-without-any-digits",
            "x-us1",
            "12:30:00",
            f"SHA256:{'0123456789ABCDEF' * 4}",
        ),
    ),
    form(  # tickets of a central login (CAS), but no image's id after such a prefix
        "token of a service",
        "",
        r"(?<![A-Za-z0-9-])(?-i:ST|PT|TGT|PGT)-(?![0-9a-f]{8}-[0-9a-f]{4}-)(?=[\w.-]{0,40}\d)[\w.-]{20,}",
        shapes=tuple(rf"{one}(?<![a-z0-9-]{one})-" for one in "st pt tgt pgt".split()),
        examples=(f"ST-{SAMPLE}", f"TGT-12-{SAMPLE}-cas01"),
        counterexamples=(
            "ST-6eb46d00-93bb-4d0e-adbe-913f955f0752",
            "st-petersburg",
            "latest-v1.2-of-a-long-name",
        ),
    ),
    form(  # Ceph: a key, and the keyring that it stands in; QEMU's address of an image
        "key of a service",
        "[client|rbd:",
        r"(\[client\.[^\]\n]{1,80}\]\s{1,20}key\s{0,9}=\s{0,9})[^\s\"']{8,}"
        r"|((?<![A-Za-z0-9])rbd:[^\s\"']{0,300}?:key=)(?!REDACTED)[^\s:\"']{8,}|(?<![A-Za-z0-9+/])AQ[\w+/]{38}==",
        r"\1\2REDACTED",
        shapes=(r"aq(?<![a-z0-9]aq)[\w+/]{38}==",),
        examples=(
            f"[client.admin]\n\tkey = {SAMPLE}==",
            f"rbd:pool/image:id=admin:key={SAMPLE}:mon_host=h",
            f"AQ{SAMPLE}abcdefgh0123456789==",
        ),
        counterexamples=("rbd:pool/image:id=admin", "[client.admin]"),
    ),
    form(  # Artifactory: keys, and passwords that it encrypted
        "token of a provider",
        "akc",
        r"(?<![A-Za-z0-9-])(?-i:(?=[A-Za-z]{0,60}\d)(?:AKC[A-Za-z0-9]{16,}|AP[\dA-F][A-Za-z0-9]{24,}))"
        r"(?![A-Za-z0-9])",
        shapes=(r"ap(?<![a-z0-9]ap)[0-9a-f][a-z0-9]{24}",),
        examples=(f"AKC{SAMPLE}", f"AP5{SAMPLE}{SAMPLE}"),
        counterexamples=("AKCELERATOR", "AP1234567890", "APACHE"),
    ),
    form(  # Terraform Cloud, the bots of Telegram, Mailgun, minisign
        "token of a provider",
        "atlasv1.|:aa|key-|minisign|oy2",
        BEFORE
        + r"(?-i:[A-Za-z0-9]{0,20}\.?atlasv1\.[\w-]{20,}|\d{8,10}:AA[\w-]{16,}|key-[0-9a-f]{32,}"
        r"|oy2[a-z0-9]{43}(?![a-z0-9]))"
        r"|(minisign encrypted secret key\s{1,3})\S+",
        r"\1REDACTED",
        examples=(
            f"abcdefgh.atlasv1.{SAMPLE}{SAMPLE}",
            f"123456789:AA{SAMPLE}-{SAMPLE}",
            f"untrusted comment: minisign encrypted secret key\nRWRTY0Iy{SAMPLE}",
        ),
        counterexamples=("key-0123", "12345678:AB"),
    ),
    form(
        "password hash",
        "$|{plain}|{clear|{ss|{sha|{md5|{crypt|{smd5|{aes|pbkdf2|scram-sha",
        r"\$(?:1|5|6|7|8|9|y|gy|2[abxy]|argon2\w{1,2}|apr1|scrypt|pbkdf2[\w-]{0,12}|krb5\w{1,12})\$[^\s\"']{20,}"
        r"|\{(?:SSHA|SHA|MD5|SMD5|CRYPT|AES)\d{0,3}\}[a-z0-9+/=$.]{12,}"
        r"|\{(?:PLAIN|CLEAR(?:TEXT)?)\}[^\s\"':,]{4,}"
        r"|grub\.pbkdf2\.sha\d{1,3}\.\d{1,9}\.[\w.]{16,}"
        r"|pbkdf2[:_]sha\d{1,3}[:$]\d[^\s\"']{16,}|SCRAM-SHA-\d{1,3}\$\d[^\s\"']{16,}",
        examples=(
            f"root:$6$saltsalt${SAMPLE}{SAMPLE}",
            f"{{SSHA}}{SAMPLE}{SAMPLE}",
            f"joe:{{PLAIN}}{SAMPLE}",
            f"pbkdf2_sha256$260000$salt${SAMPLE}=",
            f"grub.pbkdf2.sha512.10000.{SAMPLE}.{SAMPLE}",
            f"SCRAM-SHA-256$4096:salt==${SAMPLE}=:{SAMPLE}=",
            f"$pbkdf2-sha512$25000$salt${SAMPLE}",
        ),
        counterexamples=("costs $1$ or $2", "{ssha}", "pbkdf2_sha256", "SCRAM-SHA-256"),
    ),
    form(  # of Windows, on the disk and on the wire
        "password hash",
        ":500:|:::",
        r"(:\d{1,9}:)[0-9a-f]{32}:[0-9a-f]{32}(?=:::)"
        r"|(::[\w.-]{0,60}:)[0-9a-f]{16}:[0-9a-f]{32}:[0-9a-f]{16,}",
        r"\1\2REDACTED",
        shapes=(r":[0-9a-f]{16}:[0-9a-f]{32}:[0-9a-f]{16}",),
        examples=(),
        counterexamples=("a:1:2:::",),
    ),
    form(
        "signature",
        "digest|hawk|sharedkey",
        BEFORE + r"((?:digest\s[^\r\n]{0,400}?\bresponse|hawk\s[^\r\n]{0,400}?\bmac)\s?=\s?\\*\"?)"
        r"[a-z0-9+/=]{16,}"
        r"|(?<![A-Za-z0-9])(sharedkey(?:lite)?\s[\w.-]{1,60}:)[a-z0-9+/]{16,}=*",
        r"\1\2REDACTED",
        examples=(
            f'Digest username="joe", response="{SAMPLE}"',
            f'Hawk id="1", mac="{SAMPLE}="',
            f"SharedKey account:{SAMPLE}==",
        ),
        counterexamples=("the digest algorithm of a response",),
    ),
    form(  # what a login of OpenID Connect, or a function of Azure, has in its URL
        "code of a login",
        "code=",
        r"([?&#]code=)(?!REDACTED)[^&\s\"'<>]{8,4000}(?=&(?:session_)?state=)"
        r"|([?&#](?:session_)?state=[^&\s\"'<>]{1,400}&code=)(?!REDACTED)[^&\s\"'<>]{8,4000}"
        r"|(azurewebsites\.net/[^\s\"'<>]{0,200}?[?&]code=)(?!REDACTED)[^&\s\"'<>]{16,400}",
        r"\1\2\3REDACTED",
        examples=(
            f"https://h/cb?code={SAMPLE}&state=x",
            f"https://h/cb#state=x&code={SAMPLE}",
            f"https://f.azurewebsites.net/api/x?code={SAMPLE}==",
        ),
        counterexamples=("http://h/x?code=not-found-in-region", "code=404"),
    ),
    form(  # as curl and browsers store it
        "cookie",
        "",
        r"(\t(?:TRUE|FALSE)\t[^\t\n]{0,200}\t(?:TRUE|FALSE)\t\d{1,12}\t[^\t\n]{1,200}\t)"
        r"(?!REDACTED)[^\t\r\n]{1,4000}",
        r"\1REDACTED",
        shapes=(r"\t(?:true|false)\t\d{1,12}\t",),
        examples=(f"h.example\tFALSE\t/\tTRUE\t0\tJSESSIONID\t{SAMPLE}",),
        counterexamples=("a\tTRUE\tb\tFALSE\tc",),
    ),
    form(
        "HTTP credentials",
        "bearer|basic|digest|negotiate",
        r"(\b[\w-]{0,40}auth(?:orization)?[\"']?\s{0,9}[=:]\s{0,9}[\"']?"
        r"(?:bearer|basic|digest|negotiate))\s+(?!realm=)[a-z0-9._~+/=-]{8,}",
        rf"\1 {PLACEHOLDER}",
        examples=("auth='Basic dXNlcnB3' x",),
        counterexamples=('auth: Basic realm="glance"',),
    ),
    # Without that name only what is not a word: with digits, base64 padding, or random case.
    form(
        "HTTP credentials",
        "bearer|digest|negotiate|geniekey|ssws",
        rf"{BEFORE}(bearer|digest|negotiate|geniekey|ssws)\s+(?:(?=[a-z._~+/=-]*\d)[a-z0-9._~+/=-]{{16,}}|{_ODD})",
        rf"\1 {PLACEHOLDER}",
        examples=(f"Bearer {SAMPLE}", "Bearer abcDefGHijKlmNopQrs", f"SSWS {SAMPLE}"),
        counterexamples=("See the digest algorithm.",),
    ),
    form(  # of Kubernetes, which browsers cannot give in another header
        "HTTP credentials",
        "bearer.authorization",
        r"(\bbase64url\.bearer\.authorization\.k8s\.io\.)(?!REDACTED)[\w-]{8,}",
        r"\1REDACTED",
        examples=(f"Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.{SAMPLE}",),
        counterexamples=("base64url.bearer.authorization.k8s.io",),
    ),
    form(
        "HTTP credentials",
        "basic",
        rf"{BEFORE}(basic)\s+(?:(?=[a-z+/]*\d)[a-z0-9+/]{{16,}}=*|{_ODD})",
        rf"\1 {PLACEHOLDER}",
        examples=("basic dTpwYXNzd28=",),
        counterexamples=("basic WindowsServerDatacenterEdition", "Basic Windows2019 image"),
    ),
)
