"""Time of other libraries on made credit data, for the rows beside ours. See README.md.

    speed_peers.py gen --rows N --out F.parquet      write the data
    speed_peers.py run TASK... --data F.parquet      one JSON line a task, each in a process of its own
    speed_peers.py run all --data F.parquet

Every task runs on one thread: the limits are set in the environment of the child before it imports anything.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

TARGET = "bad"
LEVELS = [2, 3, 4, 5, 6, 8, 10, 15, 20, 40]
FIT_ROWS = 100_000  # models that only score are fitted on the first rows
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
              "POLARS_MAX_THREADS": "1", "ARROW_IO_THREADS": "1"}


# ---- the data ----

def numeric_column(rng, j, driver, rows):
    """Amounts, ratios, counts and days in turn; every third column has missing values, 2 % to 26 %."""
    import numpy as np
    mixed = 0.7 * driver + 0.7 * rng.standard_normal(rows)
    match j % 4:
        case 0:
            v = np.exp(10 + 1.4 * mixed).round(2)
        case 1:
            v = mixed / (0.3 + np.abs(rng.standard_normal(rows)))
        case 2:
            v = rng.poisson(np.exp(0.4 + 0.6 * mixed)).astype(np.float64)
        case _:
            v = np.floor(np.clip(36 + 30 * mixed, 0, 240))
    if j % 3 == 0:
        v[rng.random(rows) < 0.02 + 0.06 * (j % 5)] = np.nan
    return v


def generate(rows, seed=20240501):
    """A pyarrow table: n00..n39 (float64, null is missing), c0..c9 (text), bad (int8, about 7 % ones)."""
    import numpy as np
    import pyarrow as pa
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((6, rows))
    log_odds = -3.04 + 0.5 * hidden[0] + 0.4 * hidden[1] - 0.3 * hidden[2] * (hidden[3] > 0)
    names, columns = [], []
    for j in range(40):
        v = numeric_column(rng, j, hidden[j % 6], rows)
        names.append(f"n{j:02d}")
        columns.append(pa.array(v, mask=np.isnan(v)))
    for j, k in enumerate(LEVELS):
        place = (0.6 * hidden[j % 6] + rng.standard_normal(rows)) * k / 5 + k / 2
        level = np.clip(np.floor(place), 0, k - 1).astype(np.int32)
        log_odds += 0.25 * np.sin(level + j)
        names.append(f"c{j}")
        words = pa.array([f"k{i:02d}" for i in range(k)])
        columns.append(pa.DictionaryArray.from_arrays(pa.array(level), words).dictionary_decode())
    names.append(TARGET)
    columns.append(pa.array((rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)))
    return pa.table(columns, names=names)


# ---- the tasks: each returns (callable to time, warm-up callable) ----

def read_frame(path):
    import pandas as pd
    x = pd.read_parquet(path)
    y = x.pop(TARGET).to_numpy().astype(int)
    cats = [c for c in x.columns if c.startswith("c")]
    for c in cats:
        x[c] = x[c].astype(object)
    return x, y, cats


def matrix(x, cats):
    """The 50 columns as float32, text as the rank of its level."""
    import numpy as np
    import pandas as pd
    m = np.empty(x.shape, dtype=np.float32)
    for j, c in enumerate(x.columns):
        m[:, j] = pd.factorize(x[c], sort=True)[0] if c in cats else x[c].to_numpy()
    return m


def optbinning_fit(path):
    from optbinning import BinningProcess
    x, y, cats = read_frame(path)

    def go(n=len(x)):
        b = BinningProcess(list(x.columns), categorical_variables=cats, n_jobs=1)
        b.fit(x[:n], y[:n])
        assert len(b.get_support()) == 50
    return go, lambda: go(min(20_000, len(x)))


def optbinning_scorecard(x, y, cats):
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression
    card = Scorecard(binning_process=BinningProcess(list(x.columns), categorical_variables=cats),
                     estimator=LogisticRegression(max_iter=1000), scaling_method="pdo_odds",
                     scaling_method_params={"pdo": 20, "odds": 50, "scorecard_points": 600})
    return card.fit(x[:FIT_ROWS], y[:FIT_ROWS], metric_missing="empirical", metric_special="empirical")


def optbinning_score(path):
    x, y, cats = read_frame(path)
    card = optbinning_scorecard(x, y, cats)

    def go():
        assert len(card.score(x)) == len(x)
    return go, go


def booster(m, y, cats_at):
    import lightgbm as lgb
    settings = {"objective": "binary", "num_threads": 1, "verbosity": -1, "seed": 1}
    return lgb.train(settings, lgb.Dataset(m, y, categorical_feature=cats_at), 100)


def lightgbm_fit(path):
    x, y, cats = read_frame(path)
    m, at = matrix(x, cats), [i for i, c in enumerate(x.columns) if c in cats]

    def go(n=len(x)):
        assert booster(m[:n], y[:n], at).num_trees() == 100
    return go, lambda: go(min(20_000, len(x)))


def lightgbm_score(path):
    x, y, cats = read_frame(path)
    m, at = matrix(x, cats), [i for i, c in enumerate(x.columns) if c in cats]
    b = booster(m[:FIT_ROWS], y[:FIT_ROWS], at)

    def go():
        assert len(b.predict(m, num_threads=1)) == len(m)
    return go, go


def ebm_fit(path):
    """Fits the first rows once, for that takes minutes, and says how well as many rows after them are told."""
    from interpret.glassbox import ExplainableBoostingClassifier
    from sklearn.metrics import log_loss, roc_auc_score
    x, y, cats = read_frame(path)
    types = ["nominal" if c in cats else "continuous" for c in x.columns]

    def go(n=FIT_ROWS):
        go.model = ExplainableBoostingClassifier(feature_types=types, n_jobs=1, random_state=1).fit(x[:n], y[:n])

    def told():
        rows = slice(FIT_ROWS, 2 * FIT_ROWS)
        p = go.model.predict_proba(x[rows])[:, 1]
        return {"auc": round(roc_auc_score(y[rows], p), 6), "log_loss": round(log_loss(y[rows], p), 6)}
    go.rows, go.told = FIT_ROWS, told
    return go, lambda: go(1000)


def onnx_lr(path):
    """An ONNX Runtime session of a standardised logistic regression, its input's name and the matrix."""
    import numpy as np
    import onnxruntime as rt
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    x, y, cats = read_frame(path)
    m = np.nan_to_num(matrix(x, cats))
    p = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(m[:50_000], y[:50_000])
    graph = to_onnx(p, m[:1], options={"zipmap": False}, target_opset=15)
    options = rt.SessionOptions()
    options.intra_op_num_threads = 1
    s = rt.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return s, s.get_inputs()[0].name, m


def onnx_lr_score(path):
    s, name, m = onnx_lr(path)

    def go():
        assert len(s.run(None, {name: m})[0]) == len(m)
    return go, go


def numpy_sum(path):
    """Floor: reads every cell once as float64, column after column."""
    import numpy as np
    x, _, cats = read_frame(path)
    m = np.asfortranarray(np.nan_to_num(matrix(x, cats)).astype(np.float64))

    def go():
        assert all(np.isfinite(m[:, j].sum()) for j in range(50))
    return go, go


def polars_sum(path):
    import polars as pl
    x, _, cats = read_frame(path)
    m = matrix(x, cats).astype("float64")
    d = pl.DataFrame({c: m[:, j].copy() for j, c in enumerate(x.columns)})

    def go():
        assert d.select(pl.all().sum()).shape == (1, 50)
    return go, go


COLUMNS = [f"n{j:02d}" for j in range(40)] + [f"c{j}" for j in range(10)]


def read_then_write(path, frame_to_write):
    """Reads the 50 columns and writes `frame_to_write` of them; warmed up on a few rows, so that memory is fresh as in a
    program that runs once."""
    import tempfile
    import polars as pl

    def go(rows=None):
        with tempfile.TemporaryDirectory() as folder:
            d = pl.read_parquet(path, columns=COLUMNS, n_rows=rows)
            assert d.width == 50
            frame_to_write(d).write_parquet(Path(folder) / "out.parquet")
    return go, lambda: go(1000)


def polars_read_write(path):
    """Floor of a batch job: reads the 50 columns from Parquet and writes them, nothing else."""
    return read_then_write(path, lambda d: d)


def polars_read_write_scores(path):
    """The same, writing columns as scores have them in place of those read: score, PD, grade and four reasons."""
    import numpy as np
    import polars as pl
    import pyarrow.parquet as pq
    n, rng = pq.read_metadata(path).num_rows, np.random.default_rng(1)
    score = (600 + 60 * rng.standard_normal(n)).astype(np.int64)
    words = lambda names: pl.Series(np.array(names)[rng.integers(0, len(names), n)])
    scores = {"score": score, "pd": 1 / (1 + 19 * 2.0 ** ((score - 600) / 50)), "grade": words(["AAA", "BB", "CCC", "C"])}
    scores |= {f"reason_{k}": words(COLUMNS) for k in range(1, 5)}
    scores = pl.DataFrame(scores)
    return read_then_write(path, lambda d: scores.head(len(d)))


def one_by_one(score, n):
    """`n` calls of one row each; its figures are per call."""
    def go():
        for i in range(n):
            score(i)
    go.calls = n
    return go, lambda: [score(i) for i in range(min(n, 50))]


def row_optbinning(path):
    x, y, cats = read_frame(path)
    card = optbinning_scorecard(x, y, cats)
    rows = [x.iloc[[i]] for i in range(100)]
    return one_by_one(lambda i: card.score(rows[i]), 100)


def row_lightgbm(path):
    x, y, cats = read_frame(path)
    m, at = matrix(x[:FIT_ROWS], cats), [i for i, c in enumerate(x.columns) if c in cats]
    b = booster(m, y[:FIT_ROWS], at)
    return one_by_one(lambda i: b.predict(m[i:i + 1], num_threads=1), 3000)


def row_onnx_lr(path):
    session, name, m = onnx_lr(path)
    return one_by_one(lambda i: session.run(None, {name: m[i:i + 1]}), 3000)


TASKS = {f.__name__: f for f in (optbinning_fit, lightgbm_fit, ebm_fit, optbinning_score, lightgbm_score,
                                 onnx_lr_score, numpy_sum, polars_sum, polars_read_write, polars_read_write_scores,
                                 row_optbinning, row_lightgbm, row_onnx_lr)}


# ---- running ----

def measure(name, path, reps):
    import pyarrow.parquet as pq
    go, warm = TASKS[name](path)
    warm()
    wall, cpu = [], []
    for _ in range(1 if hasattr(go, "told") else reps):
        w, c = time.perf_counter(), time.process_time()
        go()
        wall.append(time.perf_counter() - w)
        cpu.append(time.process_time() - c)
    calls = getattr(go, "calls", 1)
    told = go.told() if hasattr(go, "told") else {}
    rows = getattr(go, "rows", 1 if calls > 1 else pq.read_metadata(path).num_rows)
    wall, cpu = ([v / calls for v in t] for t in (wall, cpu))
    median = statistics.median(cpu)
    return {"task": name, "rows": rows, "reps": len(cpu), "calls": calls, "cpu_s": round(median, 9),
            "cpu_s_all": [round(v, 9) for v in cpu], "wall_s": round(statistics.median(wall), 9),
            "rows_per_cpu_s": round(rows / median),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, **told}


def run(names, path, reps):
    for name in names:
        child = subprocess.run([sys.executable, __file__, "child", name, "--data", path, "--reps", str(reps)],
                               env={**os.environ, **ONE_THREAD}, capture_output=True, text=True)
        if child.returncode:
            sys.exit(f"{name} failed: {child.stderr.strip()[-2000:]}")
        print(child.stdout.splitlines()[-1], flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = p.add_subparsers(dest="command", required=True)
    g = commands.add_parser("gen")
    g.add_argument("--rows", type=int, required=True)
    g.add_argument("--out", required=True)
    for command, many in (("run", True), ("child", False)):
        c = commands.add_parser(command)
        c.add_argument("tasks", nargs="+" if many else 1, choices=[*TASKS, "all"])
        c.add_argument("--data", required=True)
        c.add_argument("--reps", type=int, default=3)
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    if a.command == "gen":
        import pyarrow.parquet as pq
        pq.write_table(generate(a.rows), a.out, row_group_size=131_072)
    elif a.command == "run":
        run(list(TASKS) if "all" in a.tasks else a.tasks, a.data, a.reps)
    else:
        print(json.dumps(measure(a.tasks[0], a.data, a.reps)))


if __name__ == "__main__":
    main()
