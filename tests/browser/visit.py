"""A browser that visits the dashboard: headless Chromium with its driver, as Debian has them.

Needs the packages of requirements.txt. Nothing is loaded from elsewhere: the driver is the one on the PATH.
"""

import importlib.util
import json
import os
import shutil
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

# Said in one line where there is none; whoever calls leaves the tests out then.
NO_BROWSER = "the browser tests are LEFT OUT: no chromium with chromedriver on the PATH (apt-get install chromium chromium-driver chromium-l10n)"
SIZE = (1366, 768)


def there_is_a_browser():
    return all(shutil.which(name) for name in ("chromium", "chromedriver"))


def accounts_of(path):
    """Name, password, role and district of each account, as the demo writes them."""
    lines = [line for line in Path(path).read_text().splitlines() if not line.startswith("#")]
    return [dict(zip(("name", "password", "role", "district"), line.split("\t"))) for line in lines]


class Visitor:
    """One browser, and who is signed in there."""

    def __init__(self, address, scripts=True, downloads=None):
        from selenium import webdriver

        self.address = address.rstrip("/")
        options = webdriver.ChromeOptions()
        for flag in ("headless=new", "no-sandbox", "disable-gpu", "no-first-run", "disable-dev-shm-usage", "hide-scrollbars",
                     "disable-background-networking", "disable-component-update", "disable-sync", "lang=zh-CN",
                     # Whatever is not the dashboard is not there: a page that loads something from elsewhere fails to.
                     "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):
            options.add_argument(f"--{flag}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        options.binary_location = shutil.which("chromium")
        prefs = {"download.default_directory": str(downloads)} if downloads else {}
        if not scripts:
            prefs["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", prefs)
        # Fields of dates are in the browser's own language, which this says where chromium-l10n is there.
        service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"), env={**os.environ, "LANGUAGE": "zh_CN"})
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(300)
        self.size(*SIZE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def size(self, width, height):
        """The size of what is seen, not of the window around it."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, way):
        self.driver.get(way if way.startswith("http") else self.address + way)

    def way(self):
        """Where the browser is, without the host."""
        return self.driver.current_url.removeprefix(self.address)

    def until(self, what, why):
        """Waits some seconds for something to be so: a key that sends a form is not waited for by the driver."""
        begun = time.monotonic()
        while not what():
            assert time.monotonic() - begun < 60, f"{why}: {self.way()}"
            time.sleep(0.05)

    def find(self, css):
        return self.driver.find_element("css selector", css)

    def follow(self, link):
        """Clicks and waits for the page that comes: without scripts the driver does not."""
        from selenium.common.exceptions import WebDriverException

        def came():
            try:
                return self.find("html").id != before
            except WebDriverException:
                return False

        before = self.find("html").id
        link.click()
        self.until(came, "a click leads nowhere")

    def all(self, css):
        return self.driver.find_elements("css selector", css)

    def sign_in(self, account, then="/overview"):
        self.open(then)
        assert self.way().startswith("/sign-in"), self.way()
        self.find("input[name=name]").send_keys(account["name"])
        self.find("input[name=password]").send_keys(account["password"])
        self.follow(self.find("form.sign-in button"))
        assert not self.way().startswith("/sign-in"), self.find("body").text

    def links(self):
        """Addresses on the page that lead to pages of the dashboard, files apart."""
        found = []
        for link in self.all("a[href]"):
            href = link.get_attribute("href")
            if href.startswith(self.address + "/") and not href.startswith((self.address + "/export/", self.address + "/api/")):
                found.append(href.removeprefix(self.address).split("#")[0])
        return found

    def pages(self, *first):
        """Opens every page that links lead to from `first` on, each kind once, and gives its name and its address.

        The list of pages is the dashboard's own: a page that is added is visited.
        """
        waiting, seen = list(first), set()
        while waiting:
            way = waiting.pop(0)
            kind = kind_of(way)
            if kind in seen:
                continue
            seen.add(kind)
            self.open(way)
            yield kind, way
            waiting.extend(self.links())


def kind_of(way):
    """The name of a page: its path, what it is held to, its language."""
    parts = urlsplit(way)
    query = dict(parse_qsl(parts.query))
    path = parts.path.strip("/") or "overview"
    # What a page is held to makes another page of it on the way from a district to a loan only.
    held = [key for key in ("district", "bank") if key in query and path == "loans"]
    if path == "enterprise" and "enterprise" in query:
        held.append("found")
    if path == "sign-in":
        return path
    return "-".join([path] + (["of"] + held if held else []) + (["en"] if query.get("lang") == "en" else []))


def axe_faults(driver):
    """What axe-core finds on the page that is serious or critical: rule, where, why."""
    # The package is not imported: it would ask for another driver. Its copy of axe-core is what is wanted.
    package = importlib.util.find_spec("axe_playwright_python").submodule_search_locations[0]
    driver.execute_script((Path(package) / "axe.min.js").read_text())
    found = driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        # Rows of a table are alike: the first ones stand for all.
        "axe.run({exclude: [['tbody tr:nth-of-type(n+16)']]}, {resultTypes: ['violations']}).then(r => done(JSON.stringify(r.violations)), e => done('\"' + e + '\"'));"
    )
    faults = json.loads(found)
    assert isinstance(faults, list), faults
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for fault in faults
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def say(text):
    print(text, flush=True)


def fail(text):
    sys.exit(f"FAILED: {text}")
