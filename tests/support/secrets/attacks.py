"""Secrets as files, programs and people write them: what an attacker, or a common day, brings.

No name and no form here comes from the tables of the redaction. `attacks.txt` has the texts.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from support.secrets.positions import JSON_TYPE, SECRET, URI, Planted, answer, exchange, text_answer

_TEXTS = Path(__file__).with_name("attacks.txt")
_ESCAPES = (("\\\\", "\0"), ("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\0", "\\"))

SPELLINGS = (
    "pass\u200bword pass\u00adword \ufeffpassword p\u2060assword p\u0430ssword "
    "\u0440\u0430ssw\u043erd p\u03b1ssword "
    "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44 pa\u017f\u017fword "
    "\U0001d429assword passwo\u0301rd PassWord pAsSwOrD pass-word pass.word PASS_WORD "
    "passw0rd p4ssword t0ken tok\u0435n s\u0435cret secr\u00e9t \u5bc6\u7801 "
    "\u767b\u5f55\u5bc6\u7801 \u53e3\u4ee4 \u5bc6\u94a5 \u79c1\u94a5 \u4ee4\u724c "
    "\u8bbf\u95ee\u5bc6\u94a5 \u5bc6\u78bc \u91d1\u94a5 \u51ed\u8bc1 \u9a8c\u8bc1\u7801 "
    "\u30d1\u30b9\u30ef\u30fc\u30c9 \u043f\u0430\u0440\u043e\u043b\u044c "
    "\ube44\ubc00\ubc88\ud638 contrase\u00f1a contrasena senha Passwort Kennwort mdp "
    "mot_de_passe motdepasse clave_secreta parola wachtwoord haslo has\u0142o heslo "
    "l\u00f6senord \u79d8\u94a5 \u6388\u6743\u7801 \u52a8\u6001\u7801 "
    "\u6697\u8a3c\u756a\u53f7 \u79d8\u5bc6\u9375 \u30c8\u30fc\u30af\u30f3 \uc554\ud638 "
    "\ud1a0\ud070 \ube44\ubc00\ud0a4 \u0441\u0435\u043a\u0440\u0435\u0442 "
    "\u0442\u043e\u043a\u0435\u043d salasana adgangskode passord jelsz\u00f3 lozinka "
    "\u015fifre geslo clave slapta\u017eodis "
).split()
NAMES = (
    "rootpw bindpw keystorepass kspass ksPw sshpass pgpass netrc privkey priv_key pkey pfx keytab "
    "client_key server_key tls_key ssl_key rsa_key deploy_key hmac_key aes_key enc_key crypt_key "
    "root_key service_key admin_key luks_key unlock_key join_key ike_key wep_key radius_key "
    "client-key-data auth_code authcode verification_code mfa_code security_code "
    "recovery_codes backup_codes security_answer mnemonic seed_phrase sas_url snmp_community "
    "phpsessid sessid connect.sid oauth bmc_pwd vnc_pw iscsi_chap_pass "
    "chap_secrets dockerconfigjson docker_auth vendor_data admin_pw2 password1 pwd2 adminPassword1 "
    "userPw2 passw passwort x_auth webhook_url  jaas_config sasl.jaas.config pem_key "
    "cert_key keyPass key-pass trust_pass bindDNpw login_pw login_code "
    "tempauth_key access_code accesscode AK SK aksk ak/sk secureKey security_key crypto_key "
    "master_pw cipher_key cipherkey KEK dek kek_material key_material keymaterial "
    " pin_code pincode PIN1 cvv puk passwords pass_phrase_1 totp_seed otp_seed "
    "id_rsa my-id_rsa id_dsa id_ecdsa id_ed25519 idEd25519 ssl.key_file private.keyfile ca.key "
    "p12 client.p12 clientP12 pkcs12_bundle server.pkcs8 pfx_base64 keystore.jks androidKeystore "
    "release-keystore putty_ppk ceph.client.admin.keyring secring.gpg vault.kdbx client.ovpn "
    "db_uri DbUri database_url DATABASE_URI SQLALCHEMY_DATABASE_URI mongo_uri MONGODB_URI "
    "REDIS_URL celery.broker_url transport_url amqp_url jdbc.url smtp_url sentry_dsn dbdsn "
    "postgres_url unattend_xml autounattend.xml sysprep_xml sysprep.inf answer_file answerfile "
    "ks_cfg ks.cfg kickstart kickstart_file preseed preseed.cfg autoinstall autoyast_profile "
    "ignition ignition.json cloud_config cloud-config.yaml startup_script init_script customData "
    "custom_data injected_files user_script openrc.sh admin-openrc clouds.yaml .npmrc pypirc "
    "dockercfg .env_file dotenv my.cnf etc_shadow shadow_file lm_hash ntHash .s3cfg sas_uri "
    "service_account_json app_key appKey application_key consumer_key vpn_key user_key db_key "
    "code_verifier device_code activation_code license_code registration_key enrollment_key "
    "bitlocker_recovery_key tacacs_key vpn_preshared db_connection connection_info rndc_key "
    "os_secure_boot_key aes_iv_key encryption_salt_key chef_validation_pem ssh_private ssl_private "
    "tls_private gpg_private cert_private ssh_priv filevault_key"
).split()


def json_values(s: str) -> dict[str, object]:
    """Return JSON values with a secret in them, each under a word for it."""
    return {
        "pair": ["password", s],
        "pairs": [["user", "joe"], ["password", s]],
        "pairs of headers": {"headers": [["X-Auth-Token", s], ["Accept", "*/*"]]},
        "Key and Value": [{"Key": "password", "Value": s}],
        "KEY and VALUE": [{"KEY": "password", "VALUE": s}],
        "k and v": {"k": "password", "v": s},
        "option and default": {"option": "password", "default": s},
        "name and content": {"name": "password", "content": s},
        "name and values": {"name": "password", "values": [s]},
        "name and data": {"name": "db_password", "data": s},
        "name and val": {"name": "password", "val": s},
        "name and text": {"name": "password", "text": s},
        "label and text": {"label": "Password", "text": s},
        "field and value": {"field": "password", "value": s},
        "var and value": {"var": "password", "value": s},
        "id and value": {"id": "password", "value": s},
        "type and value": {"type": "password", "value": s},
        "type password, name and value": {"type": "password", "name": "x", "value": s},
        "property and to": {"property": "password", "from": "a", "to": s},
        "parameter": {"parameter_name": "password", "parameter_value": s},
        "ParameterKey": {"ParameterKey": "DbPassword", "ParameterValue": s},
        "name and nested value": {"name": "password", "value": {"a": {"b": s}}},
        "header list": {"headers": [f"X-Auth-Token: {s}"]},
        "argv": {"argv": ["tool", "--password", s]},
        "argv -p": {"argv": ["sshpass", "-p", s, "ssh"]},
        "argv of curl": {"argv": ["curl", "-u", f"joe:{s}"]},
        "argv glued": {"argv": ["mysql", f"-p{s}"]},
        "argv =": {"argv": ["tool", "--password=", s]},
        "env": {"env": [f"DB_PASSWORD={s}"]},
        "columns and rows": {"columns": ["user", "password"], "rows": [["joe", s]]},
        "names and values": {"names": ["user", "password"], "values": ["joe", s]},
        "name in brackets": {"metadata[password]": s},
        "name with slash": {"db/password": s},
        "name with a colon": {"os:password": s},
        "name with a blank": {"Password ": s},
        "JSON Patch test": [{"op": "test", "path": "/metadata/password", "value": s}],
        "JSON Patch from RFC": [{"op": "add", "path": "/metadata", "value": {"password": s}}],
        "JSON Patch, ~1": [{"op": "add", "path": "/a~1password", "value": s}],
        "old patch": [{"add": "/password", "value": s}],
        "merge": {"metadata": {"x": {"password": [{"a": s}]}}},
        "string of JSON, quoted": {"x": json.dumps(json.dumps({"password": s}))},
        "string of JSON, three times": {
            "x": json.dumps({"y": json.dumps({"z": json.dumps({"password": [s]})})})
        },
        "JSON after a word": {"x": "config: " + json.dumps({"password": {"a": s}})},
        "JSON twice after a word": {"x": "got " + json.dumps({"m": json.dumps({"sk": s})})},
        "JSON pair in a string": {"x": json.dumps(["password", s])},
        "JSON name and value in a string": {"x": json.dumps({"key": "password", "value": s})},
        "JSON name and value in text": {"x": "got " + json.dumps({"key": "pw", "value": s})},
        "JSON value and name in text": {"x": "got " + json.dumps({"value": s, "key": "pw"})},
        "JSON below a name in text": {"x": "got " + json.dumps({"password": ["a", s]})},
        "JWK": {"kty": "RSA", "n": "x", "e": "AQAB", "d": s},
        "JWK oct": {"keys": [{"kty": "oct", "k": s}]},
        "JWK EC": {"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": s},
        "keypair": {"keypair": {"name": "k", "private_key": f"-----BEGIN\n{s}"}},
        "docker config": {"auths": {"r": {"auth": s}}},
        "docker identity": {"auths": {"r": {"identitytoken": s}}},
        "personality": {"server": {"personality": [{"path": "/x", "contents": s}]}},
        "user_data": {"server": {"user_data": s}},
        "adminPass": {"server": {"adminPass": s}},
        "volume auth": {"connection_info": {"data": {"auth_password": s, "auth_method": "CHAP"}}},
        "console": {"remote_console": {"url": f"http://h/vnc.html?path=%3Ftoken%3D{s}"}},
        "console output": {"output": f"Password for root: {s}\r\nlogin:"},
        "EC2": {"credential": {"access": s, "secret": s, "trust_id": None}},
        "blob": {"credential": {"type": "ec2", "blob": json.dumps({"access": "a", "secret": s})}},
        "kubernetes": {"kind": "Secret", "data": {"anything": s}},
        "kubernetes, string": {"kind": "Secret", "stringData": {"a.txt": s}},
        "tfstate": {"outputs": {"x": {"sensitive": True, "value": s}}},
        "a masked variable": {"variable_type": "env", "masked": True, "value": s},
        "a parameter of Heat": {"parameters": {"a": {"hidden": True, "default": s}}},
        "tfvars": {"variable": {"password": {"default": s}}},
        "OpenAPI": {"name": "x", "format": "password", "example": s},
        "mixed case": {"AdMiNpAsS": s},
        "number as text": {"PASSWORD": [1, s]},
        "null byte": {"pass\0word": s},
        "name of a list": {"passwords": [s]},
        "tag with a name": {"tags": [f"db_password={s}"]},
        "tag with a colon": {"tags": [f"token:{s}"]},
        "tags in a row": {"tags": ["password", s]},
        "metadata item": {"meta": {"key": "adminPass", "value": s}},
        "properties list": {"properties": [{"name": "os_password", "value": s}]},
        "Heat": {"parameters": {"db_pass": s}},
        "Heat outputs": {"outputs": [{"output_key": "admin_password", "output_value": s}]},
        "key only": {"data": {"key": "apiKey", "val": s}},
    }


def encoded(name: str, secret: str) -> dict[str, str]:
    """Return texts with an encoded secret under a name, each under a word for the encoding."""
    plain = f"{name}={secret}"
    long = f"#!/bin/sh\n# a script\n{plain}\necho done\n"
    b64 = base64.b64encode(long.encode()).decode()
    in_lines = base64.encodebytes((long * 3).encode()).decode()
    wide = base64.b64encode(plain.encode("utf-16-le")).decode()
    zipped = base64.b64encode(gzip.compress(long.encode(), mtime=0)).decode()
    pct = quote(plain, safe="")
    spread = "".join(f"%{byte:02X}" for byte in plain.encode())
    document = json.dumps({name: {"x": secret}})
    pair = json.dumps([name, secret])
    return {
        "base64 after a word": f"data: {b64}",
        "base64 after =": f"note={b64}",
        "base64 in a sentence": f"the script {b64} was run",
        "base64 in a data URL": f"data:text/plain;base64,{b64}",
        "base64 in quotes": f'x "{b64}" y',
        "base64 in brackets": f"[{b64}]",
        "base64 without padding": f"x {b64.rstrip('=')}.",
        "base64url in text": f"x {base64.urlsafe_b64encode((long + '??>>~~').encode()).decode()} y",
        "base64 in lines in text": f"cloud:\n{in_lines}\nend",
        "base64 indented": "x: |\n  " + in_lines.replace("\n", "\n  "),
        "base64 after a path": f"/x/{b64}/y",
        "base64 of base64": base64.b64encode(b64.encode()).decode(),
        "base64 of base64 in text": f"x {base64.b64encode(b64.encode()).decode()} y",
        "base64 of JSON": f"x {base64.b64encode(document.encode()).decode()} y",
        "base64 of a pair": f"x {base64.b64encode(pair.encode()).decode()} y",
        "base64 of JSON alone": base64.b64encode(document.encode()).decode(),
        "base64 of UTF-16": f"powershell -enc {wide}",
        "base64 of UTF-16 alone": base64.b64encode(plain.encode("utf-16")).decode(),
        "base64 of gzip": zipped,
        "base64 of gzip in text": f"x {zipped} y",
        "base64 of zlib": base64.b64encode(zlib.compress(long.encode())).decode(),
        "base64 with binary": f"x {base64.b64encode(bytes([0, 255]) + long.encode()).decode()} y",
        "base64, percent-encoded": f"x {quote(b64, safe='')} y",
        "hex": plain.encode().hex(),
        "hex in text": f"x {plain.encode().hex()} y",
        "HEX": plain.encode().hex().upper(),
        "percent": pct,
        "percent twice": quote(pct, safe=""),
        "percent three times": quote(quote(pct, safe=""), safe=""),
        "percent, each letter": spread,
        "percent, each letter, twice": quote(spread, safe=""),
        "percent of JSON": quote(document, safe=""),
        "percent twice of JSON in text": f"x {quote(quote(document, safe=''), safe='')} y",
        "entities": "".join(f"&#{ord(one)};" for one in plain),
        "hex entities": "".join(f"&#x{ord(one):x};" for one in plain),
        "unicode escapes": "".join(f"\\u{ord(one):04x}" for one in plain),
        "hex escapes": "".join(f"\\x{ord(one):02x}" for one in plain),
        "escaped quotes": json.dumps(json.dumps(document)),
        "Python repr": repr({name: secret, "a": repr({name: secret})}),
    }


def _texts() -> Iterator[tuple[str, str]]:
    group = ""
    for line in _TEXTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]") and "\u00a4" not in line:
            group = line[1:-1]
        elif line and "\u00a4" in line and group:
            text = line
            for written, meant in _ESCAPES:
                text = text.replace(written, meant)
            yield group, text.replace("\u00a4", SECRET)


def attacks() -> Iterator[Planted]:
    """Yield an interaction for each attack; `position` is its group."""
    for group, text in _texts():
        yield Planted(group, text, text_answer(text))
        yield Planted(group, f"property: {text}", answer({"images": [{"note": text}]}))
    for name in SPELLINGS:
        yield Planted("spelling", f"{name}=", text_answer(f"{name}={SECRET}"))
        yield Planted("spelling", f"{name}:", text_answer(f"x {name}: {SECRET} y"))
        yield Planted("spelling", f"{name}\uff1a", text_answer(f"{name}\uff1a{SECRET}"))
    for name in (*SPELLINGS, *NAMES):
        yield Planted("name", name, answer({name: SECRET}))
        yield Planted("name", f"?{name}", exchange(f"{URI}?{quote(name)}={SECRET}"))
    for name in NAMES:
        yield Planted("name", f"{name}=", text_answer(f"x {name}={SECRET} y"))
    for place in (
        "client_id=a&code={}",
        "code={}&state=x",
        "grant_type=authorization_code&code={}",
    ):
        yield Planted("OAuth", f"?{place}", exchange(f"{URI}?{place.format(SECRET)}"))
    for what, value in json_values(SECRET).items():
        body = json.dumps(value)
        yield Planted("JSON", what, answer(value))
        yield Planted("JSON", f"in a string: {what}", answer({"x": body}))
        yield Planted("JSON", f"request: {what}", exchange(headers=JSON_TYPE, body=body.encode()))
    for name in ("password", "sk"):
        for what, text in encoded(name, SECRET).items():
            yield Planted("encoded", f"{name}, {what}", text_answer(text))
            yield Planted("encoded", f"{name}, {what}, property", answer({"x": text}))
            url = f"{URI}?name={quote(text, safe='')}"
            yield Planted("encoded", f"{name}, {what}, parameter", exchange(url))
