"""The chain ladder and Mack's standard error, against what was published."""

import pytest

from claims.reports.ladder import chain_ladder
from tests.reports import published


def test_raa_volume_weighted_chain_ladder_has_the_published_factors_reserve_and_standard_error() -> None:
    found = chain_ladder(published.RAA)
    assert tuple(round(factor or 0, 4) for factor in found.factors) == published.RAA_FACTORS
    assert tuple(round(origin.reserve or 0) for origin in found.origins) == published.RAA_RESERVES
    assert tuple(round(origin.error or 0) for origin in found.origins) == published.RAA_ERRORS
    assert (round(found.reserve or 0), round(found.error or 0)) == (published.RAA_RESERVE, published.RAA_ERROR)


def test_taylor_ashe_has_the_published_reserve_and_standard_error() -> None:
    found = chain_ladder(published.TAYLOR_ASHE)
    assert tuple(round((origin.reserve or 0) / 1000) for origin in found.origins) == published.TAYLOR_ASHE_RESERVES
    percent = tuple(round(100 * (origin.error or 0) / origin.reserve) if origin.reserve else 0 for origin in found.origins)
    assert percent == published.TAYLOR_ASHE_ERRORS_IN_PERCENT
    assert (round(found.reserve or 0), round(found.error or 0)) == (published.TAYLOR_ASHE_RESERVE, published.TAYLOR_ASHE_ERROR)


def test_a_triangle_in_which_everything_grows_alike_has_no_error() -> None:
    found = chain_ladder([[100, 150, 165, 165], [200, 300, 330], [40, 60], [50]])
    assert found.factors == (1.5, 1.1, 1)
    assert [round(origin.ultimate or 0, 6) for origin in found.origins] == [165, 330, 66, 82.5]
    assert (round(found.reserve or 0, 6), round(found.error or 0, 6)) == (38.5, 0)


def test_origins_may_be_years_and_ages_quarters() -> None:
    found = chain_ladder([[1, 2, 3, 4, 4, 4], [2, 4]])
    assert found.origins[1].ultimate == 8


def test_an_origin_at_nought_is_projected_at_nought_and_counts_in_no_variance() -> None:
    with_it, without = chain_ladder([[10, 20, 20], [10, 30], [0, 0], [10]]), chain_ladder([[10, 20, 20], [10, 30], [10]])
    assert with_it.origins[2].ultimate == 0
    assert (with_it.reserve, with_it.error) == (without.reserve, without.error)


def test_what_nothing_can_be_said_about_is_not_said() -> None:
    """Something came from nothing: no factor leads there, and so no ultimate for those who have yet to go that way."""
    found = chain_ladder([[0, 5, 6], [0, 7], [3]])
    assert found.factors[0] is None
    assert (found.origins[1].ultimate, found.origins[2].ultimate) == (7 * 6 / 5, None)
    assert (found.reserve, found.error) == (None, None)


@pytest.mark.parametrize("triangle", [[], [[5]], [[5], [0]]])
def test_a_triangle_of_one_age_or_none_is_settled(triangle: list[list[float]]) -> None:
    assert (chain_ladder(triangle).reserve, chain_ladder(triangle).error) == (0, 0)


@pytest.mark.parametrize("triangle", [[[1], []], [[1], [1, 2]]])
def test_what_is_no_triangle_is_refused(triangle: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="origin"):
        chain_ladder(triangle)
