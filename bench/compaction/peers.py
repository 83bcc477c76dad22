"""One peer at the job of `npm run bench:compaction -- --peers`: small gzip NDJSON objects on S3 become one Parquet file on S3.

  python peers.py NAME ENDPOINT SOURCE TARGET [JAR ...]

SOURCE and TARGET are s3:// addresses. Prints one JSON line: seconds, processor seconds and largest resident set in MiB of this process
and those that it starts, and rows. Loading the library is not measured; starting Spark's virtual machine is.
"""
import json
import os
import sys
import time

REGION, KEY, SECRET = "us-east-1", "bench", "bench"

# The columns of web-logs.ts. Where a peer takes a schema, it is spared from guessing it.
COLUMNS = {
    "event_id": "VARCHAR",
    "event_time": "TIMESTAMP",
    "client_ip": "VARCHAR",
    "method": "VARCHAR",
    "path": "VARCHAR",
    "protocol": "VARCHAR",
    "status": "INTEGER",
    "bytes": "BIGINT",
    "duration_ms": "DOUBLE",
    "referrer": "VARCHAR",
    "user_agent": "VARCHAR",
    "visitor": "STRUCT(id BIGINT, country VARCHAR, premium BOOLEAN)",
    "tags": "VARCHAR[]",
    "cache_hit": "BOOLEAN",
}


def polars(endpoint, source, target, _jars):
    import polars as pl

    options = {
        "aws_endpoint_url": endpoint,
        "aws_access_key_id": KEY,
        "aws_secret_access_key": SECRET,
        "aws_region": REGION,
        "aws_allow_http": "true",
    }

    def run():
        # Its NDJSON reader parses no times: they stay texts.
        lines = pl.scan_ndjson(f"{source}*.json.gz", storage_options=options)
        lines.sink_parquet(target, compression="snappy", storage_options=options)
        return pl.scan_parquet(target, storage_options=options).select(pl.len()).collect().item()

    return run


def duckdb(endpoint, source, target, _jars):
    import duckdb as engine
    import duckdb_extension_httpfs as httpfs
    from pathlib import Path

    connection = engine.connect(config={"allow_unsigned_extensions": "true"})
    extension = next(Path(httpfs.__file__).parent.rglob("*.duckdb_extension"))
    connection.execute(f"LOAD '{extension}'")
    scheme, host = endpoint.split("://")
    connection.execute(
        f"CREATE SECRET (TYPE s3, KEY_ID '{KEY}', SECRET '{SECRET}', REGION '{REGION}', ENDPOINT '{host}', "
        f"URL_STYLE 'path', USE_SSL {'true' if scheme == 'https' else 'false'})"
    )
    # More than there are processors: a thread waits while its object comes.
    connection.execute("SET threads = 16")
    connection.execute("SET preserve_insertion_order = false")
    columns = ", ".join(f"{name}: '{type}'" for name, type in COLUMNS.items())

    def run():
        return connection.execute(
            f"COPY (SELECT * FROM read_json('{source}*.json.gz', columns = {{{columns}}}, format = 'newline_delimited', "
            f"auto_detect = false)) TO '{target}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 500000)"
        ).fetchone()[0]

    return run


def pyspark(endpoint, source, target, jars):
    from pyspark.sql import SparkSession

    def run():
        spark = (
            SparkSession.builder.master(f"local[{os.cpu_count()}]")
            .config("spark.ui.enabled", "false")
            .config("spark.jars", ",".join(jars))
            .config("spark.driver.memory", "3g")
            .config("spark.hadoop.fs.s3a.endpoint", endpoint)
            .config("spark.hadoop.fs.s3a.endpoint.region", REGION)
            .config("spark.hadoop.fs.s3a.access.key", KEY)
            .config("spark.hadoop.fs.s3a.secret.key", SECRET)
            .config("spark.hadoop.fs.s3a.path.style.access", "true")
            .config("spark.hadoop.fs.s3a.change.detection.mode", "none")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        types = {"VARCHAR": "STRING", "VARCHAR[]": "ARRAY<STRING>", "INTEGER": "INT"}
        schema = ", ".join(
            f"{name} {types.get(type, type).replace('(id ', '<id: ').replace('country VARCHAR', 'country: STRING').replace('premium BOOLEAN)', 'premium: BOOLEAN>')}"
            for name, type in COLUMNS.items()
        )
        lines = spark.read.schema(schema).json(source.replace("s3://", "s3a://"))
        written = target.replace("s3://", "s3a://")
        lines.coalesce(os.cpu_count()).write.option("compression", "snappy").parquet(written)
        return spark.read.parquet(written).count()

    return run


def tree():
    """This process and its descendants: Spark's virtual machine is a child that goes on."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                parents[int(pid)] = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            pass
    found = [os.getpid()]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def usage():
    """Processor seconds and largest resident set in MiB, of the whole tree."""
    seconds, peak = 0.0, 0.0
    for pid in tree():
        try:
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            with open(f"/proc/{pid}/status") as file:
                peak += sum(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
        except OSError:
            continue
        seconds += sum(int(field) for field in fields[11:13]) / os.sysconf("SC_CLK_TCK")
    return seconds, peak


def main(name, endpoint, source, target, *jars):
    run = {"polars": polars, "duckdb": duckdb, "pyspark": pyspark}[name](endpoint, source, target, jars)
    (before, _), started = usage(), time.monotonic()
    rows = run()
    seconds = time.monotonic() - started
    used, peak = usage()
    print(json.dumps({"seconds": seconds, "cpuSeconds": used - before, "peakMiB": peak, "rows": rows}))


main(*sys.argv[1:])
