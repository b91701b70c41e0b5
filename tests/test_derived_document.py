"""Every rule of docs/derived-answers.md has a test that shows it."""

import ast
import re

import pytest

from glancetape_cassettes.deriving.walking.link_forms import ENCODINGS, ORDERS
from glancetape_cassettes.deriving.walking.older_versions import RULES
from glancetape_cassettes.deriving.walking.shown_versions import VERSIONS
from glancetape_cassettes.service import HARMLESS
from support.running.processes import ROOT

DOCUMENT = (ROOT / "docs" / "derived-answers.md").read_text("utf-8")
FOLDER = ROOT / "tests" / "cassettes" / "deriving"

SHOWN = {
    "cover": {
        "same view": (
            "test_views::test_what_another_project_listed_proves_nothing",
            "test_views::test_what_another_host_listed_proves_nothing",
            "test_views::test_what_another_version_of_the_api_listed_proves_nothing",
        ),
        "filters": ("test_coverage::test_each_filter_of_the_walk_has_to_hold_for_what_is_asked",),
        "a list of values": ("test_coverage::test_a_list_of_values_follows_from_some_of_them",),
        "a bound": ("test_coverage::test_a_bound_follows_from_a_narrower_one",),
        "a time": ("test_coverage::test_a_time_follows_from_a_stricter_one",),
        "hidden images": ("test_coverage::test_hidden_images_are_lists_of_their_own",),
        "visibility": ("test_coverage::test_a_visibility_is_among_what_is_listed",),
        "memberships": ("test_coverage::test_memberships_matter_where_shared_images_are_listed",),
    },
    "void": {
        "changed": (
            "test_voided_walks::test_an_image_that_a_later_list_shows_with_other_values_voids_the_walk",
            "test_voided_walks::test_an_image_that_is_gone_voids_the_walk",
        ),
        "new": (
            "test_voided_walks::test_a_new_image_that_belongs_in_the_walk_voids_it",
            "test_shown_elsewhere::test_a_walk_that_left_an_image_out_is_void_once_its_caller_may_know_that_it_matches",
        ),
        "perhaps new": (
            "test_voided_walks::test_a_new_image_that_may_belong_in_the_walk_voids_it",
            "test_voided_walks::test_an_image_that_looked_the_same_before_the_walk_is_not_new",
            "test_voided_walks::test_a_new_image_that_no_list_of_glance_shows_is_new_in_none",
            "test_shown_elsewhere::test_a_list_of_another_caller_does_not_show_what_this_one_has_accepted",
            "test_single_images::test_an_image_that_is_perhaps_new_in_a_walk_leaves_the_others_as_they_are",
        ),
        "there, and not shown": (
            "test_voided_walks::test_an_image_that_is_there_and_was_never_shown_may_be_new",
            "test_voided_walks::test_an_image_that_was_there_before_the_walk_is_not_new",
            "test_voided_walks::test_an_image_that_was_gone_before_the_walk_and_is_there_again_may_be_new",
            "test_single_images::test_an_image_that_is_there_and_not_shown_leaves_the_others_as_they_are",
            "test_doubts::test_a_walk_that_may_lack_an_image_shows_the_order_of_its_own",
        ),
        "refused": (
            "test_voided_walks::test_a_refusal_that_shows_an_image_as_gone_voids_the_walk",
            "test_voided_walks::test_a_list_that_is_refused_voids_the_walks_before_it",
        ),
        "missing": (
            "test_voided_walks::test_a_page_that_would_have_to_show_an_image_voids_the_walk",
        ),
        "order": (
            "test_voided_walks::test_images_in_another_order_than_the_dialects_prove_nothing",
            "test_voided_walks::test_an_image_that_does_not_match_the_filters_proves_nothing",
            "test_settled_by_walks::test_an_order_that_no_fraction_explains_is_none_of_the_dialects",
        ),
        "later state": (
            "test_states::test_what_no_recorded_change_explains_voids_the_walk_before_it_too",
            "test_states::test_a_refusal_after_a_change_of_something_else_voids_the_walk_before_it",
        ),
        "other callers": (
            "test_views_of_others::test_another_callers_answer_voids_the_walk_if_it_is_of_a_public_image",
            "test_views_of_others::test_an_image_that_another_caller_saw_and_sees_no_more_voids_the_walk",
        ),
        "another address": (
            "test_services::test_another_address_contradicts_a_walk_only_if_it_may_lead_to_the_same_service",
        ),
        "another version": (
            "test_shown_elsewhere::test_a_walk_is_void_if_and_only_if_its_caller_may_know_that_the_list_has_changed",
        ),
        "IMS's own list": (
            "test_shown_elsewhere::test_the_list_of_imss_own_api_shows_how_images_look_and_not_which_are_gone",
        ),
        "another key": (
            "test_views_of_others::test_a_cassette_with_another_key_may_be_of_the_same_caller",
        ),
        "same second in two cassettes": (
            "test_views_of_others::test_what_has_the_same_second_in_another_cassette_may_be_later",
        ),
        "lost nulls": (
            "test_voided_walks::test_a_page_after_an_image_whose_sort_key_is_null_proves_nothing",
        ),
        "unreadable": (
            "test_voided_walks::test_an_image_that_cannot_be_put_in_order_proves_nothing",
        ),
    },
    "explained": {
        "how it looks": ("test_explained_by_kind::test_a_change_explains_how_its_image_looks",),
        "gone": (
            "test_explained_by_kind::test_a_delete_explains_that_its_image_is_gone",
            "test_explaining::test_a_refusal_is_explained_if_the_cloud_gives_it_after_the_recorded_change",
        ),
        "hidden": (
            "test_states::test_only_a_change_that_hides_an_image_explains_why_it_is_gone",
            "test_states::test_a_change_hides_an_image_only_if_fewer_see_it_than_before",
        ),
        "not in this list": (
            "test_explaining::test_a_list_is_explained_if_the_cloud_gives_it_after_the_recorded_change",
        ),
        "new": (
            "test_explained_by_kind::test_a_request_to_another_service_explains_a_new_image",
            "test_explained_by_kind::test_requests_to_other_services_make_one_image_each",
            "test_explained_by_kind::test_a_failed_request_for_an_image_explains_only_one_as_it_asked_for",
            "test_explained_by_kind::test_a_request_makes_no_image_that_is_older",
        ),
        "forbidden": (
            "test_explained_by_kind::test_what_decides_that_a_request_is_forbidden_explains_it",
            "test_explained_by_kind::test_nothing_explains_that_a_list_is_forbidden",
        ),
    },
    "doubt": {
        "marker": (
            "test_doubts::test_the_place_of_a_marker_has_to_be_recorded",
            "test_doubts::test_a_marker_that_is_gone_is_a_miss_even_where_another_walk_holds",
        ),
        "fractions of a second": (
            "test_doubts::test_fractions_of_a_second_are_not_shown",
            "test_settled_by_walks::test_a_list_that_is_filtered_by_a_time_settles_fractions",
        ),
        "no limit": (
            "test_limits::test_a_miss_names_the_request_that_shows_the_default",
            "test_limits::test_the_pages_of_all_callers_of_a_host_show_its_limits",
        ),
        "large limits": ("test_limits::test_the_example_of_limits",),
        "same second": (
            "test_doubts::test_images_of_the_same_second_are_in_the_order_that_a_walk_shows",
            "test_settled_by_walks::test_a_walk_shows_the_order_of_each_of_its_subsets",
        ),
        "expired token": (
            "test_voided_walks::test_a_caller_whose_last_request_got_401_gets_no_answer",
            "test_voided_walks::test_what_needs_no_valid_token_does_not_end_a_refusal",
        ),
        "computed fields": (
            "test_shown_and_stored::test_what_glance_computes_is_found_by_no_filter",
        ),
        "empty properties": (
            "test_doubts::test_a_property_that_glance_shows_as_empty_may_be_null",
        ),
        "ids without the key": (
            "test_views::test_without_its_key_a_redacted_recording_knows_no_real_ids",
        ),
        "replaced values": (
            "test_views::test_what_a_name_that_looks_like_a_secret_lists_is_not_known",
        ),
        "hidden values": (
            "test_doubts::test_what_a_filter_makes_of_a_hidden_value_is_not_known",
            "test_doubts::test_what_is_absent_is_not_known",
            "test_shown_and_stored::test_an_id_replaced_inside_a_text_makes_the_text_uncertain",
        ),
        "properties not shown": (
            "test_doubts::test_ims_may_have_properties_that_its_lists_do_not_show",
        ),
        "protected properties": (
            "test_views::test_a_property_that_only_others_are_shown_may_be_a_protected_one",
        ),
        "lost nulls": (
            "test_doubts::test_after_a_marker_whose_sort_key_is_null_glance_loses_images",
        ),
        "another method": ("test_odd_questions::test_a_list_that_names_a_method_may_be_no_list",),
        "many filters": (
            "test_odd_questions::test_a_database_may_refuse_many_filters",
            "test_odd_questions::test_a_database_may_refuse_many_values",
        ),
        "case of ids": ("test_views::test_stand_ins_do_not_show_the_case_of_an_id",),
        "IMS by its code alone": (
            "test_odd_questions::test_what_ims_lists_of_images_that_are_gone_is_not_known",
            "test_odd_questions::test_which_shared_images_ims_lists_is_not_known",
        ),
        "order of cassettes": (
            "test_several_cassettes::test_a_change_in_one_cassette_counts_for_the_walks_of_another",
            "test_several_cassettes::test_what_cannot_be_ordered_is_in_doubt_in_no_other_state",
        ),
        "odd bounds": ("test_doubts::test_what_a_bound_on_a_text_column_finds_is_not_known",),
        "texts that are alike": (
            "test_databases::test_a_text_that_is_like_another_may_be_the_same",
            "test_databases::test_a_tag_that_is_like_another_may_be_the_same",
            "test_databases::test_the_name_of_a_property_may_be_in_another_case",
            "test_databases::test_what_such_a_database_lists_proves_its_own_list",
        ),
        "order of texts": (
            "test_databases::test_where_databases_put_a_text_among_others_has_to_be_certain",
            "test_databases::test_a_recorded_order_is_proved_whatever_the_database_is",
        ),
        "nulls on later pages": (
            "test_databases::test_later_pages_may_lack_images_without_the_sort_key",
        ),
        "order of nulls": ("test_databases::test_nulls_come_first_or_last",),
        "odd escapes": ("test_odd_questions::test_an_escape_that_lacks_a_digit_is_a_miss",),
        "odd values": (
            "test_databases::test_what_some_databases_refuse_is_a_miss",
            "test_doubts::test_how_a_database_compares_a_text_with_a_number_is_not_known",
        ),
    },
    "single": {
        "listed": (
            "test_single_images::test_a_listed_image_is_shown_as_in_the_list",
            "test_single_images::test_a_walk_of_some_images_shows_these",
        ),
        "names": (
            "test_single_images::test_a_name_gets_the_404_that_glance_gives_it",
            "test_single_images::test_what_ims_says_to_a_name_is_not_known",
            "test_single_images::test_a_cloud_whose_ids_are_no_uuids_may_have_any",
        ),
        "not listed": ("test_single_images::test_an_image_that_no_walk_shows_may_be_there",),
        "contradicted": ("test_single_images::test_a_walk_that_is_void_shows_no_image",),
        "other changes": (
            "test_single_images::test_a_change_of_another_image_leaves_an_image_as_it_is",
            "test_single_images::test_after_a_refusal_no_other_state_answers",
        ),
        "otherwise before": (
            "test_single_images::test_an_image_that_was_otherwise_before_is_not_shown_as_it_is_later",
            "test_single_images::test_what_agrees_with_a_later_list_lets_it_show_an_image",
        ),
        "changed since": (
            "test_single_images::test_an_image_that_was_updated_since_is_not_shown_as_it_is_later",
            "test_single_images::test_an_image_that_was_shown_before_is_shown_whenever_it_was_updated",
        ),
        "gone": ("test_single_images::test_an_image_that_is_listed_as_gone_may_not_be_shown",),
        "deleted": (
            "test_single_images::test_a_deleted_image_gets_the_404_that_glance_gives_it",
            "test_single_images::test_a_delete_that_does_not_prove_the_404_is_a_miss",
        ),
        "no project": (
            "test_single_images::test_a_shared_image_is_shown_to_a_caller_who_has_a_project",
        ),
        "shown in full": (
            "test_single_images::test_a_cloud_whose_lists_leave_something_out_shows_no_single_image",
        ),
        "another method of one image": (
            "test_single_images::test_a_single_image_whose_query_names_a_method_is_a_miss",
        ),
    },
}
"""For each rule the tests that show it."""


def rules_of(table: str) -> list[str]:
    (text,) = re.findall(rf"<!-- {table} -->\n(.*?)<!-- /{table} -->", DOCUMENT, re.DOTALL)
    return [row.split("|")[1].strip() for row in text.splitlines()[2:]]


def names_in(module: str) -> set[str]:
    (path,) = FOLDER.rglob(f"{module}.py")
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_table_of_what_cannot_touch_images_is_that_of_the_code() -> None:
    """With its sources; `test_what_begins_a_state` sends such requests."""
    (text,) = re.findall(r"<!-- harmless -->\n(.*?)<!-- /harmless -->", DOCUMENT, re.DOTALL)
    rows = [[cell.strip() for cell in row.split("|")] for row in text.splitlines()[2:]]

    assert [(row[1], row[3]) for row in rows] == [(one.what, one.source) for one in HARMLESS]


def test_the_table_of_older_versions_is_that_of_the_code() -> None:
    """`test_older_versions` shows each of its rules."""
    first = {one.minor: one.releases.partition(",")[0] for one in VERSIONS}
    rows = [
        f"| {one.name} | `{one.example}` | {first.get(one.since, 'none')} | {one.why} |"
        for one in RULES
    ]
    table = ["| rule | query | all the same from | because |", "|---|---|---|---|", *rows]

    assert "<!-- older-versions -->\n" + "\n".join(table) + "\n<!-- /older-versions -->" in DOCUMENT


def test_the_table_of_link_forms_is_that_of_the_code() -> None:
    """`test_link_forms` shows each of them."""
    forms = [("parameters", one) for one in ORDERS] + [("values", one) for one in ENCODINGS]
    rows = [f"| {one.name} | {kind} | {one.meaning} |" for kind, one in forms]
    table = ["| form | of | what it is |", "|---|---|---|", *rows]

    assert "<!-- link-forms -->\n" + "\n".join(table) + "\n<!-- /link-forms -->" in DOCUMENT


def test_the_page_has_the_tables_that_are_tested() -> None:
    """Another table would need tests too."""
    tables = re.findall(r"<!-- (\w+) -->", DOCUMENT)

    assert ["harmless", *SHOWN] == tables


@pytest.mark.parametrize("table", SHOWN)
def test_every_rule_has_a_test(table: str) -> None:
    """A row that is added, renamed or removed needs the same done to its tests."""
    assert rules_of(table) == list(SHOWN[table])


@pytest.mark.parametrize("table", SHOWN)
def test_every_test_that_shows_a_rule_is_there(table: str) -> None:
    """Under the name in the table above."""
    named = [one for tests in SHOWN[table].values() for one in tests]
    missing = [one for one in named if one.split("::")[1] not in names_in(one.split("::")[0])]

    assert [] == missing
    assert len(set(named)) == len(named)
