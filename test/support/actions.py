"""Prints, as JSON, those of the IAM actions on standard input (a JSON list) that do not exist. `*` is any letters."""

import fnmatch
import json
import sys
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pkg_resources, that parliament imports, says that it is old
    from parliament import iam_definition

KNOWN = {
    f"{service['prefix']}:{privilege['privilege']}" for service in iam_definition for privilege in service["privileges"]
}

json.dump([action for action in json.load(sys.stdin) if not fnmatch.filter(KNOWN, action)], sys.stdout)
