"""The table of programs that take a secret as a word of their command, or from standard input.

A row has commands, and where their secrets are:

    -p       the value of this option: `-p x`, `-px`, `-p=x`, `-p:x`, and last of several: `-xp x`
    -p.      only in the word of the option: `-px`, because `-p` alone asks for it
    -p_      only in words of their own: `-p x`, `-p=x`
    -u:      what follows the first colon of the value: `-u joe:x`; `-U%` and `-u,` likewise
    #2       the second word that is no option, after the words of the row
    #1:      what follows its first colon: `joe:x`; `#1/` what follows `/`, up to `@`
    #2!      the same, if no option that may have a value precedes it
    #2=      the values of `name=x`, from the second word on
    b#3      the third word, if there is the option `-b`
    NAME     the word after a secret's name: `password x`, `wifi-sec.psk x`
    ~key     the word after this one: `key x`
    <        what it reads from standard input: `echo x | kinit`, `kinit <<< x`

`*` at the end of a program's name is any letters. The words of a command need not be beside each
other: there may be options and their values between them.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_TABLE = """
sshpass, usermod, useradd, rdesktop, freerdp, wlfreerdp, vncdo         | -p
mysql*, mariadb*                                                       | -p.
mysqladmin, mariadb-admin                                              | NAME
mycli, cypher-shell, cbq, cqlsh, isql-fb, beeline                      | -p
couchbase-cli, influx                                                  | -p_ -password
gsec                                                                   | -pass
mongo, mongosh, mongodump, mongorestore, mongoexport, mongoimport      | -p
sqlcmd, osql, isql, tsql, bcp, ipmitool, knife, p4                     | -P
ipmitool user set password                                             | #2
vertica, vsql                                                          | -w
db2, connect to                                                        | ~using
sops                                                                   | --set
influx config create                                                   | -t
redis-cli                                                              | -a --pass
redis-cli auth                                                         | #1 #2
redis-server                                                           | --requirepass --masterauth
redis-cli config set                                                   | NAME
sqlplus, expdp, impdp, exp, imp, sqlldr, rman target                   | #1/
neo4j-admin                                                            | NAME
7z, 7za, 7zr, 7zz, 7zzs, unrar                                         | -p.
rar                                                                    | -p. -hp.
zip, unzip                                                             | -P
qpdf                                                                   | --encrypt
qpdf --encrypt                                                         | #1 #2
pdftotext, pdftoppm, pdfinfo                                           | -upw -opw
pdftk                                                                  | NAME
curl                                         | -u: -U: -E: --user: --proxy-user: --cert:
http, https, httpie, xh                                                | -a: --auth:
http bearer, https bearer, xh bearer                                   | -a
wget, etcdctl                                                          | --user: --auth:
ab                                                                     | -A: -P:
nikto                                                                  | -id:
dirsearch                                                              | --auth:
swaks                                                                  | -ap
sendemail                                                              | -xp
ncftp*                                                                 | -p
lftp, open                                                             | -u,
doveadm pw                                                             | -p <
doveadm auth test, doveadm auth login                                  | #2
testsaslauthd                                                          | -p
radtest                                                                | #2 #5
caddy hash-password                                                    | --plaintext <
openssl passwd                                                         | #1 <
openssl enc                                                            | -k_ -K_
openssl                                         | -passin -passout -password -pass -hmac -macopt
openssl ca                                                             | -key
plink, pscp, psftp, putty, xe                                          | -pw
x11vnc, tigervncserver, vncserver                                      | -passwd
vncpasswd, dbclient, wg pubkey, saslpasswd2                            | <
smbclient, smbget, rpcclient, net ads, net rpc, winexe, wmic, pth-*    | -U% --user%
smbclient                                                              | #2!
crackmapexec, nxc, netexec, evil-winrm                                 | -p
secretsdump*, wmiexec*, psexec.py, smbexec*, atexec*, dcomexec*, getuserspns* | #1:
psexec, psexec64, winrs                                                | -p_
net user                                                               | #2
net use                                                                | #2 #3
runas, telnet, manage-bde, su                                    | <
schtasks                                                               | /p /rp
certutil                                                               | -p
signtool                                                               | /p
netdom                                                                 | /pd /po
djoin                                                                  | /machinepwd
ktpass                                                                 | /pass -pass
bitsadmin                                                              | #6
slmgr, slmgr.vbs                                                       | -ipk /ipk
wmic useraccount changepassword                                        | #1
convertto-securestring                                                 | -string #1
racadm                                                                 | -p
racadm config, racadm set                                              | NAME #3
redfishtool, ilorest, hponcfg, ipmi-*, ipmipower, bmc-*, freeipmi, esxcli | -p_
virsh secret-set-value                                                 | --base64 #2
virsh set-user-password                                                | #3
govc                                                                   | -u:
passwd, chpasswd, smbpasswd, newusers, mkpasswd, pdbedit, grub-mkpasswd-pbkdf2, pw | <
mkpasswd                                                               | #1
dscl . -passwd                                                         | #2 #3
security unlock-keychain, security create-keychain                     | -p
security import                                                        | -P
security add-generic-password, security add-internet-password          | -w
security set-key-partition-list                                        | -k
kinit, kpasswd                                                         | -w <
kadmin*, addprinc, ank, cpw, ktutil                                    | -w -pw
kdb5_util, gpg-preset-passphrase                                       | -P
ldap*, ipa-*, dsconf, dsctl                                            | -w
ipa-server-install, ipa-replica-install                                | -p -a
ldappasswd, slappasswd                                                 | -s -a
ipa, realm, adcli, net ads                                             | <
samba-tool user create, samba-tool user add                            | #2
cryptsetup, clevis, systemd-cryptenroll, zfs, zpool, gocryptfs, encfs  | <
hdiutil, fdesetup, mokutil, ssh-add, puttygen                          | <
veracrypt, truecrypt, bdemount                                         | -p
dislocker                                                              | -u
ssh-keygen                                                             | -N -P
keytool                                                                | -new
ansible-vault encrypt_string                                           | #1 <
salt-call shadow.set_password, salt shadow.set_password                | #2
docker login, podman login, nerdctl login, buildah login, skopeo login, registry login | -p <
docker secret create, podman secret create                             | <
crane auth login, oras login, helm registry login                      | -p <
skopeo, podman, buildah, crictl            | --creds: --src-creds: --dest-creds:
ctr                                                                    | -u: --user:
kubectl create secret, oc create secret                                | --from-literal=
kubeadm token create                                                   | #1
oc login, twine upload, az login, az sql server create, az vm user, az acr login | -p
consul kv put                                                          | NAME
consul acl bootstrap                                                   | #1
consul, serf                                                           | -encrypt
consul keyring, serf keys                                              | -install -use
nomad operator gossip keyring install                                  | #1
etcdctl user add, etcdctl user passwd                                  | #1: <
vault login, bao login                                                 | #1 <
vault unseal, vault operator unseal, bao operator unseal               | #1 <
vault operator rekey, vault operator generate-root, bao operator rekey | #1 -decode -otp <
vault token, bao token                                                 | #2 <
vault unwrap, bao unwrap                                               | #1
vault kv put, vault kv patch, vault write, bao kv put, bao kv patch, bao write | #2= <
aws configure, aws ecr get-login-password                              | NAME <
aws ssm put-parameter, az keyvault secret set                          | --value
openstack secret store                                                 | -p --payload
gcloud secrets                                                         | <
gcloud auth activate-refresh-token                                     | #2
azcopy login                                                           | <
barbican secret store                                                  | -p --payload
openstack token revoke                                                 | #1
openstack ec2 credentials delete, openstack ec2 credentials show       | #1
nova set-password, nova root-password                                  | <
swift                                                                  | -K --key
glance index, glance details, glance show, glance add                  | -K
swift tempurl                                                          | #4
crudini --set, openstack-config, setx, setenv, npm, pnpm, yarn, conda, git config | NAME
netlify, nmcli, iscsiadm, drbdadm, poetry, composer, grafana-cli, grafana cli | NAME
ceph config-key set, dotnet user-secrets set, set -gx, set -ux, config set  | NAME
hcloud context create                                                  | <
obsutil                                                                | -k -i -t
ossutil, ossutil64                                                     | -k
coscmd                                                                 | -s
mc alias set                                                           | #4
mc config host add                                                     | #4
mc admin user add                                                      | #3
rclone obscure                                                         | #1 <
rclone config                                                          | NAME ~pass
doctl auth init                                                        | -t
fly secrets set, flyctl secrets set, heroku config:set                 | #1=
wrangler secret put                                                    | <
terraform login                                                        | <
pulumi config set                                                      | #2 <
pass insert, pass edit                                                 | <
op signin                                                              | #4
bw login                                                               | #2 <
bw unlock                                                              | #1 <
lpass, secret-tool store, keyring set                                  | <
keyctl add                                                             | #3
credstash put                                                          | #2
chamber write                                                          | #3 <
gh auth, glab auth, p4 login                                           | <
gh secret set, gh variable set                                         | -b --body <
glab variable set                                                      | #2
gitlab-runner register                                                 | -r -t
jenkins-cli, jenkins-cli.jar, splunk                                   | -auth:
npm token revoke                                                       | #1
npm login, npm adduser                                                 | <
npm config set _auth, npm set _auth                                    | #1
poetry config, composer config                                         | NAME
poetry config http-basic*, composer config http-basic*                 | #2
composer config github-oauth*                                          | #1
poetry publish, uv publish                                             | -p -t
hatch publish                                                          | -a
cargo login                                                            | #1 <
gem push                                                               | --key --otp
bundle config                                                          | #2:
nuget push                                                             | #2! -apikey
nuget setapikey                                                        | #1
dotnet nuget push                                                      | -k
dotnet nuget add source                                                | -p
dotnet user-secrets set                                                | #2
jboss-cli*, add-user.sh, rabbitmqadmin                                 | -p
add-user.sh                                                            | #2
rabbitmqctl add_user, rabbitmqctl change_password, rabbitmqctl authenticate_user | #2
mosquitto_pub, mosquitto_sub, mosquitto_rr                             | -P
mosquitto_passwd                                                       | b#3
htpasswd                                                               | b#3 n#2 <
elasticsearch-users                                                    | -p
elasticsearch-reset-password, elasticsearch-keystore                   | <
snmp*, net-snmp-create-v3-user                                         | -A -X -c
check_snmp                                                             | -C
check_http                                                             | -a:
check_mysql                                                            | -p
check_nrpe                                                             | -a
wpa_passphrase                                                         | #2 <
wpa_cli                                                                | NAME
iwconfig, iw                                                           | ~key
networksetup                                                           | #2
openconnect                                                            | <
openfortivpn, rhc connect                                              | -p
ip l2tp                                                                | ~cookie
stroke user-creds, strongswan stroke user-creds                        | #3
cloudflared service install                                            | #1
ngrok                                                                  | NAME
pro attach, ua attach, ubuntu-advantage attach                         | #1
suseconnect                                                            | -r --regcode
drush upwd, drush user-password                                        | #2
ceph dashboard ac-user-create, ceph dashboard ac-user-set-password     | #2
ceph auth import                                                       | <
ceph-authtool                                                          | --add-key
iscsiadm node.session.auth.password                                    | -v --value
pcs cluster auth, pcs host auth, fence_*                               | -p
maas login                                                             | #3
juju login, juju change-user-password                                  | <
git credential, debconf-set-selections                                 | <
htdigest, azcopy login, crm cluster join                               | <
"""


class Program(NamedTuple):
    """A row of the table."""

    words: tuple[str, ...]
    """The name of the program and what must follow it, in lower case."""
    options: tuple[tuple[str, str], ...]
    """Options, each with its sign after it: what is between the value's beginning and the secret.

    A sign may also be one of how the value is written, `.` or `_`.
    """
    places: tuple[tuple[str, int, str], ...]
    """The option that it needs, the place of the word, from 1, and the sign before the secret."""
    keys: tuple[str, ...]
    """Words that a secret follows; `NAME` is each name of a secret."""
    reads: bool
    """Whether it reads a secret from standard input."""


_SIGNS = ":%,=./_!"


def _row(command: str, secrets: Sequence[str]) -> Program:
    options, places, keys = [], [], []
    for one in secrets:
        sign = one[-1] if one[-1] in _SIGNS else ""
        bare = one.removesuffix(sign)
        needed, mark, place = bare.partition("#")
        if mark:
            places.append((needed, int(place), sign))
        elif one[0] in "-/":
            options.append((bare, sign))
        elif one != "<":
            keys.append(one.removeprefix("~"))
    return Program(
        tuple(command.split()), tuple(options), tuple(places), tuple(keys), "<" in secrets
    )


PROGRAMS = tuple(
    _row(command.strip(), secrets.split())
    for commands, _, secrets in (line.partition("|") for line in _TABLE.strip().splitlines())
    for command in commands.split(",")
)
NAMES = frozenset(row.words[0].removesuffix("*") for row in PROGRAMS)
"""The names of all programs, and what those begin with that a row has with `*`."""
_ROWS_BY_NAME: dict[str, list[int]] = {}
_ROWS_BY_BEGINNING: list[tuple[str, int]] = []
for _at, _program in enumerate(PROGRAMS):
    _ROWS_BY_NAME.setdefault(_program.words[0], []).append(_at)
    if _program.words[0].endswith("*"):
        _ROWS_BY_BEGINNING.append((_program.words[0][:-1], _at))
_ENDINGS = (".exe", ".cmd", ".bat", ".com", ".sh")


@lru_cache(maxsize=1024)
def rows_of(name: str) -> tuple[Program, ...]:
    """Return the rows of a program, whatever its case and its folder.

    >>> [row.words for row in rows_of("C:/x/PLINK.EXE")]
    [('plink',)]
    """
    name = name.replace("\\", "/").rpartition("/")[2].lower()
    plain = next((name.removesuffix(one) for one in _ENDINGS if name.endswith(one)), name)
    rows = {*_ROWS_BY_NAME.get(name, ()), *_ROWS_BY_NAME.get(plain, ())}
    rows.update(row for beginning, row in _ROWS_BY_BEGINNING if plain.startswith(beginning))
    return tuple(PROGRAMS[row] for row in sorted(rows))
