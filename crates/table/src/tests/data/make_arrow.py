"""Writes arrow.parquet: the types that Arrow adds to Parquet, as pyarrow 26 stores them."""

import datetime
import decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

utc = [datetime.datetime(2006, 1, 31, 8, 30, 0, 250_000), None, datetime.datetime(2006, 1, 31)]
columns = {
    "category": pa.array(["制造业", None, "零售"]).dictionary_encode(),
    "category_of_integers": pa.array([3, None, 5]).dictionary_encode(),
    "pandas_category": pa.array(pd.Categorical(["b", None, "a"], categories=["a", "b", "c"], ordered=True)),
    "large_string": pa.array(["a", None, "NA"], pa.large_string()),
    "string_view": pa.array(["a", None, "a text of more than twelve bytes"], pa.string_view()),
    "instant": pa.array(utc, pa.timestamp("us", "Asia/Shanghai")),
    "wall_clock": pa.array(utc, pa.timestamp("s")),
    "date": pa.array([datetime.date(2006, 1, 31), None, datetime.date(1969, 12, 31)]),
    "decimal": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-0.01")], pa.decimal128(10, 2)),
    "small_decimal": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("2.00")], pa.decimal32(5, 2)),
    "nothing": pa.nulls(3),
    "half": pa.array([0.5, None, 3.0], pa.float16()),
    "nullable_bool": pa.array([True, None, False]),
    "uint64": pa.array([1, None, 2], pa.uint64()),
    "text_bytes": pa.array([b"a", None, b"b"]),
    "duration": pa.array([1, None, 2], pa.duration("ms")),
    "time": pa.array([datetime.time(8, 30), None, None]),
    "list": pa.array([[1], None, []]),
    "struct": pa.array([{"a": 1}, None, {"a": 2}]),
    "map": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())),
    "fixed_bytes": pa.array([b"ab", None, b"cd"], pa.binary(2)),
    "wide_decimal": pa.array([decimal.Decimal(1), None, None], pa.decimal256(50, 2)),
}
pq.write_table(pa.table(columns), "arrow.parquet", compression="snappy", row_group_size=2)
