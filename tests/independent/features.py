#!/usr/bin/env python3
"""Computes every feature of the catalogue a second way and compares with the tables of the program.

Nothing is shared with the program but the texts of the definitions, which its own `catalogue --format json` prints, and
the descriptions of the sources. The rest - reading, which records count, windows, figures, states, peers - is written
again here, from the words, with plain loops over the records of one enterprise.

    python tests/independent/features.py --program target/release/shangzhi --work DIR

Exit code: 0 when all is equal, 1 when something differs, 2 when it could not be run.
"""
import argparse
import bisect
import calendar
import datetime
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import duckdb
import polars

EPOCH = datetime.date(1970, 1, 1).toordinal()
ROOT = pathlib.Path(__file__).resolve().parents[2]
AS_OF = ["2024-12-31", "2025-02-28", "2024-02-29", "2024-06-15"]
PEERS_MIN = 20
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
RELATIVE, ABSOLUTE = 1e-9, 1e-12


# ---------------------------------------------------------------------------------------------- days

def day(text):
    return datetime.date.fromisoformat(text).toordinal() - EPOCH


def date(number):
    return datetime.date.fromordinal(number + EPOCH)


def last_of_month(d):
    return d.replace(day=calendar.monthrange(d.year, d.month)[1])


def move(d, months):
    """The same day that many months on (or back), or the last of that month where it is too short."""
    index = d.year * 12 + d.month - 1 + months
    year, month = divmod(index, 12)
    return datetime.date(year, month + 1, min(d.day, calendar.monthrange(year, month + 1)[1]))


def month_index(number):
    d = date(number)
    return d.year * 12 + d.month - 1


def full_months(as_of, count, ago):
    """First day and last day of `count` full months of which the last is complete on `as_of`, `ago` months earlier."""
    d = date(as_of)
    complete = d if d == last_of_month(d) else d.replace(day=1) - datetime.timedelta(days=1)
    end = last_of_month(move(complete.replace(day=1), -ago))
    start = move(end.replace(day=1), 1 - count)
    return start.toordinal() - EPOCH, end.toordinal() - EPOCH


def to_date(as_of, months):
    """After the same day that many months ago, up to the day."""
    return move(date(as_of), -months).toordinal() - EPOCH + 1, as_of


# ---------------------------------------------------------------------------------------------- no number

class Empty(Exception):
    """There is nothing to compute it from."""
    letter, grave = "0", 1


class Unknown(Exception):
    """The source says nothing."""
    letter, grave = "u", 2


class NotAuthorised(Exception):
    """The enterprise has not authorised the source."""
    letter, grave = "n", 3


ABSENT = (Empty, Unknown, NotAuthorised)


def evaluate_all(parts, about):
    """The numbers of all parts; where some have none, the gravest reason counts."""
    numbers, worst = [], None
    for part in parts:
        try:
            numbers.append(part(about))
        except ABSENT as reason:
            if worst is None or reason.grave > worst.grave:
                worst = reason
    if worst is not None:
        raise worst
    return numbers


# ---------------------------------------------------------------------------------------------- sources

class Source:
    def __init__(self, file):
        self.__dict__.update(tomllib.loads(file.read_text(encoding="utf-8")))
        self.kinds = {c["name"]: c["type"] for c in self.column}
        self.by_period = self.kinds[self.event] == "month" or self.event == "period_end"
        self.codes = {c["name"]: spellings(c) for c in self.column if c["type"] == "code"}


def spellings(column):
    out = {}
    for code, others in column["codes"].items():
        for spelling in [code, *others]:
            out[spelling.lower()] = code
    return out


DECIMALS = {"money": 2, "quantity": 3, "share": 6, "count": 0}


def typed(source, name, kind, cell, fen, infinite_is_missing):
    """A cell as a value: numbers as decimals, days as days since 1970, times as (day, text)."""
    if isinstance(cell, str):
        cell = cell.strip()
        if cell in ("", "NA", "?") or cell.lower() in ("nan", "inf", "infinity"):
            return None
        if infinite_is_missing and re.fullmatch(r"[0-9.]+[eE][0-9]+", cell) and math.isinf(float(cell)):
            return None
    if cell is None:
        return None
    if kind in DECIMALS:
        value = Decimal(repr(cell) if isinstance(cell, float) else str(cell))
        if fen:
            value /= 100
        return value.quantize(Decimal(1).scaleb(-DECIMALS[kind]), rounding=ROUND_HALF_UP)
    if kind == "date":
        return day(cell)
    if kind == "month":
        year, month = cell.split("-")
        return last_of_month(datetime.date(int(year), int(month), 1)).toordinal() - EPOCH
    if kind == "time":
        moment = datetime.datetime.fromisoformat(cell)
        if moment.tzinfo is not None:
            moment = moment.astimezone(BEIJING)
        return (moment.date().toordinal() - EPOCH, moment.strftime("%H:%M:%S"))
    if kind == "flag":
        return int(cell)
    if kind == "code":
        return source.codes[name][cell.lower()]
    return cell


def at_fault(source, record):
    """Whether the row says something that can not be: it is set aside."""
    for column in source.column:
        value = record[column["name"]]
        if value is None:
            if column.get("required"):
                return True
        elif column["type"] in DECIMALS and not column.get("min", value) <= value <= column.get("max", value):
            return True
    if source.id == "invoices":
        if record["status"] == "red" and record["amount"] > 0 or record["status"] == "valid" and record["amount"] < 0:
            return True
    known = record[source.known]
    if known is not None and record[source.event] > known[0]:
        # Of a month the first day counts.
        return source.kinds[source.event] != "month" or month_index(record[source.event]) != month_index(known[0])
    return False


def read_source(source, folder, infinite_is_missing):
    """All rows that are not at fault, with `known`, and how many are."""
    file = pathlib.Path(folder) / f"{source.id}.parquet"
    if not file.exists():
        return None, 0
    rows = duckdb.sql(f"select * from read_parquet('{file}')")
    headings = rows.columns
    out, bad = [], 0
    plan = []
    for name, kind in source.kinds.items():
        if name in headings:
            plan.append((name, kind, headings.index(name), False))
        elif name + "_fen" in headings:
            plan.append((name, kind, headings.index(name + "_fen"), True))
        else:
            plan.append((name, kind, None, False))
    for row in rows.fetchall():
        record = {
            name: typed(source, name, kind, None if at is None else row[at], fen, infinite_is_missing)
            for name, kind, at, fen in plan
        }
        if at_fault(source, record):
            bad += 1
            continue
        out.append(record)
    return out, bad


def records_as_of(source, rows, as_of):
    """By enterprise the records that count, each identity once, in the order of their days; and conflicts."""
    newest, conflicts = {}, 0
    for record in rows:
        event = record[source.event]
        known = record[source.known] or (event + source.lag_days, "00:00:00")
        if event > as_of or known[0] > as_of:
            continue
        identity = (record["enterprise_id"], *(record[name] for name in source.identity))
        before = newest.get(identity)
        if before is None or before[0] < known:
            newest[identity] = (known, record)
        elif before[0] == known and before[1] != record:
            conflicts += 1
            if repr(before[1]) < repr(record):
                newest[identity] = (known, record)
    out = defaultdict(list)
    for known, record in newest.values():
        out[record["enterprise_id"]].append({**record, "event": record[source.event], "known": known})
    for records in out.values():
        records.sort(key=lambda r: r["event"])
    return dict(out), conflicts


# ---------------------------------------------------------------------------------------------- definitions

WORDS = re.compile(r"\s*(?:(\d+)([md])(?!\w)|(\d+(?:\.\d+)?)|(\w+)|(!=|<=|>=|[-+*/(),.=<>]))")
COMPARE = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}
AGGREGATES = """count sum least greatest latest previous days_since months gap variation distinct top hhi kept fresh
cosine overlap""".split()
FUNCTIONS = "abs min max clamp if_empty months_until".split()
PEERS = "less_peer_median to_peer_median peer_rank".split()


class Words:
    """The words of a text, one after another."""

    def __init__(self, text):
        self.words, at, self.next = [], 0, 0
        text = text.rstrip()
        while at < len(text):
            found = WORDS.match(text, at)
            if not found:
                raise ValueError(f"{text!r} at {at}")
            length, unit, number, word, sign = found.groups()
            self.words.append((int(length), unit) if unit else Decimal(number) if number else word or sign)
            at = found.end()

    def peek(self):
        return self.words[self.next] if self.next < len(self.words) else None

    def take(self):
        self.next += 1
        return self.words[self.next - 1]

    def has(self, word):
        if self.peek() == word:
            self.next += 1
            return True
        return False

    def want(self, word):
        if not self.has(word):
            raise ValueError(f"{word!r} expected, not {self.peek()!r}, in {self.words}")


class Definitions:
    """Turns texts to functions of an enterprise, as of a date."""

    def __init__(self, sources, sets, as_of):
        self.sources, self.sets, self.as_of = sources, sets, as_of

    def feature(self, text, source_ids):
        """The function of an enterprise, and how it stands beside its peers."""
        lags = [self.sources[i].lag_days for i in source_ids if self.sources[i].by_period]
        self.months_as_of = self.as_of - max(lags, default=0)
        words = Words(text)
        peers = None
        if words.peek() in PEERS:
            operation = words.take()
            words.want("(")
            value = self.value(words)
            words.want("by")
            keys = [words.take()]
            while words.has(","):
                keys.append(words.take())
            words.want(")")
            peers = (operation, keys)
        else:
            value = self.value(words)
        if words.peek() is not None:
            raise ValueError(f"{text!r} goes on: {words.peek()!r}")
        return value, peers

    def value(self, words):
        left = self.term(words)
        while words.peek() in ("+", "-"):
            left = self.binary(words.take(), left, self.term(words))
        return left

    def term(self, words):
        left = self.factor(words)
        while words.peek() in ("*", "/"):
            left = self.binary(words.take(), left, self.factor(words))
        return left

    @staticmethod
    def binary(sign, left, right):
        def compute(about):
            a, b = evaluate_all([left, right], about)
            if sign == "/":
                if not b > 0:
                    raise Empty
                return a / b
            return a + b if sign == "+" else a - b if sign == "-" else a * b
        return compute

    def factor(self, words):
        word = words.take()
        if word == "-":
            of = self.factor(words)
            return lambda about: -of(about)
        if word == "(":
            of = self.value(words)
            words.want(")")
            return of
        if isinstance(word, Decimal):
            number = float(word)
            return lambda about: number
        if word == "as_of":
            today = float(self.as_of)
            return lambda about: today
        if word in FUNCTIONS:
            words.want("(")
            of = [self.value(words)]
            while words.has(","):
                of.append(self.value(words))
            words.want(")")
            return self.function(word, of)
        if word in AGGREGATES:
            return self.aggregate(word, words)
        raise ValueError(f"{word!r} in {words.words}")

    def function(self, name, of):
        def compute(about):
            if name == "if_empty":
                try:
                    return of[0](about)
                except Empty:
                    return of[1](about)
            numbers = evaluate_all(of, about)
            if name == "abs":
                return abs(numbers[0])
            if name == "min":
                return min(numbers)
            if name == "max":
                return max(numbers)
            if name == "clamp":
                return min(max(numbers[0], numbers[1]), numbers[2])
            return self.months_until(int(numbers[0]))
        return compute

    def months_until(self, until):
        """Full months from the as-of date to a day: the most that do not lead past it."""
        months = 0
        start, end = date(self.as_of), date(until)
        while (end.year * 12 + end.month) - (start.year * 12 + start.month) > months and (
            (end.year * 12 + end.month) - (start.year * 12 + start.month) - (end.day < start.day) > months
        ):
            months += 1
        return float(months)

    # -- records

    def selection(self, words):
        name = words.take()
        of = self.sets[name]
        source = self.sources[of["source"]]
        column = words.take() if words.has(".") else None
        by = words.take() if words.has("by") else None
        conditions = []
        if of["where"]:
            conditions.append(self.condition(Words(of["where"]), source))
        if words.has("where"):
            conditions.append(self.condition(words, source))
        asks = "same_controller" in words.words
        return source, column, by, conditions, asks

    def condition(self, words, source):
        left = self.both(words, source)
        while words.has("or"):
            left = (lambda a, b: lambda r, about: a(r, about) or b(r, about))(left, self.both(words, source))
        return left

    def both(self, words, source):
        left = self.one(words, source)
        while words.has("and"):
            left = (lambda a, b: lambda r, about: a(r, about) and b(r, about))(left, self.one(words, source))
        return left

    def one(self, words, source):
        if words.has("not"):
            of = self.one(words, source)
            return lambda r, about: not of(r, about)
        if words.has("("):
            of = self.condition(words, source)
            words.want(")")
            return of
        word = words.take()
        if words.peek() == "(" and word in ("missing", "within", "month_end", "multiple", "same_controller"):
            words.want("(")
            column = words.take()
            parameter = words.take() if words.has(",") else None
            words.want(")")
            return self.test(word, column, parameter)
        if words.has("in"):
            words.want("(")
            among = {words.take()}
            while words.has(","):
                among.add(words.take())
            words.want(")")
            return lambda r, about: r[word] is not None and r[word] in among
        compare = COMPARE[words.take()]
        operand = words.take()
        if isinstance(operand, Decimal):
            other = lambda r: operand
        elif operand == "as_of":
            other = lambda r: self.as_of
        elif operand in source.codes.get(word, {}).values():
            other = lambda r: operand
        elif operand in source.kinds:
            other = lambda r: r[operand]
        else:
            other = lambda r: operand

        def test(r, about):
            a, b = r[word], other(r)
            return a is not None and b is not None and compare(a, b)
        return test

    def test(self, word, column, parameter):
        if word == "missing":
            return lambda r, about: r[column] is None
        if word == "within":
            first, last = to_date(self.as_of, parameter[0])
            return lambda r, about: r[column] is not None and first <= r[column] <= last
        if word == "month_end":
            def is_end(r, about):
                if r[column] is None:
                    return False
                d = date(r[column])
                return last_of_month(d).day - d.day < parameter
            return is_end
        if word == "multiple":
            return lambda r, about: r[column] is not None and r[column] != 0 and r[column] % parameter == 0
        return lambda r, about: r[column] is not None and about.same_controller(r[column])

    def window(self, words):
        """First day, last day, and how many months where they are full ones."""
        if words.has("all"):
            return None, self.as_of, None
        count, unit = words.take()
        if unit == "d":
            return self.as_of - count + 1, self.as_of, None
        if words.has("to"):
            words.want("date")
            return *to_date(self.as_of, count), None
        ago = words.take()[0] if words.has("ago") else 0
        return *full_months(self.months_as_of, count, ago), count

    def aggregate(self, name, words):
        words.want("(")
        selections, parameter, window = [self.selection(words)], None, (None, self.as_of, None)
        while words.has(","):
            word = words.peek()
            if isinstance(word, Decimal):
                parameter = int(words.take())
            elif isinstance(word, tuple) or word == "all":
                window = self.window(words)
            else:
                selections.append(self.selection(words))
        words.want(")")
        source, column, by, _, asks = selections[0]
        first, last, months = window
        # The window of the same length before.
        earlier = None
        if name == "fresh":
            start = move(date(first), -months).toordinal() - EPOCH
            earlier = (start, first - 1)
        half = move(date(first), months // 2).toordinal() - EPOCH if name == "kept" else None

        def compute(about):
            records = about.records(source)
            if asks and not about.has_controller():
                raise Unknown

            def pick(selection, days):
                lo = 0 if days[0] is None else bisect.bisect_left(records, days[0], key=lambda r: r["event"])
                out = []
                for r in records[lo:]:
                    if r["event"] > days[1]:
                        break
                    if all(c(r, about) for c in selection[3]):
                        out.append(r)
                return out

            rows = pick(selections[0], (first, last))
            if name == "count":
                return float(len(rows))
            if name == "sum":
                known = [r[column] for r in rows if r[column] is not None]
                if rows and not known:
                    raise Unknown
                return float(sum(known))
            if name in ("least", "greatest"):
                known = [r[column] for r in rows if r[column] is not None]
                if not rows:
                    raise Empty
                if not known:
                    raise Unknown
                return float(min(known) if name == "least" else max(known))
            if name in ("latest", "previous"):
                if name == "previous" and rows:
                    newest = rows[-1]["event"]
                    rows = [r for r in rows if r["event"] < newest]
                if not rows:
                    raise Empty
                return self.last_value(rows, column)
            if name == "days_since":
                if not rows:
                    raise Empty
                return float(self.as_of - rows[-1]["event"])
            if name == "months":
                return float(len({month_index(r["event"]) for r in rows}))
            if name == "gap":
                seen = {month_index(r["event"]) for r in rows}
                longest = run = 0
                for month in range(month_index(first), month_index(last) + 1):
                    run = 0 if month in seen else run + 1
                    longest = max(longest, run)
                return float(longest)
            if name == "variation":
                sums = dict.fromkeys(range(month_index(first), month_index(last) + 1), Decimal(0))
                for r in rows:
                    sums[month_index(r["event"])] += r[column] or 0
                mean = float(sum(sums.values())) / len(sums)
                if mean <= 0:
                    raise Empty
                return math.sqrt(math.fsum((float(s) - mean) ** 2 for s in sums.values()) / len(sums)) / mean
            if name == "distinct":
                return float(len({r[column] for r in rows if r[column] is not None}))
            if name == "kept":
                before = {r[by] for r in rows if r["event"] < half}
                after = {r[by] for r in rows if r["event"] >= half}
                if not before:
                    raise Empty
                return len(before & after) / len(before)

            sums = self.by_key(rows, by, column)
            positive = {k: s for k, s in sums.items() if s > 0}
            total = sum(positive.values())
            if name == "cosine":
                other = self.by_key(pick(selections[1], (first, last)), selections[1][2], selections[1][1])
                a, b = (math.sqrt(math.fsum(float(s) ** 2 for s in v.values())) for v in (sums, other))
                if not a or not b:
                    raise Empty
                return float(sum(s * other.get(k, 0) for k, s in sums.items())) / (a * b)
            if not total > 0:
                raise Empty
            if name == "top":
                return float(sum(sorted(positive.values(), reverse=True)[:parameter]) / total)
            if name == "hhi":
                return math.fsum(float(s / total) ** 2 for s in positive.values())
            if name == "fresh":
                seen = {r[by] for r in pick(selections[0], earlier)}
                return float(sum(s for k, s in positive.items() if k not in seen) / total)
            if name == "overlap":
                other = self.by_key(pick(selections[1], (first, last)), selections[1][2], selections[1][1])
                return float(sum(s for k, s in positive.items() if other.get(k, 0) > 0) / total)
            raise ValueError(name)
        return compute

    @staticmethod
    def by_key(rows, by, column):
        sums = defaultdict(Decimal)
        for r in rows:
            sums[r[by]] += r[column] or 0
        return sums

    @staticmethod
    def last_value(rows, column):
        """Of the last day the record known last."""
        newest = rows[-1]["event"]
        same = [r for r in rows if r["event"] == newest]
        known = max(r["known"] for r in same)
        values = [r[column] for r in same if r["known"] == known and r[column] is not None]
        if not values:
            raise Unknown
        return max(values) if isinstance(values[0], str) else float(max(values))


# ---------------------------------------------------------------------------------------------- enterprises

class City:
    """All records as of a date, and who controls whom."""

    def __init__(self, sources, rows, as_of, withheld):
        self.sources, self.withheld, self.conflicts = sources, withheld, 0
        self.by_source = {}
        for source in sources.values():
            if rows[source.id] is None:
                self.by_source[source.id] = None
                continue
            self.by_source[source.id], conflicts = records_as_of(source, rows[source.id], as_of)
            self.conflicts += conflicts
        self.enterprises = sorted(set().union(*(r for r in self.by_source.values() if r)))
        self.group = self.groups(as_of)

    def groups(self, as_of):
        """The enterprises of one actual controller are a group; groups that share an enterprise are one."""
        people, firms = defaultdict(set), defaultdict(set)
        for enterprise, records in (self.by_source["relations"] or {}).items():
            for r in records:
                if r["role"] == "actual_controller" and not (r["until_on"] is not None and r["until_on"] <= as_of):
                    people[r["person_id"]].add(enterprise)
                    firms[enterprise].add(r["person_id"])
        group = {}
        for enterprise in firms:
            if enterprise in group:
                continue
            todo = [enterprise]
            while todo:
                one = todo.pop()
                if one not in group:
                    group[one] = enterprise
                    todo.extend(other for person in firms[one] for other in people[person])
        return group


class About:
    """One enterprise of a city."""

    def __init__(self, city, enterprise):
        self.city, self.enterprise = city, enterprise

    def records(self, source):
        if source.id in self.city.withheld.get(self.enterprise, ()):
            raise NotAuthorised
        of_source = self.city.by_source[source.id]
        if of_source is None:
            raise Unknown
        records = of_source.get(self.enterprise, [])
        if not records and source.absence == "unknown":
            raise Unknown
        return records

    def has_controller(self):
        return self.enterprise in self.city.group

    def same_controller(self, other):
        group = self.city.group
        return other != self.enterprise and other in group and group[other] == group[self.enterprise]


def compute(catalogue, sources, rows, as_of, enterprises=None, withheld=None):
    """By feature and enterprise a number or the letter of a state."""
    city = City(sources, rows, as_of, withheld or {})
    enterprises = enterprises or city.enterprises
    definitions = Definitions(sources, catalogue["sets"], as_of)
    abouts = {e: About(city, e) for e in enterprises}
    division = latest_text(abouts, sources["registry"], "industry", division_of)
    district = latest_text(abouts, sources["registry"], "district", lambda text: text)
    out = {}
    for feature in catalogue["features"]:
        value, peers = definitions.feature(feature["value"], feature["sources"])
        codes = feature["codes"]
        starts, ends = day(feature["valid_from"]), feature["valid_until"]
        valid = starts <= as_of and (ends is None or as_of <= day(ends))
        results = {}
        for enterprise, about in abouts.items():
            try:
                if not valid:
                    raise Unknown
                result = value(about)
                results[enterprise] = float(codes[result]) if codes else result
            except ABSENT as reason:
                results[enterprise] = reason.letter
        if peers:
            results = beside_peers(results, *peers, {"division": division, "district": district})
        out[feature["column"]] = results
    return out, city


def latest_text(abouts, source, column, make):
    out = {}
    for enterprise, about in abouts.items():
        try:
            records = about.records(source)
            if records:
                out[enterprise] = make(Definitions.last_value(records, column))
        except ABSENT:
            pass
    return out


def division_of(industry):
    digits = "".join(c for c in industry if c.isdigit())[:2]
    return digits if len(digits) == 2 else None


def beside_peers(results, operation, keys, of_key):
    groups, out = defaultdict(list), {}
    for enterprise, value in results.items():
        key = tuple(of_key[k].get(enterprise) for k in keys)
        if isinstance(value, str):
            out[enterprise] = value
        elif None in key:
            out[enterprise] = "u"
        else:
            groups[key].append(enterprise)
    for members in groups.values():
        values = [results[m] for m in members]
        for member in members:
            own = results[member]
            if len(members) < PEERS_MIN:
                out[member] = "u"
            elif operation == "peer_rank":
                out[member] = (sum(v < own for v in values) + sum(v == own for v in values) / 2) / len(values)
            elif operation == "less_peer_median":
                out[member] = own - statistics.median(values)
            else:
                median = statistics.median(values)
                out[member] = own / median if median > 0 else "0"
    return out


# ---------------------------------------------------------------------------------------------- comparison

def compare(own, table, catalogue, label, tally):
    """Adds to the tally, by feature."""
    theirs = {row["enterprise_id"]: row for row in table.iter_rows(named=True)}
    columns = [f["column"] for f in catalogue["features"]]
    enterprises = set(next(iter(own.values())))
    for only, where in ((enterprises - set(theirs), "only here"), (set(theirs) - enterprises, "only in the table")):
        for enterprise in sorted(only):
            tally["(enterprises)"]["differ"].append((label, enterprise, where, ""))
    for at, column in enumerate(columns):
        for enterprise in sorted(enterprises & set(theirs)):
            row = theirs[enterprise]
            letter, number, mine = row["states"][at], row[column], own[column][enterprise]
            entry = tally[column]
            entry["all"] += 1
            if isinstance(mine, str):
                entry[mine] += 1
                equal = letter == mine and number is None
            else:
                entry["."] += 1
                entry["not zero"] += mine != 0
                equal = letter == "." and number is not None and math.isclose(
                    mine, number, rel_tol=RELATIVE, abs_tol=ABSOLUTE
                )
            if not equal:
                entry["differ"].append((label, enterprise, mine, number if letter == "." else letter))


def report(tally, catalogue, examples):
    names = ["compared", "numbers", "not zero", "empty", "unknown", "withheld", "differ"]
    head = f"{'id':4} {'feature':28}" + "".join(f" {name:>8}" for name in names)
    print(head)
    total = 0
    for feature in catalogue["features"]:
        e = tally[feature["column"]]
        total += len(e["differ"])
        numbers = [e["all"], e["."], e["not zero"], e["0"], e["u"], e["n"], len(e["differ"])]
        print(f"{feature['id']:4} {feature['column']:28}" + "".join(f" {n:8}" for n in numbers))
    total += sum(len(tally[name]["differ"]) for name in ("(enterprises)", "(program)"))
    for name, entry in tally.items():
        for label, enterprise, mine, table in entry["differ"][:examples]:
            print(f"  {name}: {label}, {enterprise}: here {mine}, in the table {table}")
    print(f"{sum(e['all'] for e in tally.values())} figures compared, {total} differ")
    return total


def new_entry():
    return {"all": 0, ".": 0, "not zero": 0, "0": 0, "u": 0, "n": 0, "differ": []}


class Refused(Exception):
    """The program did not do what it was asked for."""


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    return done.stdout


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", default=str(ROOT / "target/release/shangzhi"))
    arguments.add_argument("--work", required=True, help="folder for the city and the tables")
    arguments.add_argument("--sources", help="folder of sources as parquet [default: a clean city is made]")
    arguments.add_argument("--as-of", nargs="*", default=AS_OF)
    arguments.add_argument("--enterprises", type=int, default=500)
    arguments.add_argument("--months", type=int, default=48)
    arguments.add_argument("--seed", type=int, default=5)
    arguments.add_argument("--examples", type=int, default=3, help="differences to print for each feature")
    arguments.add_argument("--infinite-is-missing", action="store_true",
                           help="a text that reads as an infinite number, such as 1E999, is missing")
    options = arguments.parse_args()
    work = pathlib.Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    folder = options.sources
    if folder is None:
        city = work / f"city_{options.enterprises}_{options.months}_{options.seed}"
        if not city.exists():
            run(options.program, "simulate", "--clean", "--enterprises", options.enterprises, "--months",
                options.months, "--seed", options.seed, "--out", city)
        folder = city / "sources"
    catalogue = json.loads(run(options.program, "catalogue", "--format", "json", "--lang", "en"))
    sources = {}
    for file in sorted((ROOT / "crates/features/sources").glob("*.toml")):
        source = Source(file)
        sources[source.id] = source
    tally = defaultdict(new_entry)
    check = Check(options, work, catalogue, sources, tally)
    rows = check.read(folder)
    enterprises = [check.table(folder, rows, as_of, as_of) for as_of in options.as_of]
    first = options.as_of[0]
    check.withheld(folder, rows, first, enterprises[0])
    shaken = work / "shaken"
    shake(sources, pathlib.Path(folder), shaken, options.seed)
    rows = check.read(shaken)
    for as_of in options.as_of:
        check.table(shaken, rows, as_of, f"{as_of}, shaken")
    return 1 if report(tally, catalogue, options.examples) else 0


class Check:
    def __init__(self, options, work, catalogue, sources, tally):
        self.options, self.work, self.catalogue, self.sources, self.tally = options, work, catalogue, sources, tally

    def read(self, folder):
        rows = {}
        for source in self.sources.values():
            rows[source.id], bad = read_source(source, folder, self.options.infinite_is_missing)
            if bad:
                print(f"{source.id}: {bad} rows set aside")
        return rows

    def table(self, folder, rows, as_of, label, listed=None, enterprises=None, withheld=None):
        """Compares the table of a date; returns the enterprises that have records."""
        table = self.work / f"features_{label.replace(', ', '_').replace(' ', '_')}.parquet"
        more = [] if listed is None else ["--enterprises", listed]
        own, city = compute(self.catalogue, self.sources, rows, day(as_of), enterprises, withheld)
        print(f"{label}: {len(city.enterprises)} enterprises, {city.conflicts} records in conflict", flush=True)
        try:
            run(self.options.program, "features", "--sources", folder, "--as-of", as_of, "--out", table, *more)
        except Refused as refused:
            self.tally["(program)"]["differ"].append((label, "", "a table", str(refused)))
            return city.enterprises
        compare(own, polars.read_parquet(table), self.catalogue, label, self.tally)
        return city.enterprises

    def withheld(self, folder, rows, as_of, enterprises):
        """Each enterprise has authorised all sources but some."""
        private = [s.id for s in self.sources.values() if not s.public]
        withheld = {}
        for i, enterprise in enumerate(enterprises):
            withheld[enterprise] = [s for j, s in enumerate(private) if (i * 7 + j * 3) % 5 == 0]
        listed = self.work / "enterprises.csv"
        lines = [f"{e},{';'.join(ids)}" for e, ids in withheld.items()]
        listed.write_text("\n".join(["enterprise_id,not_authorised", *lines]) + "\n", encoding="utf-8")
        self.table(folder, rows, as_of, f"{as_of}, some withheld", listed, enterprises, withheld)


def shake(sources, folder, out, seed):
    """Sources with what a clean city does not have: cells that are missing where they may be, records delivered again
    and changed, several records of a day, amounts in whole ten thousands, and one district with peers enough."""
    random = Random(seed)
    out.mkdir(parents=True, exist_ok=True)
    for source in sources.values():
        table = polars.read_parquet(folder / f"{source.id}.parquet").unique(maintain_order=True)
        required = {c["name"] for c in source.column if c.get("required")} | set(source.identity)
        name_of = {h: h.removesuffix("_fen") for h in table.columns}
        optional = [h for h, name in name_of.items() if name not in required]
        dates = [h for h, name in name_of.items() if source.kinds[name] == "date" and name != source.event]
        rows = table.to_dicts()
        identity = ["enterprise_id", *(h for h, name in name_of.items() if name in source.identity)]
        times = Counter(tuple(row[h] for h in identity) for row in rows)
        more = []
        for row in rows:
            # Which of two holds is said by the time each was known, so that stays.
            again = times[tuple(row[h] for h in identity)] > 1
            for heading in optional:
                if random.random() < (0.5 if heading in dates else 0.15) and not (again and heading == "known_at"):
                    row[heading] = None
            if source.id == "registry":
                row["district"] = "500103"
            if source.id == "invoices" and row["status"] != "red" and random.random() < 0.2:
                row["amount_fen"] = round(row["amount_fen"], -6)
            chance = random.random()
            if chance < 0.05:
                more.append(dict(row))
            elif chance < 0.15 and row["known_at"] and not again:
                later = dict(row)
                for heading in optional:
                    other = random.choice(rows)[heading]
                    if random.random() < 0.3 and (heading in dates or table[heading].dtype.is_numeric()):
                        later[heading] = other
                later["known_at"] = (
                    datetime.datetime.fromisoformat(row["known_at"]) + datetime.timedelta(days=random.randrange(1, 90))
                ).isoformat(" ")
                more.append(later)
            elif chance < 0.18 and row["known_at"] and not again:
                # An instant of another zone, on the other side of midnight in Beijing.
                row["known_at"] = row["known_at"][:10] + "T23:30:00Z"
        rows += more
        random.shuffle(rows)
        polars.DataFrame(rows, schema=table.schema).write_parquet(out / f"{source.id}.parquet")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(2)
