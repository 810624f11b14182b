"""Invoice features by DuckDB, and the invoices to compute them from.

    invoices_peers.py gen --rows 50000000 --enterprises 1000000 --out DIR    made invoices, Parquet, in DIR/invoices/
    invoices_peers.py duckdb --data DIR --as-of 2025-12-31 --threads 2 --out FILE

The SQL is written from the words of the catalogue, not from our code, so it is a second opinion on the values too:
`benches --bin invoices` compares the two tables. Everything made is synthetic (合成数据, 非真实企业).
"""

import argparse
import json
import os
import resource
import time


def gen(args):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(args.seed)
    n, firms = args.rows, args.enterprises
    os.makedirs(os.path.join(args.out, "invoices"), exist_ok=True)
    ids = np.array([f"91500000MA{i:08d}" for i in range(firms)])
    # A few firms have most invoices; a counterparty is another firm, often the same ones again.
    weight = rng.pareto(1.5, firms) + 0.3
    cumulated = np.cumsum(weight / weight.sum())
    first, last = np.datetime64("2023-10-01"), np.datetime64("2026-01-10")
    days = (last - first).astype(int)
    files = max(1, n // 5_000_000)
    schema = pa.schema([
        ("enterprise_id", pa.string()), ("invoice_no", pa.string()), ("issued_on", pa.date32()),
        ("direction", pa.string()), ("counterparty_id", pa.string()), ("amount", pa.decimal128(18, 2)),
        ("tax", pa.decimal128(18, 2)), ("status", pa.string()),
    ])
    number = 0
    for f in range(files):
        rows = n // files + (1 if f < n % files else 0)
        path = os.path.join(args.out, "invoices", f"part-{f:03d}.parquet")
        with pq.ParquetWriter(path, schema, compression="zstd") as out:
            while rows:
                m = min(rows, 500_000)
                rows -= m
                firm = np.searchsorted(cumulated, rng.random(m)).clip(0, firms - 1)
                slot = rng.zipf(1.6, m) % 40
                other = (firm * 7919 + slot * 104729 + 13) % firms
                # Delivered month by month: a file is a span of days.
                at = (f + rng.random(m)) / files
                issued = first + (at * days).astype(int)
                sale = rng.random(m) < 0.55
                fen = np.exp(rng.normal(12.5, 1.6, m)).astype(np.int64) + 100
                round_ = rng.random(m) < 0.02
                fen[round_] = (fen[round_] // 1_000_000 + 1) * 1_000_000
                kind = rng.random(m)
                status = np.where(kind < 0.02, "void", np.where(kind < 0.035, "red", "valid"))
                fen = np.where(status == "red", -fen, fen)
                tax = fen * 13 // 100
                numbers = [f"{number + i:020d}" for i in range(m)]
                number += m
                cents = lambda v: pa.Array.from_buffers(
                    pa.decimal128(18, 2), m, [None, _wide(v)])
                table = pa.table([
                    pa.array(ids[firm]), pa.array(numbers), pa.array(issued.astype("datetime64[D]")),
                    pa.array(np.where(sale, "sale", "purchase")), pa.array(ids[other]), cents(fen), cents(tax),
                    pa.array(status),
                ], schema=schema)
                out.write_table(table, row_group_size=250_000)
    print(json.dumps({"rows": n, "enterprises": firms, "files": files}))


def _wide(values):
    """128-bit integers of 64-bit ones, as Arrow stores decimals."""
    import numpy as np
    import pyarrow as pa

    wide = np.empty((len(values), 2), dtype=np.int64)
    wide[:, 0] = values
    wide[:, 1] = values >> 63
    return pa.py_buffer(wide.tobytes())


SQL = """
with raw as (
    select enterprise_id as e, invoice_no, issued_on as d, direction, counterparty_id as c, amount, tax, status
    from read_parquet('{data}/invoices/*.parquet')
    where issued_on <= date '{as_of}' and issued_on + 1 <= date '{as_of}'
),
-- One record of each identity: redeliveries drop out.
inv as (
    select e, d, direction = 'sale' as s, c, any_value(amount) as a, any_value(status) as status, invoice_no
    from raw group by e, direction, invoice_no, c, d
),
span as (
    select date_trunc('month', date '{as_of}' + 1)::date as end_, (date_trunc('month', date '{as_of}' + 1) - interval 12 month)::date as y1,
           (date_trunc('month', date '{as_of}' + 1) - interval 24 month)::date as y2,
           (date_trunc('month', date '{as_of}' + 1) - interval 3 month)::date as q1,
           (date_trunc('month', date '{as_of}' + 1) - interval 15 month)::date as q2e,
           (date_trunc('month', date '{as_of}' + 1) - interval 12 month)::date as q2s,
           (date_trunc('month', date '{as_of}' + 1) - interval 6 month)::date as half
),
w as (
    select inv.*, status <> 'void' as live, d >= y1 and d < end_ as in12, d >= y2 and d < y1 as in24,
           d >= q1 and d < end_ as in3, d >= q2e and d < q2s as in3ago, d >= half as later,
           (year(d) * 12 + month(d)) as m, last_day(d) - d < 3 as month_end
    from inv, span
),
plain as (
    select e,
        sum(a) filter (s and live and in12) as sales_net_12m,
        sum(a) filter (s and live and in24) as sales_before,
        sum(a) filter (s and live and in3) as sales_3m,
        sum(a) filter (s and live and in3ago) as sales_3m_before,
        date '{as_of}' - max(d) filter (s and live) as days_since_invoice,
        count(distinct m) filter (s and live and in12) as active_months_12m,
        count(*) filter (s and in12) as sales_invoices,
        count(*) filter (s and in12 and status = 'void') as voids,
        -sum(a) filter (s and in12 and status = 'red') as red,
        sum(a) filter (s and in12 and status = 'valid') as gross,
        sum(a) filter (not s and live and in12) as bought,
        count(*) filter (s and live and in12) as live_invoices,
        count(*) filter (s and live and in12 and a % 10000 = 0 and a <> 0) as rounds,
        sum(a) filter (s and live and in12 and month_end) as at_month_end
    from w group by e
),
by_party as (
    select e, c,
        sum(a) filter (s and live and in12) as sold, sum(a) filter (not s and live and in12) as bought,
        count(*) filter (s and live and in12) as n_sold, count(*) filter (not s and live and in12) as n_bought,
        count(*) filter (s and live and in12 and not later) as n_first, count(*) filter (s and live and in12 and later) as n_second,
        count(*) filter (s and live and in24) as n_before
    from w group by e, c
),
ranked as (
    select *, row_number() over (partition by e order by greatest(coalesce(sold, 0), 0) desc) as r_sold,
              row_number() over (partition by e order by greatest(coalesce(bought, 0), 0) desc) as r_bought
    from by_party
),
party as (
    select e,
        sum(greatest(sold, 0)) as positive, sum(greatest(sold, 0)) filter (r_sold = 1) as top1,
        sum(greatest(sold, 0)) filter (r_sold <= 5) as top5, sum(power(greatest(sold, 0)::double, 2)) as squares,
        count(*) filter (n_sold > 0) as customers_12m, count(*) filter (n_bought > 0) as suppliers_12m,
        count(*) filter (n_first > 0) as first_half, count(*) filter (n_first > 0 and n_second > 0) as both_halves,
        sum(greatest(sold, 0)) filter (n_before = 0) as fresh,
        sum(greatest(bought, 0)) as positive_bought, sum(greatest(bought, 0)) filter (r_bought <= 5) as top5_bought,
        sum(greatest(sold, 0)) filter (bought > 0) as two_way
    from ranked group by e
),
by_month as (
    select e, m, sum(a) as x, bool_or(in12) as in12 from w where s and live and (in12 or in24) group by e, m
),
variation as (
    select e, sum(x) filter (in12) as total, sum(power(x::double, 2)) filter (in12) as squares from by_month group by e
),
gaps as (
    select e, max(gap) as longest_gap_24m from (
        select e, m - lag(m, 1, (select year(y2) * 12 + month(y2) - 1 from span)) over (partition by e order by m) - 1 as gap from by_month
        union all
        select e, (select year(end_) * 12 + month(end_) from span) - max(m) - 1 from by_month group by e
    ) group by e
)
select plain.e as enterprise_id,
    coalesce(sales_net_12m, 0)::double as sales_net_12m,
    case when sales_before > 0 then coalesce(sales_net_12m, 0)::double / sales_before::double - 1 end as sales_growth_12m,
    case when sales_3m_before > 0 then coalesce(sales_3m, 0)::double / sales_3m_before::double - 1 end as sales_growth_3m,
    case when total > 0 then sqrt(greatest(12 * variation.squares / power(total::double, 2) - 1, 0)) end as sales_cv_12m,
    coalesce(longest_gap_24m, 24)::double as longest_gap_24m,
    days_since_invoice::double as days_since_invoice,
    active_months_12m::double as active_months_12m,
    case when sales_invoices > 0 then voids::double / sales_invoices end as void_share_12m,
    case when gross > 0 then coalesce(red, 0)::double / gross::double end as red_share_12m,
    case when positive > 0 then top1::double / positive::double end as top1_customer_share,
    case when positive > 0 then top5::double / positive::double end as top5_customer_share,
    case when positive > 0 then party.squares / power(positive::double, 2) end as customer_hhi,
    customers_12m::double as customers_12m,
    case when first_half > 0 then both_halves::double / first_half end as customers_retained,
    case when positive > 0 then coalesce(fresh, 0)::double / positive::double end as new_customer_share,
    case when positive_bought > 0 then top5_bought::double / positive_bought::double end as top5_supplier_share,
    suppliers_12m::double as suppliers_12m,
    case when sales_net_12m > 0 then coalesce(plain.bought, 0)::double / sales_net_12m::double end as purchase_to_sales,
    case when sales_net_12m > 0 then (sales_net_12m - coalesce(plain.bought, 0))::double / sales_net_12m::double end as gross_margin_proxy,
    case when live_invoices > 0 then rounds::double / live_invoices end as round_amount_share,
    case when sales_net_12m > 0 then coalesce(at_month_end, 0)::double / sales_net_12m::double end as month_end_share,
    case when positive > 0 then coalesce(two_way, 0)::double / positive::double end as two_way_trade_share
from plain left join party using (e) left join variation using (e) left join gaps using (e)
order by enterprise_id
"""


def duck(args):
    import duckdb

    con = duckdb.connect()
    con.execute(f"set threads = {args.threads}")
    con.execute(f"set memory_limit = '{args.memory}'")
    con.execute(f"set temp_directory = '{args.out}.tmp'")
    start, before = time.perf_counter(), time.process_time()
    sql = SQL.format(data=args.data, as_of=args.as_of)
    con.execute(f"copy ({sql}) to '{args.out}' (format parquet)")
    wall, cpu = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peer": f"duckdb {duckdb.__version__}", "wall_s": wall, "cpu_s": cpu, "peak_mib": peak}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    g = commands.add_parser("gen")
    g.add_argument("--rows", type=int, default=50_000_000)
    g.add_argument("--enterprises", type=int, default=1_000_000)
    g.add_argument("--seed", type=int, default=1)
    g.add_argument("--out", required=True)
    g.set_defaults(run=gen)
    d = commands.add_parser("duckdb")
    d.add_argument("--data", required=True)
    d.add_argument("--as-of", default="2025-12-31")
    d.add_argument("--threads", type=int, default=2)
    d.add_argument("--memory", default="8GiB")
    d.add_argument("--out", required=True)
    d.set_defaults(run=duck)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
