"""Golden numbers from OptBinning: pre-bins, optimal bins and information values. See README.md.

    make.py --data DIR --folds DIR [--out DIR]

DIR of --data holds german.csv.gz, polish_5year.csv.gz, sba_case.csv.gz and taiwan_card.csv.gz, each with the last
column `bad` (1 is bad); DIR of --folds holds NAME.csv with the columns row and fold. Every figure written is
counted again from the file in plain Python and compared first; the script stops at the first difference.
"""
import argparse
import bisect
import collections
import importlib.metadata
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from optbinning import BinningProcess, OptimalBinning
from optbinning.binning.auto_monotonic import auto_monotonic

CATEGORICAL = {
    "german": None,  # every text column
    "polish_5year": [],
    "sba_case": ["Bank", "BankState", "NAICS", "NewExist", "UrbanRural", "RevLineCr", "LowDoc"],
    "taiwan_card": ["SEX", "EDUCATION", "MARRIAGE"],
}
SOURCES = {
    "german": "UCI Statlog (German Credit Data), Hofmann (1994), CC BY 4.0",
    "polish_5year": "UCI Polish Companies Bankruptcy, Zieba, Tomczak and Tomczak (2016), "
                    "Expert Systems with Applications 58, 93-101, CC BY 4.0",
    "sba_case": "US SBA guaranteed loans (government records), Li, Mickel and Taylor (2018), "
                "Journal of Statistics Education 26(1), 55-66",
    "taiwan_card": "UCI Default of Credit Card Clients, Yeh and Lien (2009), "
                   "Expert Systems with Applications 36(2), 2473-2480, CC BY 4.0",
}
FOLDS = 5


def load(folder, name):
    """Numeric columns as float64 with NaN for missing; categorical ones as text, "missing" where absent."""
    cats = CATEGORICAL[name]
    d = pd.read_csv(folder / f"{name}.csv.gz", dtype={c: str for c in cats or []}, float_precision="round_trip")
    bad = d.pop("bad").to_numpy().astype(int)
    if cats is None:
        cats = [c for c in d.columns if not pd.api.types.is_numeric_dtype(d[c])]
    for c in d.columns:
        d[c] = d[c].astype(object).fillna("missing").astype(object) if c in cats else d[c].astype("float64")
    return d, bad, cats


class Recording(OptimalBinning):
    """Keeps the pre-bins that went into the solver."""

    def _fit_optimizer(self, splits, n_nonevent, n_event):
        self.pre = (np.array(splits, float), n_nonevent.astype(int).tolist(), n_event.astype(int).tolist())
        super()._fit_optimizer(splits, n_nonevent, n_event)


def information_value(goods, bads, all_goods, all_bads):
    """Bins without goods or without bads add nothing, as in OptBinning's table."""
    return math.fsum((g / all_goods - b / all_bads) * math.log((g / all_goods) / (b / all_bads))
                     for g, b in zip(goods, bads) if g and b)


def close(a, b):
    return abs(a - b) <= 1e-9


def counts(values, bad, place, n):
    """Goods and bads per place, and of the missing values, counted row by row."""
    goods, bads, missing = [0] * n, [0] * n, [0, 0]
    for v, y in zip(values, bad):
        if isinstance(v, float) and math.isnan(v):
            missing[y] += 1
        else:
            (bads if y else goods)[place(v)] += 1
    return goods, bads, missing


def column(x, bad, categorical):
    b = Recording(dtype="categorical" if categorical else "numerical", max_n_prebins=20, min_prebin_size=0.05)
    b.fit(x, bad)
    splits, goods, bads = b.pre
    if not goods:  # no split found: all rows with a value are one bin, and the solver is not run
        ok = x.notna().to_numpy()
        goods, bads = [int((bad[ok] == 0).sum())], [int((bad[ok] == 1).sum())]
    n = len(goods)
    out = {"dtype": b.dtype}
    if categorical:
        order = list(b._categories)
        rank = {c: i for i, c in enumerate(order)}
        groups = [[] for _ in range(n)]
        for c in order:
            groups[bisect.bisect_right(splits, rank[c])].append(c)
        out["groups"] = groups
        place = lambda v: bisect.bisect_right(splits, rank[v])
    else:
        out["splits"] = splits.tolist()
        place = lambda v: bisect.bisect_right(splits, v)

    found_goods, found_bads, missing = counts(x.tolist(), bad.tolist(), place, n)
    assert (found_goods, found_bads) == (goods, bads)
    assert missing == [int(b._n_nonevent_missing), int(b._n_event_missing)]

    ends = [i for i, cut in enumerate(b._solution) if cut] or [n - 1]
    bins = [[start, end] for start, end in zip([0] + [e + 1 for e in ends[:-1]], ends)]
    bin_goods = [sum(goods[s:e + 1]) for s, e in bins]
    bin_bads = [sum(bads[s:e + 1]) for s, e in bins]
    table = b.binning_table
    table.build()
    assert bin_goods + [0, missing[0]] == table.n_nonevent.tolist()
    assert bin_bads + [0, missing[1]] == table.n_event.tolist()

    all_goods, all_bads = sum(goods) + missing[0], sum(bads) + missing[1]
    iv_bins = information_value(bin_goods, bin_bads, all_goods, all_bads)
    iv_total = iv_bins + information_value(missing[:1], missing[1:], all_goods, all_bads)
    assert close(iv_total, float(table.iv))
    assert close(iv_bins, float(np.sum(table._iv_values[:len(bins)])))

    if n == 1:
        trend = None
    elif categorical:
        trend = "ascending"
    else:
        trend = auto_monotonic(np.array(goods), np.array(bads), "auto")
    rates = [bb / (g + bb) for g, bb in zip(bin_goods, bin_bads)]
    out.update(goods=goods, bads=bads, pure_merges=b._n_refinements, trend=trend)
    if trend in ("peak", "valley"):
        out["turn"] = rates.index((max if trend == "peak" else min)(rates))
    check_trend(rates, trend, out.get("turn"))
    out.update(missing=missing, special=[0, 0], total=[all_goods, all_bads], bins=bins, status=b.status,
               iv_prebins=information_value(goods, bads, all_goods, all_bads), iv_bins=iv_bins, iv_total=iv_total,
               iv_objective=information_value(bin_goods, bin_bads, sum(goods), sum(bads)))
    assert trend is None or close(out["iv_objective"], best_possible(goods, bads, trend))
    return out


def best_possible(goods, bads, trend):
    """The largest information value of any partition that keeps the trend, by pooling adjacent violators.

    Without a limit on size or number of bins the pooled partition is the best monotone one: it is the hull of the
    cumulative counts, and merging any two of its bins can only lower a convex divergence.
    """
    def pooled(first, last, rising):
        bins = []
        for g, b in zip(goods[first:last], bads[first:last]):
            bins.append((g, b))
            while len(bins) > 1:
                (g0, b0), (g1, b1) = bins[-2:]
                step = b1 * (g0 + b0) - b0 * (g1 + b1)
                if (step > 0) if rising else (step < 0):
                    break
                bins[-2:] = [(g0 + g1, b0 + b1)]
        return bins

    n, rising_first = len(goods), trend in ("ascending", "peak")
    turns = range(n + 1) if trend in ("peak", "valley") else [n]
    return max(information_value(*zip(*pooled(0, t, rising_first), *pooled(t, n, not rising_first)),
                                 sum(goods), sum(bads)) for t in turns)


def check_trend(rates, trend, turn):
    """The solver compares event rates cut to six decimals, so a step back of one millionth may remain."""
    slack = 1e-6
    rising = [a <= b + slack for a, b in zip(rates, rates[1:])]
    falling = [a >= b - slack for a, b in zip(rates, rates[1:])]
    assert {None: lambda: len(rates) == 1,
            "ascending": lambda: all(rising), "descending": lambda: all(falling),
            "peak": lambda: all(rising[:turn]) and all(falling[turn:]),
            "valley": lambda: all(falling[:turn]) and all(rising[turn:])}[trend]()


def prebins(x, bad, cats):
    process = BinningProcess(list(x.columns), categorical_variables=cats).fit(x, bad)
    columns = {}
    for c in x.columns:
        columns[c] = column(x[c], bad, c in cats)
        table = process.get_binned_variable(c).binning_table
        table.build()
        assert close(table.iv, columns[c]["iv_total"]), f"{c}: not what BinningProcess finds"
    return columns


def out_of_fold(x, bad, cats, fold):
    """Per column: the mean over folds, and each fold."""
    columns = {}
    for c in x.columns:
        by_fold = []
        for k in range(FOLDS):
            train, test = fold != k, fold == k
            b = OptimalBinning(dtype="categorical" if c in cats else "numerical")
            b.fit(x[c][train], bad[train])
            goods, bads = b._n_nonevent.tolist(), b._n_event.tolist()  # bins, special, missing
            woe = [math.log((g / sum(goods)) / (n / sum(bads))) if g and n else 0.0 for g, n in zip(goods, bads)]
            place = b.transform(x[c][test], metric="indices", metric_missing="empirical").tolist()
            at = collections.Counter(zip(place, bad[test].tolist()))
            all_goods, all_bads = int((bad[test] == 0).sum()), int((bad[test] == 1).sum())
            value = math.fsum((at[i, 0] / all_goods - at[i, 1] / all_bads) * (woe[i] if i >= 0 else 0.0)
                              for i in sorted(set(place)))
            rows = b.transform(x[c][test], metric="woe", metric_missing="empirical")
            assert close(value, rows[bad[test] == 0].mean() - rows[bad[test] == 1].mean())
            by_fold.append(value)
        columns[c] = {"mean": math.fsum(by_fold) / FOLDS, "folds": by_fold}
    return columns


def write(path, head, sets):
    """One line a column, so that a change shows as the lines it touches."""
    one = lambda v: json.dumps(v, ensure_ascii=False, separators=(",", ":"))
    lines = ["{"] + [f"{one(k)}:{one(v)}," for k, v in head.items()] + ['"sets":{']
    for i, (name, s) in enumerate(sets.items()):
        lines.append(f'{one(name)}:{{"source":{one(s["source"])},"rows":{s["rows"]},"goods":{s["goods"]},'
                     f'"bads":{s["bads"]},"columns":{{')
        rows = [f"{one(c)}:{one(v)}" for c, v in s["columns"].items()]
        lines += [r + "," for r in rows[:-1]] + [rows[-1], "}}" + ("," if i + 1 < len(sets) else "")]
    path.write_text("\n".join(lines + ["}", "}", ""]), encoding="utf-8")
    json.loads(path.read_text(encoding="utf-8"))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--folds", type=Path, required=True)
    p.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    made_with = {n: importlib.metadata.version(n) for n in ("optbinning", "ortools", "scikit-learn", "numpy", "pandas")}
    settings = {"prebinning_method": "cart", "solver": "cp", "divergence": "iv", "max_n_prebins": 20,
                "min_prebin_size": 0.05, "min_n_bins": None, "max_n_bins": None, "min_bin_size": None,
                "max_bin_size": None, "min_bin_n_event": None, "min_bin_n_nonevent": None, "monotonic_trend": "auto",
                "min_event_rate_diff": 0, "max_pvalue": None, "gamma": 0, "cat_cutoff": None}
    defaults = OptimalBinning().get_params()
    assert all(defaults[k] == v for k, v in settings.items())
    whole, held_out = {}, {}
    for name in CATEGORICAL:
        x, bad, cats = load(a.data, name)
        fold = pd.read_csv(a.folds / f"{name}.csv")["fold"].to_numpy()
        assert len(fold) == len(bad)
        head = {"source": SOURCES[name], "rows": len(bad), "goods": int((bad == 0).sum()), "bads": int(bad.sum())}
        whole[name] = {**head, "columns": prebins(x, bad, cats)}
        held_out[name] = {**head, "columns": out_of_fold(x, bad, cats, fold)}
        print(name, "done", flush=True)
    write(a.out / "prebins.json", {"made_with": made_with, "settings": settings}, whole)
    write(a.out / "out_of_fold_iv.json", {"made_with": made_with, "folds": FOLDS}, held_out)


if __name__ == "__main__":
    main()
