"""Lets LocalStack's parser accept what AWS accepts in a Distributed Map, and parse JSONPaths once.

An integer ``ToleratedFailurePercentage`` is refused by its grammar, and Express children are not known; they run as
Standard ones, which shows the definition's states but not an Express child's limits.
"""

import functools
import json

from jsonpath_ng.ext import parse as parse_json_path
from localstack.services.stepfunctions.asl.parse import asl_parser
from localstack.services.stepfunctions.asl.utils import json_path


def rewritten(node):
    if isinstance(node, list):
        return [rewritten(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: rewritten(value) for key, value in node.items()}
    if node.get("Type") != "Map":
        return node
    if isinstance(node.get("ToleratedFailurePercentage"), int):
        node["ToleratedFailurePercentage"] = float(node["ToleratedFailurePercentage"])
    config = (node.get("ItemProcessor") or {}).get("ProcessorConfig") or {}
    if config.get("ExecutionType") == "EXPRESS":
        config["ExecutionType"] = "STANDARD"
    return node


def install():
    # the grammar's tables are rebuilt at each call: a hundred milliseconds for each path of each state
    json_path.parse = functools.lru_cache(maxsize=4096)(parse_json_path)

    original = asl_parser.AmazonStateLanguageParser.parse

    def parse(definition):
        try:
            definition = json.dumps(rewritten(json.loads(definition)))
        except ValueError:
            pass  # what is no JSON is the parser's to refuse
        return original(definition)

    asl_parser.AmazonStateLanguageParser.parse = staticmethod(parse)
