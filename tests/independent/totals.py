"""Computes the totals of a ledger again, from its raw events, and compares every figure with the program's.

It shares no code with the program: it reads the events of a SQLite ledger as JSON, leaves out what was reversed, and walks
over what is left for every figure of every row. Exit code: 0 when all is equal, 1 when something differs.

    python tests/independent/totals.py --program target/release/shangzhi --ledger ledger.db
"""

import argparse
import datetime as dt
import json
import random
import sqlite3
import subprocess
import sys
from collections import defaultdict
from fractions import Fraction

ATTRIBUTES = ["district", "bank", "industry", "size", "grade", "product", "tool", "zone"]
# Sections of GB/T 4754-2017 stand in front of the division in the events.
REASONS = ["rating_too_low", "negative_list", "negative_credit", "over_indebted", "no_line_left", "industry", "documents",
           "cashflow", "other"]
BAD = {"substandard", "doubtful", "loss"}


def day(text):
    return dt.date.fromisoformat(text)


def month_end(text):
    year, month = map(int, text.split("-"))
    return (dt.date(year + month // 12, month % 12 + 1, 1)) - dt.timedelta(1)


class Loan:
    def __init__(self, dims, enterprise, requested):
        self.applied = self.dims = dims
        self.enterprise, self.requested = enterprise, requested
        self.granted = None
        self.rate = 0
        self.moves, self.plans, self.statuses = [], [], []

    def owed(self, on):
        return sum(lent - back - off for d, lent, back, off in self.moves if d <= on)

    def past_due(self, on):
        plans = [p for p in self.plans if p[0] <= on]
        if not plans:
            return 0
        paid = sum(back for d, _, back, _ in self.moves if d <= on)
        for due, fen in max(plans, key=lambda p: p[:2])[2]:
            if due >= on:
                break
            paid -= fen
            if paid < 0:
                return (on - due).days
        return 0

    def bad_class(self, on):
        known = [s for s in self.statuses if s[0] <= on]
        return bool(known) and max(known, key=lambda s: s[:2])[2] in BAD


class Ledger:
    """Facts as (day, what, dims, fen, beside, enterprise), and loans."""

    def __init__(self, rows, until):
        rows = [r for r in rows if r[1] <= until]
        gone = {e["body"]["reversal"]["of"] for _, _, e, _ in rows if "reversal" in e["body"]}
        self.facts, self.loans, self.at = [], [], {}
        self.ratings, self.subjects = {}, {}
        for seq, _, event, packed in rows:
            if seq not in gone:
                (kind, body), = event["body"].items()
                take = getattr(self, "on_" + kind, None)
                if take:
                    take(seq, day(event["effective_on"]), body, packed)
        firsts = {}
        for loan in self.loans:
            paid = [d for d, lent, _, _ in loan.moves if lent > 0]
            if paid:
                self.tell(min(paid), "first paid", loan.dims, 0, None, loan.enterprise)
                this = (min(paid), loan.granted, loan.dims)
                firsts[loan.enterprise] = min(firsts.get(loan.enterprise, this), this, key=lambda f: f[:2])
        for enterprise, (on, _, dims) in firsts.items():
            self.tell(on, "first seen", dims, 0, None, enterprise)

    def tell(self, on, what, dims, fen, beside, enterprise):
        self.facts.append((on, what, dims, fen, beside, enterprise))

    def under(self, dims, tool):
        return dims[:6] + (tool,) + dims[7:]

    def on_rating(self, seq, on, body, packed):
        if "issued" in body["did"]:
            issued = body["did"]["issued"]
            self.ratings[body["rating"]] = (issued["grade"], issued["recommended_fen"])

    def on_loan(self, seq, on, body, packed):
        name, did = (body["bank"], body["loan"]), body["did"]
        kind, what = (did, {}) if isinstance(did, str) else next(iter(did.items()))
        if kind == "applied":
            p = what["profile"]
            dims = (p["district"], body["bank"], p["industry"][0], p["size"] or "", "", what["product"], what["scheme"],
                    p.get("zone") or "")
            self.at[name] = loan = Loan(dims, p["enterprise"], what["requested_fen"])
            self.loans.append(loan)
            self.tell(on, "applied", dims, loan.requested, None, loan.enterprise)
            return
        loan = self.at[name]
        tell = lambda what, dims, fen, beside=None: self.tell(on, what, dims, fen, beside, loan.enterprise)
        if kind == "declined":
            tell("declined", loan.applied, loan.requested, what["reason"])
        elif kind == "withdrawn":
            tell("withdrawn", loan.dims, 0)
        elif kind == "granted":
            grade, line = self.ratings[what["rating"]] if what["rating"] else ("", None)
            dims = (what["district"] or loan.applied[0],) + loan.applied[1:4] + (grade,) + loan.applied[5:]
            loan.dims, loan.granted, loan.rate = dims, seq, what["annual_rate_ppm"]
            tell("granted", dims, what["amount_fen"], line)
        elif kind == "disbursed":
            loan.moves.append((on, what["amount_fen"], 0, 0))
            tell("disbursed", loan.dims, what["amount_fen"], loan.rate)
            if loan.dims[6] == "commercial_value":
                tell("quota accrued", self.under(loan.dims, "risk_compensation"), what["amount_fen"] * 2 // 100)
        elif kind == "scheduled":
            loan.plans.append((on, seq, [(day(i["due_on"]), i["principal_fen"]) for i in what["instalments"]]))
        elif kind == "repaid":
            loan.moves.append((on, 0, what["principal_fen"], 0))
            tell("repaid", loan.dims, what["principal_fen"])
        elif kind == "renewed":
            loan.moves.append((on, 0, what["part_fen"], 0))
            tell("renewed", loan.dims, what["part_fen"])
            tell("refinanced", self.at[(body["bank"], what["new_loan"])].dims, what["part_fen"])
        elif kind == "written_off":
            loan.moves.append((on, 0, 0, what["principal_fen"]))
            tell("written off", loan.dims, what["principal_fen"])
        elif kind == "recovered":
            tell("recovered", loan.dims, what["principal_fen"])
        elif kind == "status":
            loan.statuses.append((month_end(what["month"]), seq, what["category"]))

    def on_guarantee(self, seq, on, body, packed):
        key, did = ("guarantee", body["guarantor"], body["guarantee"]), body["did"]
        if did == "released":
            loan, dims, fen = self.subjects[key]
            self.tell(on, "guarantee ended", dims, fen, None, loan.enterprise)
        else:
            loan = self.at[(did["issued"]["bank"], did["issued"]["loan"])]
            self.subjects[key] = (loan, loan.dims, did["issued"]["amount_fen"])
            self.tell(on, "guaranteed", loan.dims, did["issued"]["amount_fen"], None, loan.enterprise)

    def on_subsidy(self, seq, on, body, packed):
        key, did = ("subsidy", body["guarantor"], body["subsidy"]), body["did"]
        if "claimed" in did and not isinstance(did, str):
            loan = self.subjects[("guarantee", body["guarantor"], did["claimed"]["guarantee"])][0]
            self.subjects[key] = (loan, self.under(loan.dims, "guarantee_fee"), did["claimed"]["amount_fen"])
            return
        loan, dims, fen = self.subjects[key]
        if did in ("approved", "paid"):
            self.tell(on, "subsidy " + did, dims, fen, None, loan.enterprise)
        else:
            self.tell(on, "subsidy clawed back", dims, did["clawed_back"]["amount_fen"], None, loan.enterprise)

    def on_claim(self, seq, on, body, packed):
        key, did = ("claim", body["bank"], body["claim"]), body["did"]
        if not isinstance(did, str) and "claimed" in did:
            loan = self.at[(body["bank"], did["claimed"]["loan"])]
            dims, fen = self.under(loan.dims, "risk_compensation"), did["claimed"]["loss_fen"]
            self.subjects[key] = (loan, dims, fen)
            self.tell(on, "claimed", dims, fen, None, loan.enterprise)
            return
        loan, dims, _ = self.subjects[key]
        tell = lambda what, fen: self.tell(on, what, dims, fen, None, loan.enterprise)
        quota = loan.dims[6] == "commercial_value"
        if did == "paid_out":
            fen = sum(amount for account, amount in postings(packed) if account == "compensation")
            tell("compensated", fen)
            if quota:
                tell("quota used", fen)
        elif "recovered" in did:
            tell("compensation recovered", did["recovered"]["amount_fen"])
            if quota:
                tell("quota recovered", did["recovered"]["amount_fen"])
        elif "clawed_back" in did:
            tell("compensation clawed back", did["clawed_back"]["amount_fen"])
            if quota:
                tell("quota used", -did["clawed_back"]["amount_fen"])

    def on_bridge(self, seq, on, body, packed):
        key, did = ("bridge", body["bank"], body["bridge"]), body["did"]
        kind, what = (did, {}) if isinstance(did, str) else next(iter(did.items()))
        if kind == "applied":
            dims = (what["district"], body["bank"], "", "", "", "", "bridge_loan", "")
            self.subjects[key] = (what["enterprise"], dims, what["amount_fen"])
            return
        enterprise, dims, fen = self.subjects[key]
        if kind in ("released", "returned", "overdue_noted", "fee_charged"):
            self.tell(on, "bridge " + kind, dims, what.get("amount_fen", fen), None, enterprise)

    def on_benefit(self, seq, on, body, packed):
        key, did = ("benefit", body["benefit"]), body["did"]
        kind, what = (did, {}) if isinstance(did, str) else next(iter(did.items()))
        if kind == "proposed":
            self.subjects[key] = (what["enterprise"], (what["district"], "", "", "", "", "", what["tool"], ""), what["amount_fen"])
            return
        enterprise, dims, fen = self.subjects[key]
        self.tell(on, "benefit " + kind, dims, fen, None, enterprise)

    def figures(self, counts, first, last):
        facts = [f for f in self.facts if f[0] <= last and counts(f[2])]
        of = defaultdict(list)
        for f in facts:
            if first <= f[0]:
                of[f[1]].append(f)
        fen = lambda what: sum(f[3] for f in of[what])
        ever = lambda what: sum(f[3] for f in facts if f[1] == what)
        loans = [(l, l.owed(last)) for l in self.loans if counts(l.dims)]
        loans = [(l, owed) for l, owed in loans if owed > 0]
        late = [(l.past_due(last), owed) for l, owed in loans]
        between = lambda lo, hi=10**9: sum(owed for days, owed in late if lo <= days <= hi)
        ratio = lambda a, b: Fraction(a, b) if b > 0 else None
        balance, bad = sum(owed for _, owed in loans), between(91)
        classed = sum(owed for l, owed in loans if l.bad_class(last))
        off = ever("written off") - ever("recovered")
        stood = ever("compensated") - ever("compensation recovered") - ever("compensation clawed back")
        lines = [f for f in of["granted"] if f[4] is not None]
        line = sum(f[4] for f in lines)
        found = {
            "applied_count": len(of["applied"]), "applied": fen("applied"),
            "declined_count": len(of["declined"]), "declined": fen("declined"),
            "withdrawn_count": len(of["withdrawn"]),
            "granted_count": len(of["granted"]), "granted": fen("granted"),
            "disbursed": fen("disbursed"), "payouts": len(of["disbursed"]), "firm_times": len(of["first paid"]),
            "enterprises_served": len({f[5] for f in of["disbursed"]}), "first_seen": len(of["first seen"]),
            "refinanced": fen("refinanced"), "net_new_financing": fen("disbursed") - fen("refinanced"),
            "balance_change": fen("disbursed") - fen("repaid") - fen("renewed") - fen("written off"),
            "repaid": fen("repaid"), "renewed": fen("renewed"), "written_off": fen("written off"), "recovered": fen("recovered"),
            "mean_rate": ratio(sum(f[3] * f[4] for f in of["disbursed"]), fen("disbursed") * 10**6),
            "deviation_absolute": ratio(sum(abs(f[3] - f[4]) for f in lines), line),
            "deviation_signed": ratio(sum(f[3] - f[4] for f in lines), line),
            "balance": balance, "borrowers_with_balance": len({l.enterprise for l, _ in loans}),
            "overdue": between(1), "overdue_1_30": between(1, 30), "overdue_31_60": between(31, 60),
            "overdue_61_90": between(61, 90), "overdue_91_180": between(91, 180), "overdue_over_180": between(181),
            "overdue_ratio": ratio(between(1), balance), "non_performing": bad, "non_performing_ratio": ratio(bad, balance),
            "non_performing_by_class": classed, "non_performing_by_class_ratio": ratio(classed, balance),
            "written_off_standing": off, "non_performing_with_write_offs": bad + off,
            "non_performing_with_write_offs_ratio": ratio(bad + off, balance + off),
            "non_performing_after_compensation": bad + off - stood,
            "non_performing_after_compensation_ratio": ratio(bad + off - stood, balance + off),
            "claim_count": len(of["claimed"]), "claimed": fen("claimed"),
            "compensated_count": len(of["compensated"]), "compensated": fen("compensated"),
            "compensation_recovered": fen("compensation recovered"),
            "compensation_clawed_back": fen("compensation clawed back"),
            "quota_accrued": fen("quota accrued"), "quota_used": fen("quota used"), "quota_recovered": fen("quota recovered"),
            "subsidies_approved": fen("subsidy approved"), "subsidies_paid": fen("subsidy paid"),
            "subsidies_clawed_back": fen("subsidy clawed back"),
            "guarantees_standing": ever("guaranteed") - ever("guarantee ended"),
            "bridge_deals": len(of["bridge released"]), "bridge_released": fen("bridge released"),
            "bridge_returned": fen("bridge returned"),
            "bridge_outstanding": ever("bridge released") - ever("bridge returned"),
            "bridge_overdue_count": len(of["bridge overdue_noted"]), "bridge_fees": fen("bridge fee_charged"),
            "benefits_approved": fen("benefit approved"), "benefits_paid": fen("benefit paid"),
            "benefits_returned": fen("benefit returned"),
        }
        for reason in REASONS:
            found["declined_" + reason] = sum(f[4] == reason for f in of["declined"])
        return found


def value(cell):
    # What is beyond 64 bits is a text.
    if isinstance(cell, str):
        return int(cell)
    return Fraction(value(cell["numerator"]), value(cell["denominator"])) if isinstance(cell, dict) else cell


# Accounts of a payout, each with how many texts name it; another one would be read wrongly and is refused.
ACCOUNTS_OF_A_PAYOUT = {"compensation": 1, "quota": 1, "quota_used": 1, "fund_cash": 1, "budget": 1, "treasury": 0}


def postings(packed):
    """Accounts and amounts in fen of a payout, from the bytes that its entry packs to: numbers in groups of seven bits, the
    lowest first, those that may be negative doubled (zigzag); texts behind their length."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = packed[at], at + 1
            value, shift = value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value

    def text():
        nonlocal at
        length = number()
        at += length
        return packed[at - length : at].decode()

    found = []
    for _ in range(number()):
        account = text()
        for _ in range(ACCOUNTS_OF_A_PAYOUT[account]):
            text()
        amount = number()
        found.append((account, (amount >> 1) ^ -(amount & 1)))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--ledger", required=True, help="a SQLite file")
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    stored = sqlite3.connect(f"file:{options.ledger}?mode=ro", uri=True)
    query = "SELECT seq, recorded_at, event, did FROM ledger_events ORDER BY seq"
    rows = [(s, r, json.loads(e), d) for s, r, e, d in stored.execute(query)]
    chance = random.Random(options.seed)
    days = sorted(day(e["effective_on"]) for _, _, e, _ in rows)
    compared, differ, nothing = 0, 0, set()
    for _ in range(options.questions):
        first, last = sorted(chance.sample(days, 2))
        by = chance.sample(ATTRIBUTES, chance.randint(0, 2))
        known = None if chance.random() < 0.5 else chance.choice(rows)[1]
        ledger = Ledger(rows, known if known is not None else rows[-1][1])
        command = [options.program, "totals", "--ledger", f"sqlite:{options.ledger}", "--from", str(first), "--as-of", str(last),
                   "--format", "json"]
        if by:
            command += ["--by", ",".join(by)]
        if known is not None:
            at = dt.datetime.fromtimestamp(0, dt.timezone.utc) + dt.timedelta(microseconds=known)
            command += ["--recorded-at", at.isoformat()]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        places = [ATTRIBUTES.index(b) for b in by]
        seen = set()
        for row in answer["rows"]:
            codes = tuple(row[b] for b in by)
            if by and codes[0] == "overlap":
                continue
            total = not by or codes[0] == "total"
            if not total:
                seen.add(codes)
            counts = (lambda dims: True) if total else (lambda dims: tuple(dims[p] for p in places) == codes)
            for figure, expect in ledger.figures(counts, first, last).items():
                compared += 1
                if expect:
                    nothing.add(figure)
                if value(row[figure]) != expect:
                    differ += 1
                    if differ <= 10:
                        print(f"{figure} of {codes} in {command[4:]}: {row[figure]}, here {expect}")
        keys = {tuple(dims[p] for p in places) for _, _, dims, *_ in ledger.facts} if by else set()
        for codes in keys - seen:
            counts = lambda dims: tuple(dims[p] for p in places) == codes
            if any(ledger.figures(counts, first, last).values()):
                differ += 1
                print(f"row {codes} is missing in {command[4:]}")
    print(f"{len(rows)} events, {options.questions} questions, {compared} figures compared, {len(nothing)} of them ever not 0, "
          f"{differ} differ")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
