"""What does not run by default of a table: most rows of a long one, and no value of its axes."""

import pytest

from support.drawn.examples import left_out

pytest_plugins = ["pytester"]

TABLE = """
    import pytest

    @pytest.mark.sampled(3)
    @pytest.mark.parametrize("letter", "abcd")
    @pytest.mark.parametrize(("number", "square"), [(n, n * n) for n in range(6)])
    def test_two_axes(letter, number, square): ...

    @pytest.mark.sampled(4)
    @pytest.mark.parametrize("letter", "ab")
    @pytest.mark.parametrize("number", range(7))
    @pytest.mark.parametrize("sign", "+-")
    def test_short_axes(sign, number, letter): ...

    @pytest.mark.sampled(3)
    @pytest.mark.parametrize("row", range(7))
    def test_one_axis(row): ...

    @pytest.mark.parametrize("row", range(7))
    def test_not_sampled(row): ...
"""


@pytest.fixture
def names(pytester: pytest.Pytester) -> set[str]:
    """The rows that run by default."""
    items = pytester.getitems(TABLE)
    out = {item.name for item in left_out(items)}
    return {item.name for item in items} - out


def test_each_value_is_in_a_row_that_runs_by_default(names: set[str]) -> None:
    """Whichever axis is the longer one; one combination in three runs."""
    ran = [name[len("test_two_axes[") : -1].split("-") for name in names if "two_axes" in name]

    assert 8 == len(ran)
    assert {*"abcd"} == {letter for _, _, letter in ran}
    assert {*"012345"} == {number for number, _, _ in ran}


def test_each_value_is_in_a_row_that_runs_if_the_other_axes_are_short(names: set[str]) -> None:
    """One combination in three runs instead of one in four, which would leave out numbers."""
    ran = [name[len("test_short_axes[") : -1] for name in names if "short_axes" in name]

    assert {*"ab+0123456"} <= {*"".join(ran)}
    assert 9 == len(ran)


def test_the_first_row_runs_and_one_in_so_many_after_it(names: set[str]) -> None:
    assert {f"test_one_axis[{row}]" for row in (0, 3, 6)} == {
        name for name in names if "one_axis" in name
    }


def test_all_rows_run_without_the_mark(names: set[str]) -> None:
    assert 7 == sum("not_sampled" in name for name in names)
