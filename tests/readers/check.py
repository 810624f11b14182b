"""Exported models in the programs that read them: SQL engines and PMML evaluators.

A folder of cases is made by crates/export/tests/readers. A case is a folder with `case.json` (characteristics, rows and
what the model answers, doubles as the hexadecimal of their bits), a statement `DIALECT.sql` for each dialect and
`model.pmml`; `refused.json` names the exports that the model's names do not allow. Every row is put to every reader, and each
figure compared. Exit code: 0 when all is equal, 1 when something differs.
"""

import argparse
import glob
import json
import math
import os
import sqlite3
import struct
import sys
import zipfile
from pathlib import Path

FIRST = 5


def double(bits):
    return None if bits is None else struct.unpack(">d", bytes.fromhex(bits))[0]


class Case:
    def __init__(self, folder):
        self.folder = folder
        said = json.loads((folder / "case.json").read_text("utf-8"))
        self.name = folder.name
        self.table = said["table"]
        self.listed = said["not_authorised"]
        self.characteristics = said["characteristics"]
        self.types = said["types"]
        self.rows = [[self.cell(cell) for cell in row] for row in said["rows"]]
        self.withheld = said["withheld"]
        self.expected = said["expected"]
        for e in self.expected:
            e["pd"], e["data_coverage"] = double(e["pd"]), double(e["data_coverage"])
        self.reasons = said["reasons"]
        refused = folder / "refused.json"
        self.refused = json.loads(refused.read_text("utf-8")) if refused.exists() else {}

    @staticmethod
    def cell(cell):
        if cell is None or "t" in cell:
            return cell and cell["t"]
        return double(cell["n"])

    def columns(self):
        """Name and kind of each column of the table, the row's number first."""
        listed = [(self.listed, "text")] if self.listed else []
        return [("row id", "id")] + [(c["name"], self.types[i]) for i, c in enumerate(self.characteristics)] + listed

    def values(self, convert):
        """The rows of the table, each value as `convert(kind, value)` makes it."""
        columns = self.columns()
        for i, row in enumerate(self.rows):
            row = [i] + row + ([self.withheld[i]] if self.listed else [])
            yield [convert(kind, value) for (_, kind), value in zip(columns, row)]

    def statement(self, dialect):
        return (self.folder / f"{dialect}.sql").read_text("utf-8")

    def differences(self, answers):
        """What differs in the answers, by number of row; every row must have one."""
        for i, e in enumerate(self.expected):
            a = answers.get(i)
            if a is None:
                yield f"row {i}: no answer"
                continue
            for key in ("score", "grade", "points", "reasons"):
                if key in a and a[key] != e[key]:
                    yield f"row {i}: {key} is {a[key]!r}, expected {e[key]!r}: {self.rows[i]!r} {self.withheld[i]!r}"
            for key in ("pd", "data_coverage"):
                same = a[key] == e[key] or None not in (a[key], e[key]) and math.isclose(a[key], e[key], rel_tol=1e-12)
                if not same:
                    yield f"row {i}: {key} is {a[key]!r}, expected {e[key]!r}"
        if len(answers) != len(self.expected):
            yield f"{len(answers)} answers to {len(self.expected)} rows"

    def answer(self, names, row):
        """Number of the row and the figures of a row of a statement's result."""
        row = dict(zip(names, row))
        return row["row id"], {
            "score": row["score"],
            "pd": row["pd"],
            "grade": row["grade"],
            "data_coverage": row["data_coverage"],
            "points": [row[f"points_{t + 1}"] for t in range(len(self.expected[0]["points"]))],
            "reasons": [row[f"reason_{r + 1}"] for r in range(self.reasons) if row[f"reason_{r + 1}"] is not None],
        }


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def as_stored(kind, value):
    """A value for a column of a type: numbers as whole numbers, decimals or texts where the column is of those."""
    if value is None or kind in ("number", "id"):
        return value
    if kind == "integer":
        return int(value)
    if kind == "number as text":
        return repr(value)
    return value


def create(case, types):
    table = ".".join(quoted(part) for part in case.table.split("."))
    listed = ", ".join(f"{quoted(name)} {types[kind]}" for name, kind in case.columns())
    return table, f"CREATE TABLE {table} ({listed})"


class DuckDb:
    dialect = "duckdb"
    types = {"id": "BIGINT", "number": "DOUBLE", "text": "VARCHAR COLLATE NOCASE", "integer": "BIGINT",
             "number as text": "VARCHAR", "decimal": "DECIMAL(18, 6)"}

    def __init__(self, _):
        import duckdb
        self.version, self.module = duckdb.__version__, duckdb

    def rate(self, case):
        with self.module.connect() as db:
            table, statement = create(case, self.types)
            db.execute(statement)
            marks = ", ".join("?" * len(case.columns()))
            db.executemany(f"INSERT INTO {table} VALUES ({marks})", list(case.values(as_stored)))
            done = db.execute(case.statement(self.dialect))
            names = [d[0] for d in done.description]
            return dict(case.answer(names, row) for row in done.fetchall())


class Sqlite:
    dialect = "sqlite"
    types = {"id": "INTEGER", "number": "REAL", "text": "TEXT COLLATE NOCASE", "integer": "INTEGER", "number as text": "TEXT",
             "decimal": "NUMERIC"}
    version = sqlite3.sqlite_version

    def __init__(self, _):
        pass

    @staticmethod
    def stored(kind, value):
        # Its own casts of texts with many digits are not exact: such columns are of short ones, see the export.
        return as_stored(kind, value)

    def rate(self, case):
        db = sqlite3.connect(":memory:")
        table, statement = create(case, self.types)
        db.execute(statement)
        marks = ", ".join("?" * len(case.columns()))
        db.executemany(f"INSERT INTO {table} VALUES ({marks})", case.values(self.stored))
        done = db.execute(case.statement(self.dialect))
        names = [d[0] for d in done.description]
        return dict(case.answer(names, row) for row in done.fetchall())


class Postgres:
    dialect = "postgres"
    types = {"id": "bigint", "number": "double precision", "text": "text COLLATE any_case", "integer": "bigint",
             "number as text": "text", "decimal": "numeric(18, 6)"}

    def __init__(self, arguments):
        import psycopg
        self.db = psycopg.connect(arguments.postgres, autocommit=True)
        # Here 'A' = 'a': the statement must compare bytes all the same.
        self.db.execute(
            "CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
        self.version = self.db.info.server_version

    def rate(self, case):
        table, statement = create(case, self.types)
        schema = case.table.split(".")[:-1]
        if schema:
            self.db.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema[0])}")
        self.db.execute(f"DROP TABLE IF EXISTS {table}")
        self.db.execute(statement)
        with self.db.cursor() as cursor:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in case.values(as_stored):
                    copy.write_row(row)
            done = cursor.execute(case.statement(self.dialect))
            names = [d.name for d in done.description]
            return dict(case.answer(names, row) for row in done.fetchall())


class Sqlglot:
    """Not an engine: the statement for Spark must be one that sqlglot's parser for Spark takes whole."""

    dialect = "spark"

    def __init__(self, _):
        import sqlglot
        self.version, self.module = sqlglot.__version__, sqlglot

    def rate(self, case):
        parsed = self.module.parse(case.statement("spark"), read="spark")
        assert len([s for s in parsed if s is not None]) == 1, f"{len(parsed)} statements"
        columns = parsed[0].named_selects
        assert columns[0] == "row id" and columns[-1] == f"reason_{case.reasons}", columns
        return None


class Spark:
    dialect = "spark"
    types = {"id": "BIGINT", "number": "DOUBLE", "text": "STRING", "integer": "BIGINT", "number as text": "STRING",
             "decimal": "DECIMAL(18, 6)"}

    def __init__(self, arguments):
        from pyspark.sql import SparkSession
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.shuffle.partitions", "2").config("spark.sql.warehouse.dir", arguments.cases + "/spark")
        for setting in arguments.spark_setting:
            builder = builder.config(*setting.split("=", 1))
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        self.version = self.session.version

    def rate(self, case):
        from decimal import Decimal

        from pyspark.sql.types import DecimalType, DoubleType, LongType, StringType, StructField, StructType
        kinds = {"id": LongType(), "number": DoubleType(), "text": StringType(), "integer": LongType(),
                 "number as text": StringType(), "decimal": DecimalType(18, 6)}
        schema = StructType([StructField(name, kinds[kind]) for name, kind in case.columns()])

        def stored(kind, value):
            value = as_stored(kind, value)
            return Decimal(repr(value)) if kind == "decimal" and value is not None else value

        frame = self.session.createDataFrame(list(case.values(stored)), schema)
        frame.createOrReplaceTempView("`" + case.table.replace("`", "``") + "`")
        done = self.session.sql(case.statement("spark"))
        return dict(case.answer(done.columns, row) for row in done.collect())


class Jpmml:
    dialect = "pmml"

    def __init__(self, _):
        import jpmml_evaluator
        from importlib.metadata import version
        from lxml import etree
        self.make, self.version = jpmml_evaluator.make_evaluator, version("jpmml_evaluator")
        jar = glob.glob(os.path.join(os.path.dirname(jpmml_evaluator.__file__), "dependencies", "pmml-model-1*.jar"))[0]
        with zipfile.ZipFile(jar) as z, z.open("pmml.xsd") as schema:
            self.schema = etree.XMLSchema(etree.parse(schema))
        self.parse = etree.parse

    def rate(self, case):
        path = str(case.folder / "model.pmml")
        document = self.parse(path)
        assert self.schema.validate(document), self.schema.error_log
        evaluator = self.make(path)
        return {i: self.figures(case, evaluator.evaluate(row)) for i, row in enumerate(pmml_rows(case))}

    @staticmethod
    def figures(case, answer):
        figures = {key: answer.get(key) for key in ("score", "pd", "grade", "data_coverage")}
        reasons = [answer.get(f"reason_{r + 1}") for r in range(case.reasons)]
        return figures | {"reasons": [r for r in reasons if r is not None]}


class Pypmml(Jpmml):
    def __init__(self, _):
        import pypmml
        from importlib.metadata import version
        self.model, self.version = pypmml.Model, version("pypmml")

    def rate(self, case):
        model = self.model.load(str(case.folder / "model.pmml"))
        return {i: self.figures(case, model.predict(row)) for i, row in enumerate(pmml_rows(case))}


def pmml_rows(case):
    names = [name for name, _ in case.columns()][1:]
    for row in case.values(lambda _, value: value):
        yield dict(zip(names, row[1:]))


READERS = {"duckdb": DuckDb, "sqlite": Sqlite, "postgres": Postgres, "sqlglot": Sqlglot, "spark": Spark, "jpmml": Jpmml,
           "pypmml": Pypmml}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", required=True, help="folder of cases")
    parser.add_argument("--readers", nargs="+", required=True, choices=READERS)
    parser.add_argument("--postgres", help="address of a database that may be written to")
    parser.add_argument("--spark-setting", nargs="*", default=[], help="KEY=VALUE of the session")
    arguments = parser.parse_args()
    cases = [Case(folder) for folder in sorted(Path(arguments.cases).iterdir()) if (folder / "case.json").exists()]
    wrong = 0
    for name in arguments.readers:
        reader = READERS[name](arguments)
        rows = done = refused = 0
        for case in cases:
            if reader.dialect in case.refused:
                refused += 1
                continue
            try:
                answers = reader.rate(case)
                found = [] if answers is None else list(case.differences(answers))
            except Exception as e:  # whatever a reader does not take is told with the case
                found = [f"{type(e).__name__}: {str(e)[:1500]}"]
            for line in found[:FIRST]:
                print(f"{name}: {case.name}: {line}")
            wrong += len(found)
            done += 1
            rows += len(case.rows)
        print(f"{name} {reader.version}: {done} models, {rows} rows, {refused} refused by name; {wrong} differences so far")
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
