"""The pages of a release in a real browser, opened from disk: what a person does with them, and that nothing
is asked of the web."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest
from selenium.webdriver import Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from orchestration.presentation.site import write_site
from orchestration.release.reading import open_release
from orchestration.rows import Row, fetch
from tests.conftest import Outcome
from tests.integration.conftest import FINAL
from tests.integration.what_if_models import computed

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
COUNTY = "500112"
AMOUNTS = (
    *("land_area_mu", "value_added", "tax", "average_headcount", "energy", "revenue"),
    "rd_expenditure",
)
# What a name must not do to a page.
NAME = """</script><img src=x onerror="document.title='hurt'">'`&amp;${1+1}\u2028有限公司"""
# As a page shows it: what would break the line without being seen is written out.
SHOWN = NAME.replace("\u2028", "\\u2028")

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="Chromium is not installed: apt-get install chromium chromium-driver",
)


@pytest.fixture(scope="module")
def site(sample: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the sample of 2024, in whose first enterprise of a county stands a hostile name."""
    home = tmp_path_factory.mktemp("home with 空格 #1") / "releases"
    released, folder = sample.home / "releases", home / "2024" / FINAL
    folder.mkdir(parents=True)
    (home / "2023").symlink_to(released / "2023")
    (home / "log.jsonl").symlink_to(released / "log.jsonl")
    for name in ("release.duckdb", "manifest.json"):
        shutil.copyfile(released / "2024" / FINAL / name, folder / name)
    shutil.copytree(released / "2024" / FINAL / "policy", folder / "policy", copy_function=shutil.copyfile)
    with duckdb.connect(str(folder / "release.duckdb")) as connection:
        connection.execute(
            "update enterprise_result set enterprise_name = ? where county_code = ? and rank = 1",
            [NAME, COUNTY],
        )
        connection.execute(
            "update enterprise_member set enterprise_name = $name where county_code = $county and uscc in "
            "(select uscc from enterprise_result where county_code = $county and rank = 1)",
            {"name": NAME, "county": COUNTY},
        )
    write_site(folder)
    return folder / "site"


def headless() -> Chrome:
    """A browser without a window."""
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_window_size(1280, 900)
    return driver


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    driver = headless()
    yield driver
    driver.quit()


@pytest.fixture(autouse=True)
def quiet(browser: Chrome) -> Iterator[None]:
    """After every test: nothing in the console, and every request was for a file of this disk."""
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    yield
    assert browser.get_log("browser") == []
    requests = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {
        request["params"]["request"]["url"].split(":")[0]
        for request in requests
        if request["method"] == "Network.requestWillBeSent"
    }
    assert asked <= {"file", "data", "about"}


def open_page(browser: Chrome, page: Path, anchor: str = "") -> None:
    """Open a page, and wait until its data are unpacked and drawn."""
    browser.get(page.as_uri() + anchor)
    WebDriverWait(browser, 10).until_not(lambda _: browser.find_elements(By.CSS_SELECTOR, "[aria-busy]"))


def find(browser: Chrome, selector: str) -> WebElement:
    """The first element that is shown, once there is one."""
    found = WebDriverWait(browser, 10).until(
        lambda _: next(
            (one for one in browser.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed()), None
        )
    )
    assert found is not None  # it is waited for
    return found


def listed(browser: Chrome, column: str) -> list[str]:
    """The texts of a column of the list of enterprises."""
    texts: list[str] = browser.execute_script(
        "const cells = document.querySelectorAll(`#enterprises tbody [data-key='${arguments[0]}']`);"
        "return [...cells].map(cell => cell.textContent)",
        column,
    )
    return texts


def county_rows(sample: Outcome, columns: str) -> list[tuple[Any, ...]]:
    return sample.rows(
        f"select {columns} from enterprise_result where county_code = '{COUNTY}' order by rank nulls last"
    )


def rows_of(sample: Outcome, query: str) -> list[Row]:
    """The rows that `query` gives of the county."""
    with open_release(sample.home / "releases" / "2024" / "current") as release:
        return fetch(release, query, [COUNTY])


def test_the_year_at_a_glance(browser: Chrome, site: Path, sample: Outcome) -> None:
    open_page(browser, site / "index.html")
    find(browser, "#targets .scale")
    (counties,) = sample.row("select count(*) from county_result")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#counties tbody tr")) == counties
    (parks,) = sample.row("select count(*) from park_result")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#parks tbody tr")) == parks
    (targets,) = sample.row("select count(*) from city_target")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#targets tbody tr")) == targets
    for section, counted in (
        ("groups", "select count(*) from group_result"),
        ("measures", "select count(*) from measure"),
        # the counties, below the city
        ("improvement", "select count(distinct county_code) + 1 from improvement_progress"),
    ):
        (count,) = sample.row(counted)
        assert len(browser.find_elements(By.CSS_SELECTOR, f"#{section} tbody tr")) == count
    moves = browser.execute_script("return YEAR.moves")
    # Every enterprise of this year came from somewhere, every one of last year's became something.
    (now,) = sample.row("select count(*) from enterprise_result")
    assert sum(row["units"] for row in moves if row["became"] != "gone") == now
    (before,) = sample.row("select count(*) from enterprise_result", 2023)
    assert sum(row["units"] for row in moves if row["was"] != "new") == before
    kept = sample.rows(
        "select previous_class, class, count(*) from enterprise_result "
        "where previous_class is not null and class is not null group by all order by all"
    )
    classed = Counter[tuple[str, str]]()
    for row in moves:
        if row["was"] in "ABCD" and row["became"] in "ABCD":
            classed[row["was"], row["became"]] += row["units"]
    assert sorted((*pair, units) for pair, units in classed.items()) == kept
    assert "亩均效益综合评价" in browser.title


def test_search_over_the_whole_city_by_keyboard(browser: Chrome, site: Path, sample: Outcome) -> None:
    uscc, name, county = sample.row(
        "select uscc, enterprise_name, county_code from enterprise_result where county_code <> '500112' "
        "order by uscc limit 1"
    )
    open_page(browser, site / "index.html")
    find(browser, "#city-search").send_keys(uscc.lower())
    assert name in find(browser, "#found a").text
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert find(browser, "#card-title").text == name
    assert browser.current_url.endswith(f"/county/{county}.html#{uscc}")


def test_a_list_is_searched_and_filtered(browser: Chrome, site: Path, sample: Outcome) -> None:
    rows = county_rows(sample, "uscc, class")
    open_page(browser, site / "county" / f"{COUNTY}.html")
    find(browser, "#enterprises tbody tr")
    assert len(listed(browser, "enterprise_name")) == len(rows)
    find(browser, "#search").send_keys(rows[1][0][-8:])
    assert listed(browser, "rank") == ["2"]
    assert find(browser, "#count").text == f"1 户，共 {len(rows)} 户"
    find(browser, "#search").clear()
    find(browser, "#search").send_keys("没有这样的企业")
    assert find(browser, "#enterprises .empty").text == "没有符合条件的企业"
    find(browser, "#search").send_keys(Keys.CONTROL, "a")
    find(browser, "#search").send_keys(Keys.DELETE)
    browser.find_element(By.CSS_SELECTOR, "input[name=class][value=B]").send_keys(Keys.SPACE)
    assert set(listed(browser, "class")) == {"B"}
    assert len(listed(browser, "class")) == sum(1 for _, name in rows if name == "B")


def test_a_list_is_sorted_by_its_heads(browser: Chrome, site: Path, sample: Outcome) -> None:
    open_page(browser, site / "county" / f"{COUNTY}.html")
    head = find(browser, "#enterprises th[data-key=tax_per_mu] button")
    known = [value for (value,) in county_rows(sample, "tax_per_mu") if value is not None]
    missing = len(county_rows(sample, "uscc")) - len(known)
    head.send_keys(Keys.ENTER)
    assert numbers(listed(browser, "tax_per_mu")) == pytest.approx(sorted(known, reverse=True), abs=0.006)
    head.click()
    assert numbers(listed(browser, "tax_per_mu")) == pytest.approx(sorted(known), abs=0.006)
    assert listed(browser, "tax_per_mu")[len(known) :] == ["—"] * missing  # last, either way
    assert (
        browser.find_element(By.CSS_SELECTOR, "th[data-key=tax_per_mu]").get_attribute("aria-sort")
        == "ascending"
    )


def numbers(texts: list[str]) -> list[float]:
    return [float(text.replace(",", "").replace("−", "-")) for text in texts if text != "—"]


def test_a_card_is_opened_and_left(browser: Chrome, site: Path, sample: Outcome) -> None:
    second, third = county_rows(sample, "uscc, enterprise_name, total_score, class")[1:3]
    open_page(browser, site / "county" / f"{COUNTY}.html")
    find(browser, f"#enterprises a[href='#{second[0]}']").send_keys(Keys.ENTER)
    assert find(browser, "#card-title").text == second[1]
    assert f"{second[2]:.4f}" in find(browser, ".verdict").text
    assert find(browser, ".grade-class").text == second[3]
    find(browser, "#card .scale")
    browser.find_element(By.LINK_TEXT, "下一户").click()
    WebDriverWait(browser, 10).until(lambda _: find(browser, "#card-title").text == third[1])
    find(browser, "#card h1").find_element(By.XPATH, "//body").send_keys(Keys.ESCAPE)
    find(browser, "#search")
    assert browser.switch_to.active_element.text == third[1]  # the focus is where one was
    browser.back()
    assert find(browser, "#card-title").text == third[1]


def test_each_treatment_has_its_card(browser: Chrome, site: Path, sample: Outcome) -> None:
    said = {"classified": "评为", "transition": "处于过渡期", "vetoed": "直接列入D类"}
    for treatment, words in said.items():
        uscc, county = sample.row(
            "select uscc, county_code from enterprise_result "
            f"where treatment = '{treatment}' order by uscc limit 1"
        )
        open_page(browser, site / "county" / f"{county}.html", f"#{uscc}")
        assert words in find(browser, ".verdict").text


def test_every_line_of_arithmetic_comes_out(browser: Chrome, site: Path, sample: Outcome) -> None:
    lines: list[str] = []
    for county in sorted(path.stem for path in (site / "county").iterdir()):
        open_page(browser, site / "county" / f"{county}.html")
        find(browser, "#list h1")
        lines += browser.execute_script(
            "return UNITS.flatMap((unit) => { card.replaceChildren(...sheetOf(unit));"
            " return [...card.querySelectorAll('.workings p')].map((line) => line.textContent); })"
        )
    lines = [line for line in lines if re.search(r"= −?\d", line) and re.search("[÷×]", line)]
    assert len(lines) > 2000
    assert [line for line in lines if not comes_out(line)] == []


def comes_out(line: str) -> bool:
    """Whether the figure behind the equals sign is that of the expression, rounded to its decimals."""
    expression, shown = (
        re.sub(r"/\D+|[^\d.+−×÷()\[\] ]", "", side).translate(str.maketrans("−×÷[]", "-*/()"))
        for side in line.split(" = ")
    )
    worked = Decimal(eval(re.sub(r"\d+(\.\d+)?", lambda found: f"Decimal('{found[0]}')", expression)))
    return worked.quantize(Decimal(shown.strip()), ROUND_HALF_UP) == Decimal(shown.strip())


def test_a_name_is_text(browser: Chrome, site: Path, sample: Outcome) -> None:
    ((uscc,), *_) = county_rows(sample, "uscc")
    open_page(browser, site / "county" / f"{COUNTY}.html", f"#{uscc}")
    assert find(browser, "#card-title").get_attribute("textContent") == SHOWN
    assert browser.find_elements(By.CSS_SELECTOR, "img") == []
    find(browser, "#card .scale")
    find(browser, "#city-search").send_keys("onerror")
    assert "onerror" in find(browser, "#found a").text
    assert browser.title != "hurt"


def test_nothing_is_cut_off_on_a_narrow_screen(browser: Chrome, site: Path, sample: Outcome) -> None:
    (uscc,) = county_rows(sample, "uscc")[1]
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    county = site / "county" / f"{COUNTY}.html"
    checks = sample.home / "releases" / "2024" / "current" / "checks" / "index.html"
    for page, anchor, drawn in (
        (site / "index.html", "", ".trend svg"),
        (county, "", "main .scale"),
        (county, f"#{uscc}", "main .scale"),
        (checks, "", "main details"),
        (public(sample), "", "main .stack"),
    ):
        open_page(browser, page, anchor)
        find(browser, drawn)
        assert browser.execute_script("return document.documentElement.scrollWidth") == 390
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_what_a_phone_has_no_room_for_is_behind_a_button(browser: Chrome, site: Path) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    open_page(browser, site / "index.html")
    find(browser, "#targets .columns").click()
    assert all(head.is_displayed() for head in browser.find_elements(By.CSS_SELECTOR, "#targets thead th"))
    assert find(browser, "#targets .columns").get_attribute("aria-expanded") == "true"
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_table_can_be_saved(browser: Chrome, site: Path, sample: Outcome) -> None:
    open_page(browser, site / "index.html")
    find(browser, "#classes details summary").click()
    saved = browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "URL.createObjectURL = (file) => { file.text().then(done); return '#'; };"
        "document.querySelector('#classes details .quiet:last-child').click();"
    )
    _, *lines = saved.splitlines()
    wanted = sample.rows(
        "select classified, a, b, c, d, d_vetoed, transition from class_count order by county_code"
    )
    assert [tuple(map(int, line.split(",")[1:])) for line in lines] == wanted


def public(sample: Outcome) -> Path:
    return sample.home / "releases" / "2024" / "current" / "packages" / "public" / "index.html"


def test_the_public_finds_an_enterprise_and_who_to_object_to(browser: Chrome, sample: Outcome) -> None:
    uscc, name, cls = sample.row(
        "select uscc, enterprise_name, class from enterprise_result where class = 'C' order by uscc limit 1"
    )
    open_page(browser, public(sample))
    (count,) = sample.row("select count(*) from enterprise_result")
    assert find(browser, "#count").text == f"共 {count} 户"
    find(browser, "#list tbody tr")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#list tbody tr")) == 50 < count  # a page of it
    find(browser, ".pages button:not([disabled])").send_keys(Keys.ENTER)
    assert find(browser, ".pages .count").text.startswith("第 2 页")
    find(browser, "#search").send_keys(uscc.lower())
    assert find(browser, "#list tbody tr").text.split()[:2] == [name, cls]
    assert "异议期限" in find(browser, ".notice").text
    method = find(browser, "#method").text
    assert not re.search(r"[{}]|undefined|null", method)
    shares = browser.execute_script("return SHARED.method.indicators.map(row => row.weights.enterprise)")
    assert {sum(row[region] for row in shares if row) for region in shares[0]} == {100}


def test_the_public_page_holds_public_columns_alone(browser: Chrome, sample: Outcome) -> None:
    open_page(browser, public(sample))
    tables = browser.execute_script("return PUBLIC")
    listed = tables.pop("enterprise_result")
    wanted = sample.rows("select uscc, enterprise_name, county_code, class from enterprise_result")
    assert sorted(map(tuple, listed), key=str) == sorted(wanted, key=str)
    for table, rows in tables.items():
        columns = {
            column
            for (column,) in sample.rows(
                "select column_name from column_dictionary "
                f"where table_name = '{table}' and sensitivity = 'public'"
            )
        }
        assert {name for row in rows for name in row} == columns, table
    text = public(sample).read_text(encoding="utf-8")
    assert "内部" not in re.sub(r"<style>.*?</style>|<script>.*?</script>", "", text, flags=re.DOTALL)


def test_every_link_leads_to_a_file(browser: Chrome, sample: Outcome) -> None:
    release = sample.home / "releases" / "2024" / "current"
    for page in (release / "site" / "index.html", public(sample), release / "checks" / "index.html"):
        open_page(browser, page)
        find(browser, "main section")
        ways = browser.execute_script(
            "return [...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))"
        )
        files = {unquote(way.partition("#")[0]) for way in ways} - {""}
        assert files
        assert [name for name in files if not (page.parent / name).exists()] == []
        others = [name for name in files if re.search(r"\d{4}/r\d{3}-", name)]
        assert bool(others) == (page.parent.name == "site")


AXE = resources.files("axe_playwright_python") / "axe.min.js"


def faults(browser: Chrome, rules: str) -> list[str]:
    """What axe-core finds on the page that is open, serious or critical, in which elements. Of a table the
    first rows stand for the others: contrast is looked at cell by cell."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        f"const options = {{resultTypes: ['violations'], preload: false{rules}}};"
        "axe.run({exclude: ['tbody tr:nth-child(n+4)']}, options).then(arguments[arguments.length - 1])"
    )
    return [
        f"{fault['id']} {fault['help']}: {[node['target'] for node in fault['nodes'][:3]]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("media", "rules"), [("screen", ""), ("print", ", runOnly: ['color-contrast']")])
def test_the_pages_can_be_used_by_everybody(
    browser: Chrome, site: Path, sample: Outcome, media: str, rules: str
) -> None:
    (uscc,) = county_rows(sample, "uscc")[1]
    release = sample.home / "releases" / "2024" / "current"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
    for page, anchor, drawn in (
        (site / "index.html", "", "main .stack"),
        (site / "county" / f"{COUNTY}.html", "", "main .scale"),
        (site / "county" / f"{COUNTY}.html", f"#{uscc}", "main .scale"),
        (release / "checks" / "index.html", "", "main details"),
        (public(sample), "", "main .stack"),
    ):
        open_page(browser, page, anchor)
        find(browser, drawn)
        assert faults(browser, rules) == [], page
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_every_county_has_its_page(site: Path, sample: Outcome) -> None:
    codes = {
        code
        for (code,) in sample.rows(
            "select county_code from enterprise_result union from (select county_code from county_result)"
        )
    }
    assert {path.stem for path in (site / "county").iterdir()} == codes
    assert codes < {path.stem for path in (site / "data").iterdir()}


def test_the_first_page_tells_what_moves_most_classes(browser: Chrome, site: Path, sample: Outcome) -> None:
    open_page(browser, site / "index.html")
    most = sample.row(
        """
        select sum(changed)::integer, max(label_zh)
        from scenario inner join code_list on subject = 'scenario' and code = scenario
        group by scenario order by sum(changed) / sum(classified) desc limit 1
        """
    )
    first = find(browser, "#firmness table tbody tr").text.split()
    assert (int(first[1]), first[0]) == most
    # Whoever holds a maximum alone is named where classes hang on it.
    holders = find(browser, "#firmness").find_elements(By.CSS_SELECTOR, "tbody a[href*='#9']")
    assert (
        len(holders)
        == sample.row(
            "select count(*) from (select county_code, scenario from scenario "
            "where starts_with(scenario, 'without_top') and changed > 0)"
        )[0]
    )


def changes_of(unit: Row, dice: Random) -> dict[str, float | None]:
    """One to three changed figures of a unit: scaled, none, nothing, or far beyond everybody's."""
    changes: dict[str, float | None] = {}
    for name in dice.sample([*AMOUNTS, "bonus", "deduction"], dice.randint(1, 3)):
        value = unit[name] or 100.0
        if name == "bonus":
            changes[name] = float(dice.choice([0, 2, 10]))
        elif name == "deduction":
            changes[name] = float(dice.randint(0, 5))
        else:
            scaled = round(value * dice.choice([0.5, 0.93, 1.07, 1.6, 30]), 6)
            changes[name] = dice.choice([scaled, scaled, scaled, scaled, 0.0, None])
    return changes


def test_the_calculator_computes_as_the_models_do(
    browser: Chrome, site: Path, sample: Outcome, tmp_path: Path
) -> None:
    columns = ", ".join((*AMOUNTS, "emissions"))
    units = rows_of(
        sample,
        f"select uscc, region, treatment, veto_reason, bonus, deduction, {columns} from enterprise_result "
        "where county_code = ? order by uscc",
    )
    for unit in units:  # whoever is vetoed has neither
        unit |= {name: float(unit[name] or 0) for name in ("bonus", "deduction")}
    (quotas,) = rows_of(sample, "select quota_a, quota_b, quota_c from class_count where county_code = ?")
    dice = Random(13)
    chosen = [dice.choice(units) for _ in range(100)]
    cases = [(unit["uscc"], changes_of(unit, dice)) for unit in chosen]
    # Besides, the values that the diagnosis says would lift a unit, and a hair less.
    lifting = rows_of(
        sample,
        """
        select uscc, class,
            case indicator when 'tax_per_mu' then 'tax' else 'rd_expenditure' end as figure,
            lifting_value * case indicator when 'tax_per_mu' then land_area_mu else revenue / 100 end as value
        from enterprise_diagnosis inner join enterprise_result using (year, county_code, uscc)
        where county_code = ? and indicator in ('tax_per_mu', 'rd_intensity') and lifting_value > 0
        """,
    )
    cases += [(row["uscc"], {row["figure"]: row["value"] * (1 + 1e-12)}) for row in lifting]
    cases += [(row["uscc"], {row["figure"]: row["value"] * (1 - 1e-6)}) for row in lifting]
    expected = computed(sample.home, tmp_path, units, quotas, cases)
    open_page(browser, site / "county" / f"{COUNTY}.html", f"#{units[0]['uscc']}")
    find(browser, ".calculator input")
    found = browser.execute_script(
        """
        const [cases, quotas] = arguments;
        return cases.map(([uscc, changes]) => CALC.group(UNITS, uscc, changes, quotas).units
          .map((unit) => [unit.uscc, unit.total_score, unit.rank, unit.class]));
        """,
        cases,
        list(quotas.values()),
    )
    for case, moved, told in zip(cases, expected, found, strict=True):
        assert {uscc: (total, rank, cls) for uscc, total, rank, cls in told} == moved, case
    assert lifting
    for number, row in enumerate(lifting, start=len(chosen)):
        assert expected[number][row["uscc"]][2] < row["class"], row
        assert expected[number + len(lifting)][row["uscc"]][2] == row["class"], row


def test_what_has_to_be_reached_is_never_shown_a_trace_lower(
    browser: Chrome, site: Path, sample: Outcome
) -> None:
    lifting = rows_of(
        sample,
        "select uscc, indicator, lifting_value from enterprise_diagnosis "
        "where county_code = ? and lifting_value is not null order by uscc, indicator",
    )
    open_page(browser, site / "county" / f"{COUNTY}.html")
    shown = browser.execute_script(
        """
        return UNITS.flatMap((unit) => behind("enterprise_diagnosis", unit)
          .filter((row) => row.lifting_value !== null)
          .map((row) => [unit.uscc, row.indicator, least(row.lifting_value)])).sort();
        """
    )
    assert [(uscc, indicator) for uscc, indicator, _ in shown] == [
        (row["uscc"], row["indicator"]) for row in lifting
    ]
    for row, (_, _, figure) in zip(lifting, shown, strict=True):
        assert row["lifting_value"] <= float(figure.replace(",", "")) <= row["lifting_value"] * 1.01 + 1e-4


def test_what_is_typed_is_computed_at_once(browser: Chrome, site: Path, sample: Outcome) -> None:
    uscc, total, value = sample.row(
        f"select uscc, total_score, tax from enterprise_result where county_code = '{COUNTY}' "
        "and class = 'C' order by rank limit 1"
    )
    open_page(browser, site / "county" / f"{COUNTY}.html", f"#{uscc}")
    tax = find(browser, ".calculator input[name=tax]")
    result = find(browser, ".calc-result")
    assert f"{total:.4f}" in result.text
    tax.clear()
    tax.send_keys(f"{value * 2:,.2f}")
    assert f"{total:.4f} → " in result.text
    assert "C → " in result.text
    tax.send_keys("abc")
    assert "税收的数值不可用" in result.text
