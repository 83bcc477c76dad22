"""Reads [{"name", "sql"}] from the file given and prints what a Trino parser says about each text, as JSON."""

import json
import sys

from trino_sql_validator import validate


def judge(text):
    result = validate(text["sql"], jinja="reject")
    found = []
    if result.error is not None:
        found.append(["syntax", f"{result.error.message} (line {result.error.line})"])
    found += [["unknown-function", str(name)] for name in result.unknown_functions]
    found += [["unknown-type", str(name)] for name in result.unknown_types]
    found += [["arguments", str(warning)] for warning in result.function_argument_warnings]
    if result.statement_count != 1:
        found.append(["one-statement", f"holds {result.statement_count} statements; Athena runs one"])
    return {"name": text["name"], "found": found}


with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps([judge(text) for text in json.load(file)]))
