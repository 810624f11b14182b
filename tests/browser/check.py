"""End-to-end checks of the dashboard in a real browser, with scripts on and off.

    python check.py --at http://127.0.0.1:8480 --accounts demo/accounts.txt --as-of 2025-12-31

Signs in, drills from a district to a loan, changes day and language, exports, prints to PDF, and asks axe-core about every page
that links lead to. Needs a city with loans; ends with code 1 at the first fault, and says in one line where there is no browser.
"""

import argparse
import csv
import io
import re
import sys
import tempfile
import time
import unicodedata
import zipfile
from datetime import date, timedelta
from pathlib import Path

from visit import NO_BROWSER, Visitor, accounts_of, axe_faults, say, there_is_a_browser

# Tables of which a part lies beside the screen.
SIDEWAYS = """return [...document.querySelectorAll(".table")].filter(t => t.scrollWidth > t.clientWidth + 1)
    .map(t => t.querySelector("table").id + " " + t.scrollWidth + " in " + t.clientWidth)"""
# A4 lying, in points.
A4 = (842, 595)


def fen(cell):
    """The exact value behind a number that is shown."""
    return cell.find_element("css selector", "data").get_attribute("value")


def column(visitor, table, name):
    """The place of a column among the values of a table's rows."""
    headings = [h.text.strip() for h in visitor.all(f"#{table} thead th")]
    keys = len(visitor.all(f"#{table} tbody tr:first-child th"))
    return headings.index(name) - keys


def drill(visitor, as_of):
    """From the city's overview to one loan, a click each; each list adds up to the row that led to it; and the way back."""
    # From the first of the year that has the most: lists of loans count the same period.
    visitor.open(f"/overview?as_of={as_of}")
    districts = visitor.all("#table-districts tbody th a")
    assert districts, "the overview has no districts"
    names = [d.text for d in districts]
    for nth, name in enumerate(names):
        visitor.follow(visitor.all("#table-districts tbody th a")[nth])
        assert visitor.way().startswith("/loans?") and name in visitor.find("h1").text, visitor.way()
        if visitor.all("#table-lending tbody th a"):
            break
        visitor.driver.back()
    else:
        raise AssertionError("no district leads to a bank")
    at = column(visitor, "table-lending", "放款金额（毛额）")
    row = visitor.find("#table-lending tbody tr")
    bank, expected = row.find_element("css selector", "th").text, fen(row.find_elements("css selector", "td")[at])
    visitor.follow(row.find_element("css selector", "th a"))
    assert visitor.way().startswith("/loan-list?"), visitor.way()
    at = column(visitor, "table-loans", "放款金额（毛额）")
    total = visitor.all("#table-loans tfoot td")[at]
    assert fen(total) == expected, f"{bank}: the list adds up to {fen(total)}, the row says {expected}"
    number = visitor.find("#table-loans tbody th a").text
    visitor.follow(visitor.find("#table-loans tbody th a"))
    assert visitor.way().startswith("/loan?") and visitor.find("#table-moves tbody tr"), visitor.way()
    way = [link.text for link in visitor.all("nav.way li")]
    assert len(way) == 4 and number in way[3] and bank in way[2], way
    visitor.follow(visitor.all("nav.way li a")[1])
    assert visitor.way().startswith("/loans?") and name in visitor.find("h1").text, visitor.way()
    assert f"as_of={as_of}" in visitor.way(), "the way loses the day"


def change_the_day(visitor, as_of):
    """The form changes the day and nothing else; the page says which day it is of."""
    visitor.open(f"/loans?as_of={as_of}&by=bank")
    before = (date.fromisoformat(as_of) - timedelta(days=40)).isoformat()
    field = visitor.find("input[name=as_of]")
    visitor.driver.execute_script("arguments[0].value = arguments[1]", field, before)
    visitor.follow(visitor.find("form.filters button"))
    assert f"as_of={before}" in visitor.way() and "by=bank" in visitor.way(), visitor.way()
    shown = [d.text for d in visitor.all("dl.state dd")]
    assert shown[0] == before, shown
    # A past recorded time is the same page for good.
    visitor.follow(visitor.all("section.files p a")[0])
    lasting = visitor.driver.page_source
    assert "recorded_at=" in visitor.way(), visitor.way()
    visitor.driver.refresh()
    assert visitor.driver.page_source == lasting, "a lasting address shows another page"


def change_the_language(visitor, as_of):
    """The other language is a link to the same state, and all of the page is in it."""
    visitor.open(f"/loans?as_of={as_of}&by=district")
    figures = [d.get_attribute("value") for d in visitor.all("td data")]
    visitor.follow(visitor.find("header a[lang=en]"))
    assert visitor.find("html").get_attribute("lang") == "en" and f"as_of={as_of}" in visitor.way(), visitor.way()
    assert [d.get_attribute("value") for d in visitor.all("td data")] == figures, "another language, other figures"
    left = [w for w in re.findall("[一-鿿]+", visitor.find("body").text) if w not in ("中文",)]
    person = visitor.find("header .who a").text
    assert all(word in person for word in left), f"Chinese on the English page: {left[:5]}"
    visitor.follow(visitor.find("header a[lang=zh-CN]"))
    assert visitor.find("html").get_attribute("lang") == "zh-CN"


def taken(folder, name):
    """A file that a click has brought, once it is whole."""
    begun = time.monotonic()
    while time.monotonic() - begun < 30:
        found = [f for f in Path(folder).iterdir() if f.name.endswith(name) and f.stat().st_size]
        if found:
            data = found[0].read_bytes()
            found[0].unlink()
            return data
        time.sleep(0.1)
    raise AssertionError(f"no file {name} came: {[f.name for f in Path(folder).iterdir()]}")


def export(visitor, folder, as_of):
    """A click brings the table as it is shown: text, workbook, and the bulletin in two clicks from any page."""
    from openpyxl import load_workbook

    visitor.open(f"/loans?as_of={as_of}&by=district")
    shown = [d.get_attribute("value") for d in visitor.all("#table-lending tbody td:nth-of-type(4) data")]
    visitor.find("section.files a[href*='.lending.csv']").click()
    text = taken(folder, ".csv")
    assert text.startswith(b"\xef\xbb\xbf"), "no mark of UTF-8"
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert [f"{int(r[4].replace('.', ''))}fen" for r in rows[1:-1]] == shown, "the text file says otherwise"
    visitor.find("section.files a[href*='.xlsx']").click()
    book = load_workbook(io.BytesIO(taken(folder, ".xlsx")))
    sheet = book.worksheets[0]
    cells = [sheet.cell(row, 5).value for row in range(2, 2 + len(shown))]
    assert [f"{round(c * 100)}fen" for c in cells] == shown, "the workbook says otherwise"
    assert sheet.freeze_panes and len(book.worksheets) > 2
    visitor.follow(visitor.find("nav.sections a[href^='/bulletin']"))
    visitor.find("section.files a[href*='.docx']").click()
    document = zipfile.ZipFile(io.BytesIO(taken(folder, ".docx")))
    assert any(n.startswith("word/media/") for n in document.namelist()), "the bulletin has no picture"


def print_to_pdf(visitor, as_of):
    """A4, numbered, headings of tables on each page, and nothing that is for the screen alone."""
    import base64

    from pypdf import PdfReader

    visitor.open(f"/overview?as_of={as_of}")
    made = visitor.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
    pages = PdfReader(io.BytesIO(base64.b64decode(made["data"]))).pages
    # Characters of one shape are one.
    texts = [unicodedata.normalize("NFKC", page.extract_text()) for page in pages]
    assert len(pages) > 1, "one page holds all"
    for nth, (page, text) in enumerate(zip(pages, texts), 1):
        size = (round(float(page.mediabox.width)), round(float(page.mediabox.height)))
        assert size == A4, f"page {nth} is {size}"
        assert re.search(rf"{nth}\s*/\s*{len(pages)}", text), f"page {nth} has no number: {text[-80:]!r}"
    whole = "\n".join(texts)
    assert as_of in whole and "数据截至" in whole, whole[:200]
    assert "跳到正文" not in whole and "固定链接" not in whole, "what is for the screen is printed"


def keyboard(visitor, account, as_of):
    """Without a mouse: the form is filled in and sent, the first stop leads past the navigation, and focus is always seen."""
    from selenium.webdriver.common.keys import Keys

    def press(*keys):
        visitor.driver.switch_to.active_element.send_keys(*keys)

    visitor.open(f"/overview?as_of={as_of}")
    # The name has the focus when the page comes.
    press(account["name"], Keys.TAB)
    press(account["password"], Keys.ENTER)
    visitor.until(lambda: visitor.way().startswith("/overview"), "the form was not sent by its key")
    visitor.find("body").send_keys(Keys.TAB)
    skip = visitor.driver.switch_to.active_element
    assert skip.get_attribute("class") == "skip" and skip.rect["x"] >= 0, "the first stop is not the way to the content"
    stops = []
    for _ in range(40):
        press(Keys.TAB)
        now = visitor.driver.switch_to.active_element
        outline = now.value_of_css_property("outline-style"), now.value_of_css_property("outline-width")
        assert outline[0] not in ("none", "") and outline[1] not in ("0px", "1px"), f"focus is not seen: {now.get_attribute('outerHTML')[:120]}"
        stops.append(now.tag_name)
    assert {"a", "input", "select", "button", "div"} <= set(stops), f"not all can be reached: {set(stops)}"


def every_page(visitor, first, asked):
    """No page wider than the screen, nothing asked from elsewhere, headings in order; axe-core on each path once."""
    count = 0
    for kind, way in visitor.pages(*first):
        path = visitor.way().split("?")[0]
        if path not in asked:
            asked.add(path)
            faults = axe_faults(visitor.driver)
            assert not faults, f"{way}:\n" + "\n".join(faults[:5])
        for width in (1366, 640):
            visitor.size(width, 768)
            wide = visitor.driver.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, f"{way} is {wide} wide on a screen of {width}"
            if width == 1366:
                hidden = visitor.driver.execute_script(SIDEWAYS)
                assert not hidden, f"{way}: {', '.join(hidden)} can not be seen without scrolling sideways"
        visitor.size(1366, 768)
        levels = [int(h.tag_name[1]) for h in visitor.all("h1, h2, h3, h4")]
        steps = list(zip([0] + levels, levels))
        assert levels.count(1) == 1 and all(b <= a + 1 for a, b in steps), f"{way}: headings {levels}"
        # A page that is not there says so; all else that a browser complains of is a fault.
        own = visitor.driver.current_url
        said = [e["message"] for e in visitor.driver.get_log("browser") if not e["message"].startswith(own)]
        assert not said, f"{way}: {said}"
        count += 1
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", required=True, help="address of the dashboard")
    parser.add_argument("--accounts", required=True, help="file of accounts, as the demo writes it")
    parser.add_argument("--as-of", required=True, help="a day with loans before it")
    args = parser.parse_args()
    if not there_is_a_browser():
        say(NO_BROWSER)
        return
    accounts = {a["role"]: a for a in accounts_of(args.accounts)}
    city, overview, asked = accounts["city"], f"/overview?as_of={args.as_of}", set()
    with Visitor(args.at) as visitor:
        say(f"nobody: {every_page(visitor, ['/sign-in', '/nothing/there'], asked)} pages without a serious fault")
    for scripts in (True, False):
        with tempfile.TemporaryDirectory() as folder, Visitor(args.at, scripts, folder) as visitor:
            keyboard(visitor, city, args.as_of)
            drill(visitor, args.as_of)
            change_the_day(visitor, args.as_of)
            change_the_language(visitor, args.as_of)
            export(visitor, folder, args.as_of)
            print_to_pdf(visitor, args.as_of)
            say(f"scripts {'on' if scripts else 'off'}: signed in, drilled down, day, language, export, print: as they should be")
            if scripts:
                say(f"city: {every_page(visitor, [overview], asked)} pages without a serious fault")
    for role in ("auditor", "operator"):
        with Visitor(args.at) as visitor:
            visitor.sign_in(accounts[role], "/account")
            say(f"{role}: {every_page(visitor, ['/account'], asked)} pages without a serious fault")
    with Visitor(args.at) as visitor:
        visitor.sign_in(accounts["district"], overview)
        say(f"district: {every_page(visitor, [overview], asked)} pages without a serious fault")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as e:
        sys.exit(f"FAILED: {e}")
