"""The assignment with numpy, pandas and matplotlib: ten functions, ten tests, a table beside the notebook, a figure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.bench.assignments import Assignment, answer, function, text, with_hidden
from tests.factories.notebooks import cell, graded, marks, notebook


@dataclass(frozen=True, kw_only=True)
class _Task:
    """One function to write: how it is introduced, its answer, a wrong one, and its test. `after` is a given cell."""

    text: str
    signature: str
    right: str
    wrong: str | None = None
    visible: str
    hidden: str | None = None
    after: str | None = None


_TASKS = {
    "mean_range": _Task(
        text="## Arrays\n\nThe mean of the daily range; days without a value do not count.",
        signature="def mean_range(low, high):",
        right="return np.nanmean(np.asarray(high) - np.asarray(low))",
        wrong="return np.mean(np.asarray(high) - np.asarray(low))",
        visible="assert np.isclose(mean_range([1.0, 2.0], [3.0, 6.0]), 3.0)",
        hidden="assert np.isclose(mean_range(np.array([1.0, 2.0, 0.0]), np.array([3.0, np.nan, 4.0])), 3.0)",
    ),
    "standardise": _Task(
        text="Mean **0** and standard deviation **1**.",
        signature="def standardise(values):",
        right="values = np.asarray(values, dtype=float)\nreturn (values - values.mean()) / values.std()",
        visible="""
result = standardise([1, 2, 3, 4])
assert result.shape == (4,)
np.testing.assert_allclose(result.mean(), 0, atol=1e-12)
np.testing.assert_allclose(result.std(), 1)
""",
    ),
    "moving_average": _Task(
        text="The mean of each window of `width` values.",
        signature="def moving_average(values, width):",
        right="return np.convolve(values, np.ones(width) / width, mode='valid')",
        wrong="return np.convolve(values, np.ones(width) / width, mode='same')",
        visible="np.testing.assert_allclose(moving_average([1, 2, 3, 4], 2), [1.5, 2.5, 3.5])",
        hidden="""
# hint: The result is shorter than the values.
assert len(moving_average(np.arange(50.0), 7)) == 44
np.testing.assert_allclose(moving_average(np.arange(50.0), 7)[:3], [3, 4, 5])
""",
    ),
    "fit_line": _Task(
        text="Fit $y = ax + b$ by least squares; return $a$ and $b$.",
        signature="def fit_line(x, y):",
        right="slope, intercept = np.polyfit(x, y, 1)\nreturn slope, intercept",
        visible="""
slope, intercept = fit_line(np.array([0, 1, 2, 3]), np.array([1, 3, 5, 7]))
assert abs(slope - 2) < 1e-6
assert abs(intercept - 1) < 1e-6
""",
        hidden="""
rng = np.random.default_rng(3)
x = np.linspace(0, 10, 200)
slope, intercept = fit_line(x, -1.5 * x + 4 + rng.normal(0, 0.01, 200))
assert np.isclose(slope, -1.5, atol=0.01) and np.isclose(intercept, 4, atol=0.05)
""",
    ),
    "load": _Task(
        text="""
## Tables

Read `weather.csv`: dates as dates, days without a `high` left out, rows numbered anew.

| column | unit |
|---|---|
| low, high | °C |
| rain | mm |
""",
        signature="def load(path):",
        right="""
table = pd.read_csv(path, parse_dates=["date"])
return table.dropna(subset=["high"]).reset_index(drop=True)
""",
        visible="""
table = load("weather.csv")
assert isinstance(table, pd.DataFrame)
assert list(table.columns) == ["date", "station", "low", "high", "rain"]
""",
        hidden="""
assert table["high"].isna().sum() == 0
assert str(table["date"].dtype).startswith("datetime64")
assert table.index[0] == 0 and table.index[-1] == len(table) - 1
""",
    ),
    "add_mean": _Task(
        text="A new table with a column `mean`. Leave the one that you were given as it is.",
        signature="def add_mean(table):",
        right='table = table.copy()\ntable["mean"] = (table["low"] + table["high"]) / 2\nreturn table',
        after='weather = add_mean(load("weather.csv"))\nweather.head()',
        visible="""
small = pd.DataFrame({"low": [0.0, 2.0], "high": [4.0, 8.0]})
result = add_mean(small)
pd.testing.assert_series_equal(result["mean"], pd.Series([2.0, 5.0], name="mean"))
assert "mean" not in small.columns, "the table itself was changed"
""",
    ),
    "monthly": _Task(
        text="The mean `high` of each month.",
        signature="def monthly(table):",
        right='return table.groupby(table["date"].dt.month)["high"].mean()',
        visible="months = monthly(weather)\nassert len(months) == 12",
        hidden="""
expected = weather["high"].groupby(weather["date"].dt.month).mean()
np.testing.assert_allclose(months.to_numpy(), expected.to_numpy())
""",
    ),
    "wettest": _Task(
        text="The `n` rainiest days.",
        signature="def wettest(table, n):",
        right='return table.nlargest(n, "rain")[["date", "station", "rain"]].reset_index(drop=True)',
        wrong='return table.sort_values("rain").head(n)[["date", "station", "rain"]]',
        visible="""
top = wettest(weather, 3)
assert top.shape == (3, 3)
assert top["rain"].is_monotonic_decreasing
assert top["rain"].iloc[0] == weather["rain"].max()
""",
    ),
    "by_station": _Task(
        text="Rain in each year, a row for each station.",
        signature="def by_station(table):",
        right="""
year = table["date"].dt.year
return table.pivot_table(index="station", columns=year, values="rain", aggfunc="sum")
""",
        wrong='return table.groupby("station")[["rain"]].sum()',
        visible='rain = by_station(weather)\nassert set(rain.index) == {"airport", "harbour", "hill"}',
        hidden="""
assert list(rain.columns) == [2023, 2024]
assert np.isclose(rain.to_numpy().sum(), weather["rain"].sum())
""",
    ),
    "plot_year": _Task(
        text="## A figure\n\nBoth temperatures of one year, with a title, both axes named, and a legend.",
        signature="def plot_year(table, year):",
        right="""
chosen = table[table["date"].dt.year == year]
figure, axes = plt.subplots(figsize=(7, 4))
axes.plot(chosen["date"], chosen["high"], label="high")
axes.plot(chosen["date"], chosen["low"], label="low")
axes.set_title(f"Temperatures in {year}")
axes.set_xlabel("Day")
axes.set_ylabel("°C")
axes.legend()
return axes
""",
        wrong='figure, axes = plt.subplots()\naxes.plot(table["date"], table["high"])\nreturn axes',
        after="plot_year(weather, 2023);",
        visible="""
axes = plot_year(weather, 2024)
assert axes.get_title() == "Temperatures in 2024"
assert axes.get_xlabel() and axes.get_ylabel()
assert len(axes.get_lines()) == 2
""",
    ),
}
_IMPORTS = "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\n\n%matplotlib inline"


def _source() -> bytes:
    cells = [
        text("# A weather station\n\nTwo years of measurements, with NumPy, pandas and Matplotlib."),
        cell(_IMPORTS, marks=marks("imports")),
    ]
    for name, task in _TASKS.items():
        test = task.visible.strip() if task.hidden is None else with_hidden(task.visible, task.hidden)
        cells += [text(task.text), answer(name, task.signature, task.right)]
        cells += [cell(task.after)] if task.after else []
        cells.append(graded(f"test_{name}", test, 2))
    return notebook(*cells)


def _answers(kind: str, number: int) -> dict[str, str]:
    if kind == "blank":
        return {}
    answers = {}
    for position, (name, task) in enumerate(_TASKS.items()):
        body = task.right
        if kind == "wrong" and task.wrong is not None and (position + number // 2) % 2:
            body = task.wrong
        elif kind == "raising" and name in ("fit_line", "monthly"):
            body = "return table_of_results"
        answers[name] = function(task.signature, body)
    return answers


def _table() -> bytes:
    """Return two years of days at three stations, with some gaps, as a CSV file."""
    chance = random.Random(7)
    lines = ["date,station,low,high,rain"]
    for number in range(2 * 12 * 28):
        year, month, day = 2023 + number // 336, number % 336 // 28 + 1, number % 28 + 1
        low = 12 - 10 * abs(month - 7) / 3 + chance.gauss(0, 2)
        high = f"{low + chance.uniform(2, 12):.1f}" if chance.random() > 0.03 else ""
        rain = max(0.0, chance.gauss(-1, 4))
        station = ("harbour", "hill", "airport")[number % 3]
        lines.append(f"{year}-{month:02}-{day:02},{station},{low:.1f},{high},{rain:.1f}")
    return "\n".join(lines).encode()


NUMPY = Assignment(name="numpy", source=_source(), answers=_answers, resources={"weather.csv": _table()})
