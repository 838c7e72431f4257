#!/usr/bin/env python3
"""schema.py [BINARY]: holds the schema against what the relay itself takes and refuses.

The schema is the one that BINARY prints, without it deploy/relay.schema.json. The Swift tests read the same cases, so
schema and relay agree on them. Needs the package `jsonschema`.
"""

import copy
import json
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "Tests" / "RelayConfigTests" / "Cases"
# No JSON, or wrong only in what a parser for Python does not see: keys that come twice.
NOT_FOR_A_SCHEMA = {"comma", "latin1", "mark", "nothing", "twice"}

if len(sys.argv) > 1:
    schema = subprocess.run([sys.argv[1], "schema"], check=True, capture_output=True, text=True).stdout
else:
    schema = (ROOT / "deploy" / "relay.schema.json").read_text()
validator = Draft202012Validator(json.loads(schema))
failures = []


def expect(valid, value, name):
    errors = list(validator.iter_errors(value))
    if valid and errors:
        failures.append(f"{name}: refused, {errors[0].json_path}: {errors[0].message[:200]}")
    if not valid and not errors:
        failures.append(f"{name}: taken")


def put(base, path, value):
    result = copy.deepcopy(base)
    inner = result
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return result


Draft202012Validator.check_schema(validator.schema)
expect(True, json.loads((ROOT / "relay.example.json").read_text()), "relay.example.json")
for case in sorted(CASES.glob("*.valid.json")):
    expect(True, json.loads(case.read_text()), case.name)
for case in sorted(CASES.glob("*.invalid.json")):
    if case.name.split(".")[0] not in NOT_FOR_A_SCHEMA:
        expect(False, json.loads(case.read_text()), case.name)

table = json.loads((CASES / "single-values.json").read_text())
expect(True, table["base"], "the base of single-values.json")
values = 0
for entry in table["values"]:
    for valid, values_of in ((True, entry["good"]), (False, entry["bad"])):
        for value in values_of:
            values += 1
            name = f"{'.'.join(entry['at'])} = {json.dumps(value)}"
            expect(valid, put(table["base"], entry["at"], value), name)

for failure in failures:
    print(failure, file=sys.stderr)
print(f"schema: {values} single values, {len(failures)} disagreements")
sys.exit(1 if failures else 0)
