"""Reads a JUnit report with junitparser and says, as JSON, what it took from it."""
import json
import sys

from junitparser import Failure, JUnitXml, Skipped

xml = JUnitXml.fromfile(sys.argv[1])
cases = []
for suite in xml:
    counted = [suite.tests, suite.failures, suite.errors, suite.skipped]
    suite.update_statistics()  # counts anew
    for case in suite:
        cases.append({
            "suite": suite.name, "name": case.name, "classname": case.classname, "time": case.time,
            "failed": any(isinstance(r, Failure) for r in case.result),
            "skipped": any(isinstance(r, Skipped) for r in case.result),
            "message": case.result[0].message if case.result else "",
        })
    if counted != [suite.tests, suite.failures, suite.errors, suite.skipped]:
        sys.exit(f"the counts of {suite.name} are wrong: {counted}")
json.dump({"tests": xml.tests, "failures": xml.failures, "skipped": xml.skipped, "cases": cases}, sys.stdout)
