"""An independent reader of Iceberg tables: answers requests, one JSON object a line, until its input ends.

  python reader.py pyiceberg|duckdb|symlinks|spark S3_ENDPOINT GLUE_ENDPOINT DATABASE [JAR ...]

A request has `table`, its name, and `metadata`, the address of its metadata.json; `columns`; and may have `snapshot`, an id, and
`where`, a condition in SQL. `symlinks` reads no metadata, but `files`, as the table of symlinks has them.
An answer has `rows`, each a list of values as text, or `error`.
"""
import datetime
import decimal
import json
import os
import re
import sys
from pathlib import Path

REGION, KEY, SECRET = "us-east-1", "reader", "reader"


def pyiceberg(endpoint, *_):
    from pyiceberg.table import StaticTable

    properties = {
        "s3.endpoint": endpoint,
        "s3.region": REGION,
        "s3.access-key-id": KEY,
        "s3.secret-access-key": SECRET,
        "s3.force-virtual-addressing": "false",
        "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
    }

    def read(table, metadata, columns, snapshot=None, where=None):
        found = StaticTable.from_metadata(metadata, properties)
        return found.scan(row_filter=where or "true", selected_fields=tuple(columns), snapshot_id=snapshot).to_arrow()

    return read


def connected(endpoint):
    import duckdb as engine
    import duckdb_extension_avro
    import duckdb_extension_httpfs
    import duckdb_extension_iceberg

    connection = engine.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    for module in (duckdb_extension_httpfs, duckdb_extension_avro, duckdb_extension_iceberg):
        extension = next(Path(module.__file__).parent.rglob("*.duckdb_extension"))
        connection.execute(f"LOAD '{extension}'")
    scheme, host = endpoint.split("://")
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{KEY}', SECRET '{SECRET}', REGION '{REGION}', ENDPOINT '{host}', "
        f"URL_STYLE 'path', USE_SSL {'true' if scheme == 'https' else 'false'})"
    )
    connection.execute("SET TimeZone = 'UTC'")
    # A second question is to read its files, so that they can be counted.
    connection.execute("SET enable_external_file_cache = false")
    return connection


def duckdb(endpoint, *_):
    connection = connected(endpoint)

    def read(table, metadata, columns, snapshot=None, where=None):
        version = "" if snapshot is None else f", snapshot_from_id = {snapshot}"
        names = ", ".join(f'"{name}"' for name in columns)
        condition = "" if where is None else f" WHERE {where}"
        return connection.execute(f"SELECT {names} FROM iceberg_scan('{metadata}'{version}){condition}").to_arrow_table()

    return read


def symlinks(endpoint, *_):
    connection = connected(endpoint)

    def read(table, metadata, columns, files):
        names = ", ".join(f'"{name}"' for name in columns)
        paths = ", ".join(f"'{file}'" for file in files)
        # Parts of a time are numbers, and other keys texts, as Glue has them; DuckDB would guess.
        numbers = ", ".join(f"{key}: INTEGER" for key in ("year", "month", "day", "hour") if f"/{key}=" in files[0])
        types = f", hive_types = {{{numbers}}}" if numbers else ""
        options = f"union_by_name = true, hive_partitioning = true, hive_types_autocast = false{types}"
        return connection.execute(f"SELECT {names} FROM read_parquet([{paths}], {options})").to_arrow_table()

    return read


def spark(endpoint, glue, database, *jars):
    from pyspark.sql import SparkSession

    os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = KEY, SECRET
    os.environ["AWS_REGION"] = REGION
    settings = {
        "spark.jars": ",".join(jars),
        "spark.ui.enabled": "false",
        "spark.driver.memory": "2g",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "spark.sql.catalog.lake.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "spark.sql.catalog.lake.warehouse": "s3://curated/warehouse",
        "spark.sql.catalog.lake.glue.endpoint": glue,
        "spark.sql.catalog.lake.s3.endpoint": endpoint,
        "spark.sql.catalog.lake.s3.path-style-access": "true",
        # Every question is about the table as it is then.
        "spark.sql.catalog.lake.cache-enabled": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")

    def read(table, metadata, columns, snapshot=None, where=None):
        names = ", ".join(f"`{name}`" for name in columns)
        version = "" if snapshot is None else f" VERSION AS OF {snapshot}"
        condition = "" if where is None else " WHERE " + re.sub(r'"(\w+)"', r"`\1`", where)
        return session.sql(f"SELECT {names} FROM lake.{database}.{table}{version}{condition}").toArrow()

    return read


def text(value):
    """A value in JSON that loses nothing: all but booleans and null is text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {name: text(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [text(member) for member in value]
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            raise ValueError(f"{value} has a time zone")
        return value.isoformat(" ", "microseconds" if value.microsecond % 1000 else "milliseconds")
    if isinstance(value, float):
        return repr(value)
    return str(value)


def main(name, *arguments):
    # What libraries print is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    read = {"pyiceberg": pyiceberg, "duckdb": duckdb, "symlinks": symlinks, "spark": spark}[name](*arguments)
    for line in sys.stdin:
        try:
            request = json.loads(line)
            table = read(**request)
            columns = [table.column(column).to_pylist() for column in request["columns"]]
            answer = {"rows": [[text(value) for value in row] for row in zip(*columns)]}
        except Exception as error:  # whatever a reader makes of a table is an answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


main(*sys.argv[1:])
