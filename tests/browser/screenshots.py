"""Pictures of every page of the dashboard on the demo city, 1366 x 768, by one command:

    cargo build --release && python3 tests/browser/screenshots.py --program target/release/shangzhi --out pictures

Makes the demo in a folder of its own, starts the server, signs in as each role, follows the links, and takes each kind of page
once, in Chinese and in English: NAME.png is what a screen shows first, NAME.whole.png all of the page. With --demo FOLDER a demo
that is there is served.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from visit import NO_BROWSER, SIZE, Visitor, accounts_of, say, there_is_a_browser

# What is looked for on the page of enterprises: a part of the codes of the demo, and of its names.
SEARCHES = {"by-code": "91500103", "by-name": "合成企业1"}
# The pages that must be among the pictures, in both languages.
PAGES = {
    "city": "overview targets loans loans-of-district loan-list loan quality risk banks bridge subsidies compensation benefits inclusive "
    "grades health issues objections imports review case act propose bulletin enterprise enterprise-of-found account",
    "district": "overview loans loan-list loan inclusive grades health issues objections review case act propose enterprise account",
    "auditor": "overview inclusive grades health issues objections imports review case people enterprise account",
    "operator": "people account",
}
# Where links of a role begin.
FIRST = {"city": "/overview", "district": "/overview", "auditor": "/account", "operator": "/account"}
AS_OF = "2025-12-31"


def served(program, demo):
    """The server of a demo on ports that are free; its process, the address of the pages, and the codes of the ledger."""
    text = (demo / "shangzhi.toml").read_text()
    text = re.sub(r'^listen = "127.0.0.1:\d+"', 'listen = "127.0.0.1:0"', text, flags=re.MULTILINE)
    text = re.sub(r'^metrics_listen = .*$', "", text, flags=re.MULTILINE)
    # The ledger of the demo knows codes alone: names are made of the numbers of its enterprises.
    codes = sorted(set(re.findall(rb"9150[0-9A-Z]{14}", (demo / "ledger.db").read_bytes())))
    rows = [f"{code.decode()},合成企业{nth}" for nth, code in enumerate(codes, 1)]
    names = (demo / "names.csv").resolve()
    names.write_text("\n".join(["credit_code,name", *rows]) + "\n")
    text = text.replace('# names = "names.csv"', f'names = "{names}"')
    config = demo / "pictures.toml"
    config.write_text(text)
    server = subprocess.Popen([program, "serve", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in server.stdout:
        if line.startswith("dashboard at "):
            return server, line.split()[-1].rstrip("/"), [code.decode() for code in codes]
    raise SystemExit("the server of the demo does not start")


def take(visitor, out, name):
    visitor.driver.save_screenshot(str(out / f"{name}.png"))
    height = visitor.driver.execute_script("return document.documentElement.scrollHeight")
    if height > SIZE[1]:
        visitor.size(SIZE[0], min(height, 8_000))
        visitor.driver.save_screenshot(str(out / f"{name}.whole.png"))
        visitor.size(*SIZE)
    say(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the program, built")
    parser.add_argument("--out", required=True, type=Path, help="folder for the pictures")
    parser.add_argument("--demo", type=Path, help="a demo that is there [default: one is made]")
    parser.add_argument("--roles", default="city,district,auditor,operator")
    args = parser.parse_args()
    if not there_is_a_browser():
        sys.exit(NO_BROWSER)
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = args.demo or Path(folder) / "demo"
        if not args.demo:
            subprocess.run([args.program, "demo", "--out", demo], check=True, stdout=subprocess.DEVNULL)
        server, address, codes = served(args.program, demo)
        try:
            with Visitor(address) as visitor:
                visitor.open("/sign-in")
                take(visitor, args.out, "sign-in")
            for account in accounts_of(demo / "accounts.txt"):
                if account["role"] not in args.roles.split(","):
                    continue
                with Visitor(address) as visitor:
                    first = f"{FIRST[account['role']]}?as_of={AS_OF}"
                    visitor.sign_in(account, first)
                    taken = set()
                    for kind, _ in visitor.pages(first):
                        take(visitor, args.out, f"{account['role']}.{kind}")
                        taken.add(kind)
                    if "enterprise" in taken:
                        for name, text in SEARCHES.items():
                            visitor.open(f"/enterprise?search={text}&as_of={AS_OF}")
                            take(visitor, args.out, f"{account['role']}.enterprise-{name}")
                        # The demo rates the first enterprises by their codes.
                        for lang in ("", "-en"):
                            visitor.open(f"/enterprise?enterprise={codes[0]}&as_of={AS_OF}&lang={lang.strip('-')}")
                            take(visitor, args.out, f"{account['role']}.enterprise-rated{lang}")
                    wanted = PAGES[account["role"]].split()
                    missing = [page for page in wanted + [f"{page}-en" for page in wanted] if page not in taken]
                    if missing:
                        sys.exit(f"no link of {account['role']} leads to {', '.join(missing)}")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
