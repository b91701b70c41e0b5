"""The table of names: each row is right about its examples, and no name of a cloud is hidden."""

import html
from collections.abc import Callable
from urllib.parse import quote

import pytest

from glancetape_cassettes.redaction.names.name_table import HARMLESS_AFTER_AUTH, SECRET_NAMES, Match
from glancetape_cassettes.redaction.names.secret_names import is_secret_name
from glancetape_cassettes.redaction.secret_patterns import scrub

DOCUMENTED = (
    "__account_code __backup_id __data_origin __description __image_displayname __image_location "
    "__image_size __image_source_type __imagetype __is_config_init __is_offshelved __isregistered "
    "__lazyloading __originalimagename __os_bit __os_feature_list __os_type __os_version "
    "__platform __productcode __root_origin __sequence_num __support_agent_list __support_amd "
    "__support_arm __support_diskintensive __support_fc_inject __support_highperformance "
    "__support_kvm __support_kvm_fpga_type __support_kvm_gpu_type __support_kvm_infiniband "
    "__support_largememory __support_xen __support_xen_gpu_type __support_xen_hana "
    "__system__cmkid __system_support_market __system_support_export __whole_image "
    "_sys_enterprise_project_id active_at architecture checksum container_format created_at "
    "disk_format enterprise_project_id file hw_firmware_type hw_vif_multiqueue_enabled id "
    "instance_uuid kernel_id limit locations marker max_ram member_status min_disk min_ram name "
    "os_distro os_hash_algo os_hash_value os_hidden os_version owner protected ramdisk_id schema "
    "self size sort_dir sort_key status tag tags updated_at validation_data virtual_env_type "
    "virtual_size visibility img_signature img_signature_hash_method img_signature_key_type "
    "img_signature_certificate_uuid signature_verified cinder_encryption_key_id "
    "cinder_encryption_key_deletion_policy compass bypass passthrough task disk author keyboard"
).split()
"""Fields and properties of the IMS API document and of Glance, and words like a secret's."""


def test_each_row_of_the_table_is_right_about_its_examples() -> None:
    for row in SECRET_NAMES:
        assert is_secret_name(row.example), row
        assert is_secret_name(row.example.upper()), row
        assert not is_secret_name(row.counterexample), row


IN_PARTS = [row for row in SECRET_NAMES if row.match is not Match.WHOLE]
AS_A_WHOLE = [row for row in SECRET_NAMES if row.match is Match.WHOLE]


@pytest.mark.parametrize("spelling", ["{}", "os_{}", "{}_2", "X-{}", "my.{}", "{}: "])
def test_a_stem_is_found_in_each_spelling(spelling: str) -> None:
    for stem in (row.stem for row in IN_PARTS):
        for separator in ("_", "-", ".", " ") if " " in stem else ("",):
            assert is_secret_name(spelling.format(stem.replace(" ", separator)))


def test_a_whole_name_is_found_in_each_spelling_and_in_no_longer_name() -> None:
    for stem in (row.stem for row in AS_A_WHOLE):
        assert all(map(is_secret_name, (stem.title(), f"{stem}: ", f" {stem}")))
        assert not any(map(is_secret_name, (f"x{stem}x", f"os_{stem}", f"{stem}-id")))


def test_a_name_is_found_percent_encoded_and_with_numbers_of_letters() -> None:
    for name in (row.example for row in SECRET_NAMES):
        all_of_it = "".join(f"%{byte:02x}" for byte in name.encode())

        assert is_secret_name(all_of_it)
        assert is_secret_name(quote(all_of_it))
        assert is_secret_name(f"&#{ord(name[0])};{name[1:]}")


MISSPELT = (
    "pasword passsword passowrd pasowrd passwrod psasword passwordd paswrod psswrd paswd psswd "
    "pswd passwrd pwrd passphr secrt sercet secert tokn toekn tokken credentals crendentials "
    "p4ssword pa55word s3cret t0ken paswsord passwword passprhase pasphrase passphrse crdential "
    "credenttial credetnial authoriztion acess_key acces_key access_kye secrte_key privatte_key "
    "tocken authorisation autorization"
).split()
ALIKE = (
    "passport passenger pastor pasture sector decree secretary taken tokyo broken passing paste "
    "credence spawned posted passage sekretariat stockend miyazaki sandisk accessory "
    "accredited authorized preceding wallpaper_key newspaper_keys hw_vnc_key_map "
    "pagerduty_keyword"
).split()


def test_a_misspelt_name_is_a_secret() -> None:
    for name in MISSPELT:
        assert all(map(is_secret_name, (name, f"admin_{name}", f"db{name}2", name.upper())))


def test_a_word_that_only_looks_like_a_misspelt_one_is_harmless() -> None:
    assert [] == [name for name in ALIKE if is_secret_name(name)]


@pytest.mark.parametrize("name", ["password", "size"])
@pytest.mark.parametrize("encode", [quote, html.escape])
def test_an_encoded_name_is_read_until_nobody_can_say_what_it_is(
    name: str, encode: Callable[[str], str]
) -> None:
    """Eight encodings are undone; what is under a name with more of them is a secret."""
    encoded = (
        f"%{ord(name[0]):02x}{name[1:]}" if encode is quote else f"&#{ord(name[0])};{name[1:]}"
    )
    for _ in range(7):
        assert is_secret_name(encoded) == (name == "password")
        encoded = encode(encoded)

    assert is_secret_name(encode(encode(encoded)))
    assert is_secret_name("%" + "25" * 100_000 + "61")


def test_no_stem_is_in_the_table_twice() -> None:
    stems = [row.stem for row in SECRET_NAMES]

    assert sorted(set(stems)) == sorted(stems)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_name_of_the_api_is_harmless(name: str) -> None:
    assert not is_secret_name(name)


def test_what_nova_allows_of_injected_files_is_no_secret_and_the_files_are() -> None:
    """Numbers of a quota (Compute API, Limits); `injected_files` is a number there, and files."""
    limits = (
        "injected_file_content_bytes injected-file-path-bytes maxPersonality maxPersonalitySize"
    )
    files = "personality server_personality injected_files injected_file_content"

    assert [] == [name for name in limits.split() if is_secret_name(name)]
    assert files.split() == [name for name in files.split() if is_secret_name(name)]


@pytest.mark.parametrize("word", sorted(HARMLESS_AFTER_AUTH))
def test_where_and_how_to_log_in_is_no_secret(word: str) -> None:
    assert not is_secret_name(f"os_auth_{word}")
    assert is_secret_name(f"os_auth_{word}_password")
    assert is_secret_name(f"{word}_auth")
    assert f"--os-auth-{word} http://h/v3" == scrub(f"--os-auth-{word} http://h/v3")


@pytest.mark.parametrize("name", ["to1ken", "pass1word", "s3e3c3r3e3t", "my_to12ken"])
def test_a_name_with_digits_in_it_is_found_in_text_as_it_is_in_json(name: str) -> None:
    assert is_secret_name(name)
    assert f"{name}=REDACTED" == scrub(f"{name}=x")
