"""Quality of other libraries on real credit data, for the rows beside ours. See README.md.

    quality_peers.py --data DIR --folds DIR [--out FILE.json] [--sets ...] [--peers ...]
    quality_peers.py --data DIR --out-of-time [--out FILE.json] [--peers ...]

One JSON line for each set, peer and fold goes to standard output as it is ready; FILE.json, if asked for, holds all
rows and the versions of the libraries.
"""
import argparse
import importlib.metadata
import json
import os
import time
import warnings
from pathlib import Path

for limit in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[limit] = "1"  # before numpy is imported

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

SEED = 20240117
CATEGORICAL = {
    "german": None,  # every text column
    "polish_5year": [],
    "sba_case": ["Bank", "BankState", "NAICS", "NewExist", "UrbanRural", "RevLineCr", "LowDoc"],
    "taiwan_card": ["SEX", "EDUCATION", "MARRIAGE"],
}


def load(folder, name, cats):
    """Numeric columns as float64 with NaN for missing; categorical ones as text, "missing" where absent."""
    d = pd.read_csv(folder / f"{name}.csv.gz", dtype={c: str for c in cats or []})
    bad = d.pop("bad").to_numpy().astype(int)
    if cats is None:
        cats = [c for c in d.columns if not pd.api.types.is_numeric_dtype(d[c])]
    for c in d.columns:
        d[c] = d[c].astype(object).fillna("missing").astype(object) if c in cats else d[c].astype("float64")
    return d, bad, cats


def metrics(bad, pd_bad):
    """AUC; KS as the largest gap of the two ROC coordinates; ECE over ten bins of equal size by prediction."""
    false_rate, true_rate, _ = roc_curve(bad, pd_bad)
    tenths = np.array_split(np.argsort(pd_bad, kind="stable"), 10)
    ece = sum(len(t) / len(bad) * abs(pd_bad[t].mean() - bad[t].mean()) for t in tenths)
    values = {"auc": roc_auc_score(bad, pd_bad), "ks": np.max(true_rate - false_rate),
              "brier": brier_score_loss(bad, pd_bad),
              "logloss": log_loss(bad, np.clip(pd_bad, 1e-12, 1 - 1e-12)), "ece": ece}
    return {k: float(v) for k, v in values.items()}


# ---- the peers: fit(x, bad, cats) returns a function from a frame to probabilities of bad ----

def lr(x, bad, cats):
    """Median and missing flags, standardised; one-hot; C = 1."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    numeric = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    columns = make_column_transformer((numeric, [c for c in x.columns if c not in cats]),
                                      (OneHotEncoder(handle_unknown="ignore", min_frequency=5), cats))
    m = make_pipeline(columns, LogisticRegression(max_iter=3000)).fit(x, bad)
    return lambda t: m.predict_proba(t)[:, 1]


def optbinning(x, bad, cats):
    """BinningProcess with its defaults, then logistic regression on WoE, no selection."""
    from optbinning import BinningProcess, Scorecard
    m = Scorecard(binning_process=BinningProcess(list(x.columns), categorical_variables=cats, n_jobs=1),
                  estimator=LogisticRegression(max_iter=3000), scaling_method="min_max",
                  scaling_method_params={"min": 300, "max": 850})
    m.fit(x, bad, metric_missing="empirical", metric_special="empirical")
    return lambda t: m.predict_proba(t)[:, 1]


def lightgbm(x, bad, cats):
    """Defaults: 100 trees of 31 leaves."""
    import lightgbm as lgb
    levels = {c: sorted(set(x[c])) for c in cats}
    typed = lambda t: t.assign(**{c: pd.Categorical(t[c], categories=levels[c]) for c in cats})
    m = lgb.LGBMClassifier(n_jobs=1, random_state=SEED, verbose=-1, deterministic=True).fit(typed(x), bad)
    return lambda t: m.predict_proba(typed(t))[:, 1]


def catboost(x, bad, cats):
    """Defaults: 1000 trees."""
    from catboost import CatBoostClassifier
    m = CatBoostClassifier(thread_count=1, random_seed=SEED, verbose=0, cat_features=cats, allow_writing_files=False)
    m.fit(x, bad)
    return lambda t: m.predict_proba(t)[:, 1]


def xgboost(x, bad, cats):
    """Defaults: 100 trees of depth 6, categories as such."""
    import xgboost as xgb
    levels = {c: sorted(set(x[c])) for c in cats}
    typed = lambda t: t.assign(**{c: pd.Categorical(t[c], categories=levels[c]) for c in cats})
    m = xgb.XGBClassifier(n_jobs=1, random_state=SEED, enable_categorical=True).fit(typed(x), bad)
    return lambda t: m.predict_proba(typed(t))[:, 1]


def ebm(x, bad, cats):
    """Explainable boosting machine, defaults: 14 bags, pairs chosen by FAST."""
    from interpret.glassbox import ExplainableBoostingClassifier
    types = ["nominal" if c in cats else "continuous" for c in x.columns]
    m = ExplainableBoostingClassifier(feature_types=types, n_jobs=1, random_state=SEED).fit(x, bad)
    return lambda t: m.predict_proba(t)[:, 1]


PEERS = {f.__name__: f for f in (lr, optbinning, lightgbm, catboost, xgboost, ebm)}


WARM = set()


def warm_up(peer, x, bad, cats):
    """A small fit that is not timed, so that the first row does not pay for imports."""
    if peer not in WARM:
        WARM.add(peer)
        few = np.random.default_rng(SEED).choice(len(bad), 500, replace=False)
        PEERS[peer](x.iloc[few].reset_index(drop=True), bad[few], cats)


def row(name, peer, fold, train, test):
    x, bad, cats = train
    warm_up(peer, x, bad, cats)
    start = time.process_time()
    predict = PEERS[peer](x, bad, cats)
    fitted = time.process_time()
    values = metrics(test[1], np.asarray(predict(test[0]), float))
    return {"set": name, "peer": peer, "fold": fold, "rows_fit": len(bad), "rows_scored": len(test[1]), **values,
            "fit_cpu_s": round(fitted - start, 6)}


def five_fold(data, folds, sets, peers):
    for name in sets:
        x, bad, cats = load(data, name, CATEGORICAL[name])
        fold = pd.read_csv(folds / f"{name}.csv")["fold"].to_numpy()
        assert len(fold) == len(bad)
        for peer in peers:
            for k in range(5):
                part = lambda rows: (x[rows].reset_index(drop=True), bad[rows], cats)
                yield row(name, peer, k, part(fold != k), part(fold == k))


def out_of_time(data, peers):
    cats = CATEGORICAL["sba_case"]
    train, test = (load(data, f"sba_case_{part}", cats) for part in ("until2005", "2006to2008"))
    for peer in peers:
        yield row("sba_case_out_of_time", peer, None, train, test)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--folds", type=Path)
    p.add_argument("--out", type=Path)
    p.add_argument("--sets", nargs="+", choices=CATEGORICAL, default=list(CATEGORICAL))
    p.add_argument("--peers", nargs="+", choices=PEERS, default=["lr", "optbinning", "lightgbm"])
    p.add_argument("--out-of-time", action="store_true")
    a = p.parse_args()
    if not a.out_of_time and not a.folds:
        p.error("--folds is needed, except with --out-of-time")
    warnings.filterwarnings("ignore")
    rows = []
    for r in out_of_time(a.data, a.peers) if a.out_of_time else five_fold(a.data, a.folds, a.sets, a.peers):
        print(json.dumps(r), flush=True)
        rows.append(r)
    if not a.out:
        return
    names = {"lr": "scikit-learn", "ebm": "interpret-core"}
    made_with = {n: importlib.metadata.version(n) for n in sorted({"scikit-learn", *(names.get(q, q) for q in a.peers)})}
    a.out.write_text(json.dumps({"made_with": made_with, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
