"""What is recorded after a walk may contradict it. Then it proves nothing, and misses say why."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glancetape_cassettes.interaction import Request, Response
from support.clouds.clouds import HOST, Caller
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    ASKED,
    JSON,
    MINE,
    THEIRS,
    change,
    derived_from,
    history_of,
    history_of_four,
    holds,
    keep,
    keep_page,
    listed_image,
    member,
    remove,
    shown,
    shown_by,
    walk,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import id_of

NO_LONGER = "The walk that would prove it ({}) no longer holds: {}."


def why_not(history: History, folder: Path) -> str:
    reason = shown(derived_from(history, folder), ASKED)
    assert isinstance(reason, str)
    begin, end = NO_LONGER.format("0.yaml#1-2", "|").split("|")
    begin = begin.replace("0.yaml", f"{len(history.interactions)}.yaml")
    assert reason.startswith(begin), reason
    return reason.removeprefix(begin).removesuffix(end)


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_an_image_that_a_later_list_shows_with_other_values_voids_the_walk(
    dialect: str, tmp_path: Path
) -> None:
    """For example with another name: what the walk shows is out of date."""
    history = history_of_four(dialect)
    assert holds(history, tmp_path)

    change(history, 3, name="another")
    history.ask(MINE, "name=another")

    assert f"image {id_of(3)} was recorded later with other values" == why_not(history, tmp_path)


def test_an_image_that_a_single_answer_shows_with_other_values_voids_the_walk(
    tmp_path: Path,
) -> None:
    """How a list shows the image now is not known."""
    history = history_of_four()
    assert holds(history, tmp_path)

    change(history, 3, status="active")
    history.look(MINE, id_of(3))

    assert f"image {id_of(3)} was recorded later with other values" == why_not(history, tmp_path)


def test_an_image_that_is_gone_voids_the_walk(tmp_path: Path) -> None:
    """A 404 shows that."""
    history = history_of_four()
    assert holds(history, tmp_path)

    remove(history, 1)
    history.look(MINE, id_of(1))

    assert f"image {id_of(1)} was recorded later as gone" == why_not(history, tmp_path)


@pytest.mark.parametrize("query", ["limit=1", "name=name+9", "visibility=private", "size_min=50"])
def test_a_new_image_that_belongs_in_the_walk_voids_it(query: str, tmp_path: Path) -> None:
    """Whichever list shows the image."""
    history = history_of_four()
    assert holds(history, tmp_path)

    history.cloud.images.append(listed_image(9, visibility="private", owner=ME))
    history.ask(MINE, query)

    expected = f"image {id_of(9)} belongs in it and was recorded only later"
    assert expected == why_not(history, tmp_path)


@pytest.mark.parametrize("status", ["killed", "deleted", "pending_delete"])
@pytest.mark.parametrize("dialect", ["glance", "ims"])
@pytest.mark.parametrize("visibility", ["public", "shared"])
def test_a_new_image_that_no_list_of_glance_shows_is_new_in_none(
    dialect: str, status: str, visibility: str, tmp_path: Path
) -> None:
    """It is shown by its id alone. What IMS lists of such images is not documented."""
    history = history_of_four(dialect)
    gone = listed_image(9, status=status, visibility=visibility)
    keep(
        history,
        MINE.request("", f"/v2/images/{id_of(9)}"),
        Response(200, "OK", (JSON,), orjson.dumps(history.cloud.show(gone))),
    )

    assert holds(history, tmp_path) is (dialect == "glance")


ABOUT = {
    # Method, path, query and status.
    "a list that begins after it": ("GET", "", "name=nobody&marker={}", 200),
    "its members": ("GET", "/{}/members", "", 200),
    "its data": ("GET", "/{}/file", "", 200),
    "no data as yet": ("GET", "/{}/file", "", 204),
    "a part of its data": ("GET", "/{}/file", "", 206),
    "a copy of it that is still good": ("GET", "/{}", "", 304),
    "data that it does not take": ("PUT", "/{}/file", "", 409),
    "a member that it has": ("POST", "/{}/members", "", 409),
}


def keep_about(history: History, about: str, who: Caller = MINE, host: str = HOST) -> None:
    """Record an answer that shows image 9 to be there, and not what it looks like."""
    method, below, query, status = ABOUT[about]
    request = who.request(query.format(id_of(9)), f"/v2/images{below.format(id_of(9))}")
    request = replace(request, uri=request.uri.replace(HOST, host))
    body = {"images": []} if query else {"members": []}
    answer = Response(status, "", (JSON,), orjson.dumps(body) if status == 200 else b"")
    keep(history, replace(request, method=method), answer)


@pytest.mark.parametrize("before", ["", "shown in another list", "unreadable in another list"])
@pytest.mark.parametrize("who", [MINE, Caller(OTHER)], ids=["its caller", "another caller"])
@pytest.mark.parametrize("about", ABOUT)
def test_an_image_that_is_there_and_was_never_shown_may_be_new(
    about: str, who: Caller, before: str, tmp_path: Path
) -> None:
    """What another caller may ask for shows nothing, and an image that was shown is no news."""
    history = history_of_four()
    community = shown_by(9, visibility="community")
    if "unreadable" in before:
        community["created_at"] = "never"
    if before:
        keep_page(history, "visibility=community&limit=3", [community])
    assert holds(history, tmp_path)

    keep_about(history, about, who)

    assert holds(history, tmp_path) is (before != "" or who != MINE)


ELSEWHERE = {
    # The address, the version of the API, and whether another image was changed before.
    "after a change of another image": (HOST, "M", True),
    "at another address": ("http://10.0.0.5:9292", "M", False),
    "there, after a change": ("http://10.0.0.5:9292", "M", True),
    "in another version": (HOST, "Q", False),
}


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize("about", ABOUT)
def test_wherever_an_image_is_shown_to_be_there_it_may_be_new(
    about: str, elsewhere: str, tmp_path: Path
) -> None:
    """A change of image 1 does not explain it, and both addresses may lead to one service."""
    host, version, is_later = ELSEWHERE[elsewhere]
    history = history_of_four()
    if is_later:
        history.keep_change(history.cloud, id_of(1))
    assert holds(history, tmp_path)

    keep_about(history, about, replace(MINE, api_version=version), host)

    outcome = shown(derived_from(history, tmp_path), ASKED)
    assert f"image {id_of(9)} is there, and no answer shows it" in outcome


def test_an_image_that_a_recorded_change_made_is_not_there_before_it(tmp_path: Path) -> None:
    """Nova was asked for an image, so which one it made is not known."""
    history = history_of_four()
    uri = "http://nova:8774/v2.1/servers/s/action"
    made = replace(MINE.request(""), method="POST", uri=uri, body=b'{"createImage": {"name": "a"}}')
    keep(history, made, Response(202, "Accepted", (JSON,), b"{}"))

    keep_about(history, "its members")

    assert holds(history, tmp_path)


@pytest.mark.parametrize("was_answered", [True, False], ids=["answered before", "never answered"])
@pytest.mark.parametrize("about", ABOUT)
def test_what_another_caller_does_not_get_any_more_may_be_new_to_all(
    about: str, was_answered: bool, tmp_path: Path
) -> None:
    """The walk lacks image 9, which was there. To another caller it was there too, and is gone."""
    history = history_of()
    keep_about(history, about)
    if was_answered:
        keep_about(history, about, THEIRS)
    history.cloud.images += [listed_image(number) for number in (1, 2, 3)]
    walk(history, "limit=2")
    keep(history, THEIRS.request("", f"/v2/images/{id_of(9)}"), Response(404, "", ()))
    keep_about(history, about)

    outcome = shown(derived_from(history, tmp_path), ASKED)

    if was_answered:
        assert f"image {id_of(9)} is there, and no answer shows it" in outcome
    else:
        assert [1, 2, 3] == outcome


@pytest.mark.parametrize("about", ABOUT)
def test_an_image_that_was_there_before_the_walk_is_not_new(about: str, tmp_path: Path) -> None:
    """The cloud itself left it out: a list shows no community image that the caller has not."""
    history = history_of()
    keep_about(history, about)
    history.cloud.images += [listed_image(number) for number in (1, 2, 3)]
    walk(history, "limit=2")
    keep_about(history, about)

    assert [1, 2, 3] == shown(derived_from(history, tmp_path), ASKED)


GONE_FOR_NOW = {
    # Path, query and status.
    "not found": ("/{}", "", 404),
    "without members": ("/{}/members", "", 404),
    "no marker": ("", "marker={}", 400),
    "a marker that is hidden": ("", "marker={}", 403),
}


@pytest.mark.parametrize("gone", GONE_FOR_NOW)
@pytest.mark.parametrize("about", ABOUT)
def test_an_image_that_was_gone_before_the_walk_and_is_there_again_may_be_new(
    about: str, gone: str, tmp_path: Path
) -> None:
    """The walk lacks it because it was gone, and shows nothing of whether it is listed now."""
    history = history_of()
    keep_about(history, about)
    below, query, status = GONE_FOR_NOW[gone]
    request = MINE.request(query.format(id_of(9)), f"/v2/images{below.format(id_of(9))}")
    keep(history, request, Response(status, "", ()))
    history.cloud.images += [listed_image(number) for number in (1, 2, 3)]
    walk(history, "limit=2")
    assert [1, 2, 3] == shown(derived_from(history, tmp_path), ASKED)

    keep_about(history, about)

    outcome = shown(derived_from(history, tmp_path), ASKED)
    assert f"image {id_of(9)} is there, and no answer shows it" in outcome


def test_a_cloud_that_lists_a_killed_image_may_list_others(tmp_path: Path) -> None:
    history = history_of_four()
    keep_page(history, f"id={id_of(9)}&limit=3", [shown_by(9, status="killed")])

    assert not holds(history, tmp_path)


GONE = ("status=deleted", "status=killed&name=name+1", "status=in:deleted,pending_delete&limit=2")


@pytest.mark.parametrize("dialect", ["glance", "ims"])
@pytest.mark.parametrize("query", GONE)
def test_what_glance_never_lists_needs_no_walk(query: str, dialect: str, tmp_path: Path) -> None:
    """Images that are gone are in no list of Glance. What IMS lists of them is not documented."""
    history = history_of_four(dialect)
    change(history, 3, name="another")
    history.ask(MINE, "name=another")
    assert not holds(history, tmp_path)

    outcome = shown(derived_from(history, tmp_path), query)

    assert outcome == [] if dialect == "glance" else "no longer holds" in outcome


@pytest.mark.parametrize("query", GONE)
def test_a_cloud_that_lists_a_killed_image_may_list_them(query: str, tmp_path: Path) -> None:
    history = history_of_four()
    keep_page(history, f"id={id_of(9)}&limit=3", [shown_by(9, status="killed")])

    assert "no longer holds" in shown(derived_from(history, tmp_path), query)


SECOND = "2020-01-01T00:00:09Z"
POSSIBLY = {
    "null or empty": ("__os_type=", {"__os_type": ""}),
    "the second that is asked for": (f"created_at=gt:{SECOND}", {}),
    "another name, and null or empty": ("__os_type=&name=name 9", {"__os_type": ""}),
}


@pytest.mark.parametrize(("query", "fields"), POSSIBLY.values(), ids=POSSIBLY)
def test_a_new_image_that_may_belong_in_the_walk_voids_it(
    query: str, fields: dict[str, str], tmp_path: Path
) -> None:
    """What its list shows does not decide whether the walk's filter lets it in."""
    history = history_of_four()
    walk(history, f"{query}&limit=3")
    assert [] == shown(derived_from(history, tmp_path), f"{query}&limit=2")

    history.cloud.images.append(listed_image(9, **fields))
    history.ask(MINE, f"id={id_of(9)}")

    expected = f"image {id_of(9)} may belong in it and was recorded like this only later"
    assert NO_LONGER.format("4.yaml#3", expected) == shown(
        derived_from(history, tmp_path), f"{query}&limit=2"
    )


@pytest.mark.parametrize(("query", "fields"), POSSIBLY.values(), ids=POSSIBLY)
def test_an_image_that_looked_the_same_before_the_walk_is_not_new(
    query: str, fields: dict[str, str], tmp_path: Path
) -> None:
    """The cloud itself left it out of the walk, and shows no change of it since."""
    history = history_of(listed_image(1), listed_image(9, **fields))
    walk(history, "limit=3")
    keep_page(history, f"{query}&limit=3", [])
    history.ask(MINE, f"id={id_of(9)}")

    assert [] == shown(derived_from(history, tmp_path), f"{query}&limit=2")


def test_a_new_image_that_is_asked_for_by_its_id_voids_the_walk(tmp_path: Path) -> None:
    """An image need not be in a recorded list to belong in the walk."""
    history = history_of_four()
    assert holds(history, tmp_path)

    history.cloud.images.append(listed_image(9))
    history.look(MINE, id_of(9))

    expected = f"image {id_of(9)} belongs in it and was recorded only later"
    assert expected == why_not(history, tmp_path)


@pytest.mark.parametrize("lacks_updated_at", [False, True])
def test_a_new_image_that_was_never_updated_may_belong_in_a_walk(
    lacks_updated_at: bool, tmp_path: Path
) -> None:
    """Without `updated_at` it was updated when it was created."""
    caller = Caller(ME, None, True)
    history = history_of(listed_image(1), callers=(caller,))
    walk(history, "limit=3", caller)
    fields = {"visibility": "shared", "created_at": history.now, "updated_at": history.now}
    history.cloud.images.append(listed_image(9, **fields, members=member("pending")))
    history.ask(caller, f"id={id_of(9)}&visibility=shared&member_status=pending")
    if lacks_updated_at:
        for at, one in enumerate(history.interactions):
            body = orjson.loads(one.response.body)
            for image in body["images"]:
                del image["updated_at"]
            response = replace(one.response, body=orjson.dumps(body))
            history.interactions[at] = replace(one, response=response)

    why = shown(derived_from(history, tmp_path), f"{ASKED}&limit=9", caller)

    assert "may belong in it and was recorded like this only later" in why


@pytest.mark.parametrize("by_token", [False, True])
@pytest.mark.parametrize("owner", [ME, OTHER])
@pytest.mark.parametrize("visibility", ["shared", "community"])
@pytest.mark.parametrize("shown_as", ["by its id", "in another list", "in another list, and old"])
def test_an_image_that_the_walks_kind_of_list_does_not_show_may_be_in_it_by_now(
    visibility: str, owner: str, by_token: bool, shown_as: str, tmp_path: Path
) -> None:
    """A caller sees its own, and what it has accepted; a token does not show whose image it is.

    The list of what waits to be accepted shows it as well. It decides that it is not accepted.
    """
    caller, asked = Caller(ME, None, by_token), f"{ASKED}&limit=9"
    history = history_of(listed_image(1), callers=(caller,))
    walk(history, "limit=3", caller)
    assert [1] == shown(derived_from(history, tmp_path), asked, caller)

    fields = {"visibility": visibility, "owner": owner, "members": member("pending")}
    is_listed, is_old = shown_as != "by its id", shown_as.endswith("old")
    updated = "2020-01-01T00:00:09Z" if is_old else history.now
    history.cloud.images.append(listed_image(9, **fields, updated_at=updated))
    if is_listed:
        history.ask(caller, f"id={id_of(9)}&visibility={visibility}&member_status=pending")
    history.look(caller, id_of(9))

    is_in_list = owner == ME and not by_token
    is_known = is_old or (not by_token and (is_listed or visibility == "community"))
    outcome = shown(derived_from(history, tmp_path), asked, caller)
    if is_in_list:
        assert "belongs in it and was recorded only later" in outcome
    elif is_known:
        assert [1] == outcome
    else:
        assert "may belong in it and was recorded like this only later" in outcome


@pytest.mark.parametrize(
    "query",
    [
        "visibility=public&limit=5",
        "visibility=public",
        "name=name+1",
        "size_max=20",
        f"marker={id_of(3)}",
    ],
)
def test_a_page_that_would_have_to_show_an_image_voids_the_walk(query: str, tmp_path: Path) -> None:
    """The image was deleted, and nothing shows that but its absence."""
    history = history_of_four()
    assert holds(history, tmp_path)

    remove(history, 1)
    history.ask(MINE, query)

    source = f"{len(history.interactions)}.yaml#3"
    expected = f"{source}, recorded later, does not show its image {id_of(1)}"
    assert expected == why_not(history, tmp_path)


def test_a_first_page_that_skips_an_image_voids_the_walk(tmp_path: Path) -> None:
    """The page reaches beyond the place of the image, though not to the end of the list."""
    history = history_of_four()
    remove(history, 3)
    history.ask(MINE, "limit=2")

    expected = f"3.yaml#3, recorded later, does not show its image {id_of(3)}"
    assert expected == why_not(history, tmp_path)


def test_a_next_of_ims_after_the_last_image_of_a_walk_voids_it(
    tmp_path: Path,
) -> None:
    """IMS gives a `next` only if something follows, so there is an image that the walk lacks."""
    history = history_of_four("ims")
    assert holds(history, tmp_path)

    history.cloud.images.append(listed_image(0))
    history.ask(MINE, "limit=4")

    source = f"{len(history.interactions)}.yaml#3"
    assert f"{source}, recorded later, has a next though nothing more follows" == why_not(
        history, tmp_path
    )


def test_an_image_that_is_shared_in_no_state_voids_a_walk_over_all_states(tmp_path: Path) -> None:
    """Three lists, one of each state, show together that the image is not shared any more."""
    images = [
        listed_image(1),
        listed_image(2, visibility="shared", members=member("pending")),
        listed_image(3),
    ]
    history = history_of(*images)
    walk(history, "member_status=all")
    asked = "member_status=all&sort_key=name&sort_dir=asc"
    assert [1, 2, 3] == shown(derived_from(history, tmp_path), asked)

    change(history, 2, members=[])
    for state in ("accepted", "pending", "rejected"):
        history.ask(MINE, f"member_status={state}")

    reason = shown(derived_from(history, tmp_path), asked)
    assert f"later lists show its image {id_of(2)} under no member_status" in reason


# -- Walks that prove nothing from the beginning ------------------------------------------------


def test_images_in_another_order_than_the_dialects_prove_nothing(tmp_path: Path) -> None:
    """For example from a database that sorts text by other rules."""
    history = history_of()
    keep_page(history, "sort_key=name&sort_dir=asc", [shown_by(1), shown_by(3), shown_by(2)])

    reason = shown(derived_from(history, tmp_path), "sort_key=id")

    problem = f"image {id_of(3)} is not where the dialect's order puts it"
    assert NO_LONGER.format("1.yaml#1", problem) == reason


def test_an_image_that_does_not_match_the_filters_proves_nothing(tmp_path: Path) -> None:
    """For example from a cloud that finds names by their beginning."""
    history = history_of()
    images = [shown_by(2, name="a"), shown_by(1, name="ab")]
    keep_page(history, "name=a&visibility=public", images)

    reason = shown(derived_from(history, tmp_path), "name=a&visibility=public&sort_key=id")

    problem = f"image {id_of(1)} does not match its filters by the dialect's rules"
    assert NO_LONGER.format("1.yaml#1", problem) == reason


@pytest.mark.parametrize("key", ["size", "name", "disk_format", "container_format"])
def test_a_page_after_an_image_whose_sort_key_is_null_proves_nothing(
    key: str, tmp_path: Path
) -> None:
    """After such an image Glance loses images."""
    history = history_of(
        listed_image(1),
        listed_image(2, **{key: None}),
        listed_image(3, **{key: None}),
        listed_image(4),
    )
    walk(history, f"sort_key={key}&sort_dir=asc&limit=1")
    walk(history, "visibility=public&sort_dir=asc&limit=1")

    reason = shown(derived_from(history, tmp_path), "sort_key=id")

    assert "breaks off: at image" in reason
    assert [4, 3, 2, 1] == shown(derived_from(history, tmp_path), "visibility=public")


def test_a_list_with_an_odd_bound_proves_nothing_about_others(tmp_path: Path) -> None:
    """Which images `name_min=5` finds depends on the database, so it is no unfiltered list."""
    history = history_of()
    keep_page(history, "name_min=5", [shown_by(1)])
    deriver = derived_from(history, tmp_path)

    for query in ("sort_key=name", "name=name+1", "visibility=public"):
        reason = shown(deriver, query)
        assert "is filtered by an odd bound" in reason, query


def test_an_image_that_cannot_be_put_in_order_proves_nothing(tmp_path: Path) -> None:
    """For example an image without a date of creation."""
    history = history_of()
    without = shown_by(1)
    del without["created_at"]
    keep_page(history, "", [shown_by(2), without])

    reason = shown(derived_from(history, tmp_path), "sort_key=id")

    start = "The walk that would prove it (1.yaml#1) breaks off: "
    assert f"{start}image {id_of(1)} cannot be put in order: created_at" in reason


def test_images_without_ids_prove_nothing(tmp_path: Path) -> None:
    """Two pages of such images cannot be joined."""
    history = history_of()
    keep_page(history, "", [shown_by(2), {"name": "a"}])

    reason = shown(derived_from(history, tmp_path, "glance"), "sort_key=id")

    assert "breaks off: its image 2 has no id" in reason


# -- Refusals ------------------------------------------------------------------------------------

BELOW = ("", "/file", "/stage", "/members", f"/members/{ME}", "/tags/x", "/actions/deactivate")


@st.composite
def refusals_of(
    draw: st.DrawFn, number: int, statuses: Sequence[int]
) -> tuple[Request, int, bytes]:
    """Draw a request that is refused because an image is gone, its status, and its body."""
    kind = draw(st.sampled_from(("image", "image", "marker")))
    if kind == "marker":
        words = draw(st.sampled_from(("No image found with ID {}", "Image {} was not found", "")))
        query = draw(st.sampled_from(("limit=2&", "", "sort_key=size&name=x&")))
        request = MINE.request(f"{query}marker={id_of(number)}")
        return request, 400, orjson.dumps({"message": words.format(id_of(number))})
    asked = MINE.request("", f"/v2/images/{id_of(number)}{draw(st.sampled_from(BELOW))}")
    version = draw(st.sampled_from(("/v2/", "/v2.0/", "/v2.9/")))
    more = draw(st.sampled_from(((), (("If-None-Match", '"x"'),), (("X-Api-Version", "Q"),))))
    method = draw(st.sampled_from(("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")))
    uri = asked.uri.replace("/v2/", version)
    return Request(method, uri, asked.headers + more), draw(st.sampled_from(statuses)), b"{}"


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_refusal_that_shows_an_image_as_gone_voids_the_walk(
    data: st.DataObject, tmp_path: Path
) -> None:
    """Whatever was asked of it, at whichever path of the API, and before the walk's end too."""
    dialect, visibility, statuses = data.draw(
        st.sampled_from((("glance", "shared", (403, 404)), ("ims", "public", (404,))))
    )
    images = [listed_image(number, visibility=visibility, owner=ME) for number in range(1, 5)]
    history = history_of(*images, dialect=dialect)
    number = data.draw(st.integers(1, 4))
    request, status, body = data.draw(refusals_of(number, statuses))
    history.ask(MINE, "limit=3")
    early = number > 1 and data.draw(st.booleans())  # the images 4, 3 and 2 are on the first page
    if early:
        keep(history, request, Response(status, "", (JSON,), body))
    history.ask(MINE, f"limit=3&marker={id_of(2)}")
    if not early:
        keep(history, request, Response(status, "", (JSON,), body))

    with TemporaryDirectory(dir=tmp_path) as own:
        reason = shown(derived_from(history, Path(own)), ASKED)
    assert isinstance(reason, str)
    assert id_of(number) in reason


def test_what_is_listed_again_after_a_refusal_is_proved_again(tmp_path: Path) -> None:
    """The refusal is older than the walk."""
    history = history_of_four()
    asked = MINE.request("", f"/v2/images/{id_of(2)}/file")
    keep(history, Request("PUT", asked.uri, asked.headers), Response(404, "", (JSON,), b"{}"))
    assert not holds(history, tmp_path)

    walk(history, "limit=3")

    assert holds(history, tmp_path)


def test_a_list_that_is_refused_voids_the_walks_before_it(tmp_path: Path) -> None:
    """The caller may have another role, and see something else, when it is answered again."""
    history = history_of_four()
    keep(history, MINE.request("limit=1"), Response(403, "", (JSON,), b"{}"))
    deriver = derived_from(history, tmp_path)

    for query in (ASKED, "limit=0", "limit=abc", "min_disk=abc"):
        assert "The last list that this caller asked for was refused (403)." == shown(
            deriver, query
        )
    history.ask(MINE, "limit=1")
    assert "a list was refused later (403)" == why_not(history, tmp_path)
    walk(history)
    assert holds(history, tmp_path)


@pytest.mark.parametrize("below", ["", f"/{id_of(4)}", f"/{id_of(4)}/members"])
def test_a_caller_whose_last_request_got_401_gets_no_answer(below: str, tmp_path: Path) -> None:
    """Its token may have expired: the cloud would refuse it again, whatever it asks for."""
    history = history_of_four()
    keep(history, MINE.request("", f"/v2/images{below}"), Response(401, "", (JSON,), b"{}"))
    deriver = derived_from(history, tmp_path)

    for query in (ASKED, "limit=0", "limit=abc", "min_disk=abc"):
        assert "The last request of this caller was refused (401)" in str(shown(deriver, query))
    history.look(MINE, id_of(4))
    assert holds(history, tmp_path)  # an answer after it: the walk itself was never contradicted


@pytest.mark.parametrize("status", [301, 302, 304, 307, 404, 503])
def test_what_needs_no_valid_token_does_not_end_a_refusal(status: int, tmp_path: Path) -> None:
    """A gateway redirects anybody, and a cache has its copy still."""
    history = history_of_four()
    for each in (401, status):
        keep(history, MINE.request("limit=7"), Response(each, "", (JSON,), b""))

    outcome = shown(derived_from(history, tmp_path), ASKED)

    assert "The last request of this caller was refused (401)" in str(outcome)


@pytest.mark.parametrize(
    "condition",
    [("If-None-Match", '"x"'), ("Range", "bytes=0-99999"), ("If-Modified-Since", "never")],
)
def test_a_list_that_answers_a_conditional_request_is_evidence(
    condition: tuple[str, str], tmp_path: Path
) -> None:
    """It is whole, so it shows what is gone."""
    history = history_of_four()
    remove(history, 1)
    history.ask(MINE, "visibility=public&limit=5")
    last = history.interactions.pop()
    headers = (*last.request.headers, condition)
    keep(history, Request("GET", last.request.uri, headers), last.response)

    source = f"{len(history.interactions)}.yaml#3"
    assert f"{source}, recorded later, does not show its image {id_of(1)}" == why_not(
        history, tmp_path
    )


def test_a_list_at_another_path_of_the_api_is_evidence(tmp_path: Path) -> None:
    """`/v2.9` at the same host is the same service."""
    history = history_of_four()
    remove(history, 1)
    history.ask(MINE, "visibility=public&limit=5")
    last = history.interactions.pop()
    uri = last.request.uri.replace("/v2/", "/v2.9/")
    keep(history, Request("GET", uri, last.request.headers), last.response)

    assert "recorded later, does not show its image" in why_not(history, tmp_path)
