"""The table of names whose values are secrets, alike for headers, parameters, members and text.

To add a name, add a line `stem: example, counterexample` to the rows with the same `Match`: the
tests read each row, and nothing else has to change. `secret_names` reads the table.

    adminPass, OS_ADMIN_PASS, adminpass    a secret: its last word ends in `pass`
    compass, bypass_check                  harmless: whole words that only end like a secret
"""

from enum import Enum
from typing import NamedTuple


class Match(Enum):
    """Where a stem makes a name the name of a secret."""

    ANYWHERE = "anywhere"
    """Anywhere in the name without its separators: `my-api.key`, `myapikey2`."""
    END = "end"
    """At the end of a word, and as a word: `adminpass`, `admin_pass_old`."""
    WORD = "word"
    """As a whole word: `cloud_sk`, `cloudSk`; not in `disk`. Of two words, as both in a row."""
    NUMBERED = "numbered"
    """As a whole word with its digits, which other stems do not look at: `p12`; not in `p120`."""
    WHOLE = "whole"
    """As the whole name: `sid`; not in `oracle_sid`. In text only before a value like a token."""


class SecretName(NamedTuple):
    """A row of the table: a stem, where it counts, and a name for and against it."""

    stem: str
    """Lower case; a blank where a name may have a separator."""
    match: Match
    example: str
    counterexample: str
    source: str


def _rows(match: Match, source: str, table: str) -> tuple[SecretName, ...]:
    """Return one row for each line `stem: example, counterexample`."""
    rows = []
    for line in table.strip().splitlines():
        stem, _, names = line.partition(":")
        example, _, counterexample = names.partition(",")
        row = SecretName(stem.strip(), match, example.strip(), counterexample.strip(), source)
        rows.append(row)
    return tuple(rows)


IN_OTHER_LANGUAGES = "other languages, as names of properties and in messages"
IN_LATIN_LETTERS = "names of other alphabets in Latin letters, and loan words"

SECRET_NAMES = (
    *_rows(
        Match.ANYWHERE,
        "OpenStack: request bodies of Keystone, Nova, Barbican, Trove; options of clients",
        """
        password: dbpassword, passion
        passwd: onekey_resetpasswd, passed
        passphrase: key_passphrase, phrase
        passcode: totp_passcode, code
        passkey: userpasskey, passive_key
        secret: clientsecret, section
        token: accesstoken, taken
        credential: os-credentials, credit
        authorization: x-goog-iam-authorization, authorized_by
        signature: X-Amz-Signature, signal
        user data: userdata, user_date
        personality: server_personality, person
        ssh key: sshkey_pair, ssh_port
        temp url key: X-Account-Meta-Temp-URL-Key, temp_url_expires
        auth key: X-Auth-Key, author_keyboard
        oauth verifier: oauth_verifier, verified
        saml response: SAMLResponse, response
        basic auth: http_basic_auth, basic
        pwhash: user_pwhash, hash_of
        cipher text: kms_cipher_text, cipher
        ciphertext blob: CiphertextBlob, blob
        wrapped key: wrapped_key, wrapped
        sign key: sign_key, sign_of_life
        serial key: serial_key, serial
        store key: swift_store_key, restored_keys
        unlock code: unlock_code, unlock
        community string: snmp_community_string, community
        sms code: sms_code, sms
        hash salt: hash_salt, hash
        salt value: salt_value, basalt
        nonce salt: NONCE_SALT, nonce
        nonce key: NONCE_KEY, nonce_of_key
        logged in salt: LOGGED_IN_SALT, logged_in
        logged in key: LOGGED_IN_KEY, logged_in_by_key
        webhook: slack_webhook, web
        otp seed: totp_seed, option_seed_of
        mfa seed: mfa_seed, mfa
        saml art: SAMLart, sample_art
        unseal key: vault_unseal_keys, unseal
        gossip key: gossip_key, gossip
        consul encrypt: consul_encrypt, encrypted
        backup key: backup_key, backup
        windows key: windows_key, windows
        import key: os_glance_import_key, import
        auth tok: ldap_default_authtok, author_of
        principal key: krbPrincipalKey, principal
        private exponent: PrivateExponent, exponent
        auth ident: npmAuthIdent, author_identity
        aspx auth: ASPXAUTH, aspx
        sonar login: Dsonar.login, sonar
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        "misspellings that no expression of `_MISSPELT` has",
        """
        paswd: admin_paswd, passed_on
        psswd: psswd, pss
        pswd: userpswd, psd
        pwrd: adminpwrd, pwr
        passwor: passwor, passwall
        passphr: key_passphr, phrasing
        pssphrase: pssphrase, phrased
        credental: credentals, dental
        crendential: crendentials, rental
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        "Huawei Cloud, AWS, Azure, Google: keys and connection strings in their APIs",
        """
        api key: x-apikey-value, api_version
        access key: AWSAccessKeyId, access_type
        private key: privatekeyfile, private_image
        pair private: key_pair_private, keypair
        cephx key: cephx_key, cephx
        cmk material: cmk_material, cmk_id
        datakey plain: datakey_plain, datakey_id
        license key: license_key, license
        product key: windowsProductKey, product_code
        activation key: activationkey, activation_date
        signing key: signing_key, signed_by
        encryption key: disk_encryption_key, encryption_algorithm
        decryption key: decryptionKey, decryption
        crypt key: luks_crypt_key, crypt
        crypto key: cryptoKey, crypto
        cipher key: cipherkey, cipher
        enc key: ENC_KEY, sequence_key
        aes key: aes_key, aes
        hmac key: hmacKeyValue, hmacro_key
        rsa key: rsa_key, rsa
        tls key: tls.key, tls_version
        iam key: ibm_cloud_iam_key, iam
        ssl key: ssl_key_data, ssl_mode
        client key: client-key-data, client
        server key: serverKey, server
        service key: service_key, service
        admin key: admin_key, admin
        root key: rootKey, root
        priv key: privkey, priv
        cert key: cert-key, cert
        deploy key: deploy_key, deploy
        luks key: luks_key_1, luks
        unlock key: unlock_key, unlock
        join key: joinKey, join
        ike key: ike_key, ike
        wep key: wep_key0, wep
        radius key: radius_key, radius
        security key: security_key, security_group
        secure key: secureKey, secure_boot
        key material: kek_material_key_material, material
        security code: security_code, code_of_security
        security answer: securityAnswer, answer
        verification code: verification_code, verification
        auth code: authCode, author_code
        access code: access_code, access
        login code: login_code, login
        mfa code: mfa_code, mfa
        pin code: pinCode, opinion_code
        recovery code: recovery_codes, recovery
        backup code: backup_codes, backup
        seed phrase: seedPhrase, seedling
        wallet seed: wallet_seed, wallet
        master seed: masterSeed, mastered
        recovery seed: recovery_seed, recovery_point
        random seed: random_seed, random
        sas url: sas_url, sasl_urn
        snmp community: snmp_community, community
        vendor data: vendor_data, vendor
        docker config json: .dockerconfigjson, docker_config
        jaas config: sasl.jaas.config, jaas
        shared key: SharedKey, shared
        master key: masterkey, master_node
        account key: AccountKey, __account_code
        storage key: storageKey, storage_policy
        session key: session_key_2, sessional
        subscription key: Ocp-Apim-Subscription-Key, subscription
        host key: ssh_host_key, host
        wrapping key: wrappingKey, wrapping
        connection string: connection_string, connection_count
        conn str: ConnStr, constraint
        kube config: kubeconfig, kube_version
        application key: applicationKey, application
        consumer key: oauth_consumer_key, consumer
        volume key: volumeKey, volume
        account json: service_account_json, account
        device code: device_code, device
        activation code: activation_code, activation
        license code: licenseCode, license
        registration key: registration_key, registration
        enrollment key: enrollmentKey, enrollment
        recovery key: bitlocker_recovery_key, recovery
        bootstrap key: bootstrap_key, bootstrap
        tacacs key: tacacs_key, tacacs
        vault key: filevaultKey, default_key
        pre shared: vpn_preshared, presharing
        code verifier: code_verifier, verifier
        validation key: validationKey, validation
        certificate key: certificate-key, certificate
        digest key: message-digest-key, digest
        fernet key: KeystoneFernetKeys, fernet
        hash path suffix: swift_hash_path_suffix, hash_path
        hash path prefix: swift_hash_path_prefix, path_prefix
        hash suffix: SwiftHashSuffix, hash_of_suffix
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        "files that set a machine up, as Nova, Azure, Windows and Linux installers name them",
        """
        custom data: customData, custom_date
        injected file: injected_files, injected
        answer file: answerFile, answer
        startup script: startup-script, startup
        user script: userScript, user
        kickstart: kickstart_cfg, kick
        preseed: preseed.cfg, presence
        autoinstall: autoinstall_yaml, install_auto
        autoyast: autoyast_xml, yast
        keystore: keystore_file, keystone
        keyring: ceph_keyring, keying
        key file: ssl_keyfile, key_filter
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        "addresses of databases and queues, with user and password in them",
        """
        db uri: DB_URI, uri_of_db
        db url: dbUrl, url_of_db
        database uri: SQLALCHEMY_DATABASE_URI, database
        database url: DATABASE_URL, database_user
        database connection: database_connection, connection
        db connection: db_connection, connection_to_db
        connection info: connection_info, connection
        jdbc url: jdbcUrl, jdbc
        mongo uri: MONGO_URI, mongo
        mongo url: MONGO_URL, mongo_urn
        redis url: REDIS_URL, redis
        redis uri: redisUri, redis_port
        amqp url: AMQP_URL, amqp
        rabbitmq url: RABBITMQ_URL, rabbitmq
        broker url: CELERY_BROKER_URL, broker
        transport url: transport_url, transport
        postgres url: POSTGRES_URL, postgres
        mysql url: MYSQL_URL, mysql
        smtp url: SMTP_URL, smtp
        connection uri: connectionUri, connection
        connection url: connection_url, connections
        sentry dsn: SENTRY_DSN, sentry
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        "HTTP: sessions of browsers and services",
        """
        cookie: Set-Cookie2, cook
        session id: JSESSIONID, sessional_idle
        sessid: PHPSESSID, possessive
        connect sid: connect.sid, connected
        csrf: X-CSRF, csv
        xsrf: XSRF-VALUE, xs
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        IN_OTHER_LANGUAGES,
        """
        密码: 登录密码, 密集
        密碼: 用戶密碼, 密集
        口令: 口令1, 命令
        密钥: 访问密钥, 钥匙
        金钥: 金钥, 金额
        私钥: 私钥文件, 私有
        令牌: 访问令牌, 命令
        凭证: 登录凭证, 证书
        验证码: 短信验证码, 验证
        パスワード: 管理者パスワード, パス
        비밀번호: 비밀번호, 번호
        парол: Пароля, парк
        passwort: Passwort_neu, passage_wort
        kennwort: Kennwort, kennung
        contrasena: contrase\u00f1a, contrast
        wachtwoord: Wachtwoord, wacht
        losenord: l\u00f6senord, los
        mot de passe: mot_de_passe, mot
        秘钥: 访问秘钥, 秘书
        授权码: 授权码, 授权
        动态码: 动态码, 动态
        暗証番号: 暗証番号, 番号
        秘密鍵: 秘密鍵, 秘密
        トークン: アクセストークン, トーク
        암호: 관리자_암호, 암석
        토큰: 접근토큰, 토론
        비밀 키: 비밀_키, 비밀
        секрет: Секрет, секция
        токен: Токен, ток
        รหัสผ่าน: รหัสผ่าน, รหัส
        كلمة المرور: كلمة_المرور, كلمة
        סיסמה: סיסמה, סיסטמה
        salasana: Salasana, sana
        salasona: salas\u00f5na, salas
        parool: uus_parool, paroli
        पासवर्ड: नया_पासवर्ड, पास
        κωδικός πρόσβασης: κωδικός_πρόσβασης, πρόσβαση
        adgangskode: Adgangskode, adgang
        passord: Passord, passo
        jelszo: jelsz\u00f3, jel
        lozinka: lozinka, lozi
        slaptazodis: slapta\u017eodis, slaptas
        mat khau: m\u1eadt_kh\u1ea9u, mat
        kata sandi: kata_sandi, kata
        palavra passe: palavra_passe, palavra
        凭据: 登录凭据, 证据
        校验码: 短信校验码, 校验
        通行码: 通行码, 通行
        解锁码: 解锁码, 解锁
        金鑰: 存取金鑰, 金額
        私鑰: 私鑰, 私有鏡像
        密鑰: 密鑰, 密集度
        權杖: 存取權杖, 權限
        憑證: 登入憑證, 證書
        驗證碼: 驗證碼, 驗證
        パスコード: パスコード, コード
        パスフレーズ: パスフレーズ, フレーズ
        合言葉: 合言葉, 言葉
        認証コード: 認証コード, 認証
        シークレット: シークレット, シート
        패스워드: 패스워드, 패스
        인증키: 인증키, 인증
        인증코드: 인증코드, 코드
        개인키: 개인키, 개인
        гасло: Гасло, газ
        лозинка: Лозинка, лоза
        закрытый ключ: закрытый_ключ, закрытый
        ключ доступа: ключ_доступа, доступ
        кодовое слово: кодовое_слово, слово
        كلمة السر: كلمة_السر, السر
        رمز عبور: رمز_عبور, عبور
        گذرواژه: گذرواژه, واژه
        סיסמא: סיסמא, סימן
        סוד: סוד, סדר
        συνθηματικό: συνθηματικό, σύνθεση
        μυστικό: μυστικό, μύθος
        გასაღები: გასაღები, გასვლა
        პაროლი: პაროლი, პარკი
        գաղտնաբառ: գաղտնաբառ, բառ
        құпия сөз: құпия_сөз, сөз
        нууц үг: нууц_үг, үг
        পাসওয়ার্ড: পাসওয়ার্ড, পাস
        கடவுச்சொல்: கடவுச்சொல், சொல்
        رمز الدخول: رمز_الدخول, الدخول
        رمز المرور: رمز_المرور, المرور
        رمز التحقق: رمز_التحقق, التحقق
        الرقم السري: الرقم_السري, الرقم
        الرمز السري: الرمز_السري, الرمز
        کلمه عبور: کلمه_عبور, کلمه
        پاس ورڈ: پاس_ورڈ, پاس
        പാസ്‌വേഡ്: പാസ്‌വേഡ്, പാത
        పాస్‌వర్డ్: పాస్‌వర్డ్, పాట
        ಪಾಸ್‌ವರ್ಡ್: ಪಾಸ್‌ವರ್ಡ್, ಪಾಠ
        ਪਾਸਵਰਡ: ਪਾਸਵਰਡ, ਪਾਸ
        પાસવર્ડ: પાસવર્ડ, પાસ
        මුරපදය: මුරපදය, පදය
        စကားဝှက်: စကားဝှက်, စကား
        ពាក្យសម្ងាត់: ពាក្យសម្ងាត់, ពាក្យ
        ລະຫັດຜ່ານ: ລະຫັດຜ່ານ, ລະຫັດ
        የይለፍ ቃል: የይለፍ_ቃል, ቃል
        код доступа: код_доступа, код
        код подтверждения: код_подтверждения, подтверждение
        geheim: geheimnis, geheuer
        zugangsdaten: Zugangsdaten, zugang
        zugangsschlussel: Zugangsschl\u00fcssel, zugangs
        zugangscode: zugangscode, zugangs_id
        toegangscode: toegangscode, toegang
        passwoord: passwoord_nieuw, woord
        mots de passe: mots_de_passe, mots
        cle privee: cl\u00e9_priv\u00e9e, cle
        contrasenya: contrasenya, contra
        contrasinal: contrasinal, final
        pasahitza: pasahitza, hitza
        llave privada: llave_privada, privada
        clave privada: clave_privada, privada_
        chave privada: chave_privada, privada_x
        codigo de acceso: c\u00f3digo_de_acceso, codigo
        palabra clave: palabra_clave, palabra
        credencia: credenciales, cadencia
        credenzia: credenziali, tendenziale
        chiave privata: chiave_privata, privata
        segreto: segreto, segreteria
        segredo: segredo, degredo
        klucz prywatny: klucz_prywatny, prywatny
        lykilord: lykilord_2, lord
        lykilorð: Lykilorð, orð
        fjalekalim: fjal\u00ebkalim, fjale
        zaporka: zaporka, zapor
        kata laluan: kata_laluan, laluan
        nywila: nywila, nywi
        titkos: titkos_kulcs, titok
        hemlighet: hemlighet, hemlig
        hemmelighe: hemmelighed, hemme
        kodeord: kodeord, kode
        passvort: passvort, vort
        pasvorto: pasvorto, vorto
        비번: 관리자_비번, 번호표
        액세스 키: 액세스_키, 액세스
        アクセス キー: アクセスキー, アクセス
        ключ api: ключ_API, ключница
        clave de acceso: clave_de_acceso, acceso
        codice di accesso: codice_di_accesso, codice
        cle d acces: cl\u00e9_d_acc\u00e8s, acces
        cle secrete: cl\u00e9_secr\u00e8te, secre
        """,
    ),
    *_rows(
        Match.ANYWHERE,
        IN_LATIN_LETTERS,
        """
        pasuwado: pasuwado, suwado
        pasuwaado: pasuwaado, waado
        himitsu kagi: himitsu_kagi, himitsu
        bimilbeonho: bimilbeonho, beonho
        miyao: fangwen_miyao, miyazaki
        kontrasena: kontrasena, kontrast
        contrasenia: contrasenia, contrasts
        contrasenha: contrasenha, contrahent
        loesenord: loesenord, loesen
        passwoerter: passwoerter, woerter
        authorisation: authorisation, authorised_by
        autorization: autorization, autorized
        """,
    ),
    *_rows(
        Match.END,
        "abbreviations that stand at the end of a name, as in adminPass of Nova and psk of a VPN",
        """
        pass: adminpass, compass
        pwd: mysqlpwd, pwdless
        pw: rootpw, pwm
        psk: ipsecpsk, pskov
        otp: totp, option
        sig: temp_url_sig, signal
        jwt: userjwt, jwtype
        tocken: dbtocken, stockend
        creds: dbcreds, credsy
        dsn: db_dsn, dsname
        unattend: unattend_xml, unattended
        """,
    ),
    *_rows(
        Match.WORD,
        "short words that occur in others; ak and sk of Huawei Cloud",
        """
        ak: cloud_ak, bake
        sk: ak-sk, disk
        akid: AKID, akide
        pin: user_pin, spin
        cred: user_cred, sacred
        hmac: hmac, hmacro
        auth: auth, author
        session: os_session, sessional
        sessions: sessions, obsessions
        bearer: bearer, bearers_of
        assertion: assertion, assertions_on
        passw: passw, passwall
        oauth: oauth, oauthor
        aksk: AKSK, aksked
        kek: KEK, kekse
        dek: dek, index
        mnemonic: mnemonic, mnemonics_of
        keytab: keytab, keytable
        netrc: netrc, netrcs
        pfx: pfx, pfxes
        pkey: pkey, pkeys_of
        puk: puk, pukka
        cvv: cvv, cvvs
        mdp: mdp, mdpx
        senha: senha, senhas_x
        parola: parola, parolas
        heslo: heslo, heslos
        haslo: has\u0142o, has_local_disk
        saml: saml, samlike
        sifre: \u015fifre, cifre
        geslo: geslo, geslov
        clave: clave, enclave
        sifra: \u0161ifra, cifra
        kod pin: kod_pin, kodpi
        psw: user_psw, ipsw
        sas: blob_sas, sash
        fa code: 2fa_code, alfa_code
        mima: denglu_mima, mimas
        parol: parol, parole_board
        sandi: kata_sandi_2_sandi, sandisk
        sekret: sekret, sekretariat
        sifresi: \u015fifresi, cifresi
        """,
    ),
    *_rows(
        Match.WHOLE,
        "names that a longer one may have for something harmless",
        """
        sid: SID, oracle_sid
        salt: salt, salt_version
        seed: seed, seed_image
        sign: sign, sign_in
        private: private, private_image
        llave: llave, llave_x
        chiave: chiave, chiave_x
        klucz: klucz, klucz_x
        schlussel: Schl\u00fcssel, schl\u00fcsselwort
        avain: avain, avain_x
        anahtar: anahtar, anahtar_x
        tajne: tajne, tajne_x
        parole: parole, parolee
        ключ: Ключ, включено
        кључ: кључ, кључне
        κωδικός: κωδικός, κωδικός_προϊόντος
        暗号: 暗号, 暗号化
        鍵: 鍵, 鍵盤
        """,
    ),
    *_rows(
        Match.WORD,
        "files of keys and credentials, by the names that programs look for",
        """
        id rsa: id_rsa, david_rsa
        id dsa: id_dsa, david_dsa
        id ecdsa: id_ecdsa, ecdsa
        ca key: ca.key, mica_key
        app key: appKey, map_key
        db key: db_key, mdb_keys_of
        user key: userKey, user_keyboard
        vpn key: vpn_key, vpn
        boot key: os_secure_boot_key, reboot_key
        salt key: salt_key, basalt_key
        iv key: aes_iv_key, div_key
        rndc key: rndc_key, rndc
        github pat: GITHUB_PAT, github_path
        gitlab pat: GITLAB_PAT, gitlab_path
        devops pat: devops_pat, devops
        ext pat: AZURE_DEVOPS_EXT_PAT, ext_patch
        peer key: peer_key, speer_key
        pem: chef_validation_pem, pemx
        ssh private: ssh_private, ssh_port
        ssl private: sslPrivate, ssl_mode
        tls private: tls_private, tls_version
        gpg private: gpg_private, gpg
        cert private: cert_private, cert
        ssh priv: ssh_priv, ssh
        ssl priv: ssl_priv, ssl
        tls priv: tls_priv, tls
        jks: store.jks, jksx
        ppk: putty.ppk, ppkx
        pkcs: client.pkcs12, pkcsx
        kdbx: vault.kdbx, kdb
        ovpn: client.ovpn, ovpnx
        secring: secring.gpg, sec_ring_of
        openrc: admin-openrc.sh, openrcx
        npmrc: npmrc, npm
        pypirc: pypirc, pypi
        dockercfg: dockercfg, docker
        dotenv: dotenv, env
        env file: env_file, environment_file
        clouds yaml: clouds.yaml, clouds
        my cnf: my.cnf, enemy_cnf
        etc shadow: etc_shadow, shadow_copy
        shadow file: shadow_file, eyeshadow_file
        lm hash: lm_hash, film_hash
        nt hash: nt_hash, content_hash
        sas uri: sasUri, asas_uri
        """,
    ),
    *_rows(
        Match.WORD,
        "files that set a machine up: sysprep, kickstart, ignition, cloud-init",
        """
        sysprep: sysprep_xml, sysprepared
        ks cfg: ks.cfg, disks_cfg
        ks file: ks_file, disks_file
        ignition: ignition_config, reignition
        cloud config: cloud-config, clouds_config
        init script: init_script, reinit_script
        boot script: bootScript, reboot_script
        """,
    ),
    *_rows(
        Match.NUMBERED,
        "files of keys with digits in their names",
        """
        p12: client_p12, p120
        pk8: key.pk8, pk80
        id ed25519: id_ed25519, david_ed25519
        s3cfg: .s3cfg, s3cfgs
        """,
    ),
)

HARMLESS_WORDS = frozenset(
    "bypass compass trespass surpass encompass overpass underpass secretary secretariat "
    "passwordless".split()
)
"""Whole words that contain a stem and mean no secret."""
HARMLESS_AFTER_AUTH = frozenset(
    "url uri type types version method methods plugin strategy endpoint address".split()
)
"""Words after which `auth` names no secret: `OS_AUTH_URL`, `auth_type`."""
HARMLESS_NAMES = frozenset(
    "imgsignature imgsignaturehashmethod imgsignaturekeytype imgsignaturecertificateuuid "
    "signatureverified "
    "cinderencryptionkeyid cinderencryptionkeydeletionpolicy hwpassthrough passthrough "
    "tokentype accesstokentype issuedtokentype requestedtokentype subjecttokentype actortokentype "
    "xopenstackrequestid injectedfilecontentbytes injectedfilepathbytes maxpersonality "
    "maxpersonalitysize".split()
)
"""Names that only sound like a secret's, folded.

They are Glance's references to keys, public signatures, whether Cinder verified one, what kind of
token it is (RFC 6749, RFC 8693), and how much Nova lets files be injected (Compute API, quota sets
and limits). `injected_files` may be the files
themselves.
"""
