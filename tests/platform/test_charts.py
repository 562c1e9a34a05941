"""Bars drawn on the server: to scale, named, and readable without colour."""

import pytest

from vanguard.workbench.charts import BASE, TOP, WIDTH, stacked


def test_bars_are_to_scale_and_series_stand_on_each_other() -> None:
    drawing = stacked(["a", "b"], [("Kept", [50, 100]), ("Missed", [50, 0])], [], str)
    first, second = drawing.bars
    assert [block.height for block in first.blocks] == [(BASE - TOP) / 2, (BASE - TOP) / 2]
    assert first.blocks[1].y + first.blocks[1].height == first.blocks[0].y
    assert (second.blocks[0].height, second.blocks[1].height) == (BASE - TOP, 0)
    assert first.says == "a: kept 50, missed 50"
    assert [mark for mark, _ in drawing.keys] == ["wb-s1", "wb-hatched"]


@pytest.mark.parametrize(("highest", "top"), [(0, 4), (3, 4), (100, 100), (101, 200), (0.9, 1), (224_268_390, 400_000_000)])
def test_the_axis_ends_at_a_round_figure_above_the_highest_bar(highest: float, top: float) -> None:
    assert stacked(["a"], [("x", [highest])], [], "{:g}".format).lines[-1].figure == f"{top:g}"


def test_names_are_left_out_where_there_is_no_room_for_them() -> None:
    drawing = stacked([str(number) for number in range(120)], [("x", [1] * 120)], ["/"] * 120, str)
    assert len([bar for bar in drawing.bars if bar.label]) == 15
    assert all(bar.says and bar.url for bar in drawing.bars)
    assert drawing.bars[-1].x + drawing.bars[-1].width <= WIDTH
