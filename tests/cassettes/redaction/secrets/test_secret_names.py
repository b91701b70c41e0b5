"""The table of names: each row is right about its examples, and no name of a cloud is hidden."""

import pytest

from glancetape_cassettes.redaction.secret_names import SECRET_NAMES, SecretName, is_secret_name

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
    "img_signature_certificate_uuid cinder_encryption_key_id "
    "cinder_encryption_key_deletion_policy compass bypass passthrough task disk author keyboard"
).split()
"""Fields and properties of the IMS API document and of Glance, and words like a secret's."""


@pytest.mark.parametrize("row", SECRET_NAMES, ids=lambda row: row.stem)
def test_a_row_of_the_table_is_right_about_its_examples(row: SecretName) -> None:
    assert is_secret_name(row.example)
    assert is_secret_name(row.example.upper())
    assert not is_secret_name(row.counterexample)


@pytest.mark.parametrize("row", SECRET_NAMES, ids=lambda row: row.stem)
@pytest.mark.parametrize("spelling", ["{}", "os_{}", "{}_2", "X-{}", "my.{}", "{}: "])
def test_a_stem_is_found_in_each_spelling(row: SecretName, spelling: str) -> None:
    for separator in ("_", "-", ".", " ") if " " in row.stem else ("",):
        assert is_secret_name(spelling.format(row.stem.replace(" ", separator)))


def test_no_stem_is_in_the_table_twice() -> None:
    stems = [row.stem for row in SECRET_NAMES]

    assert sorted(set(stems)) == sorted(stems)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_name_of_the_api_is_harmless(name: str) -> None:
    assert not is_secret_name(name)
