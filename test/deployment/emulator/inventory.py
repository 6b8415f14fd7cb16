"""All that is in the emulator's stores, by service, store and name."""

import sys

import live
import redshift
from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

# Records of what has happened, which AWS keeps too and nobody pays for.
_HISTORY = {
    ("cloudformation", "_stack_events"),
    ("cloudformation", "_change_sets"),
    ("cloudwatch", "_metrics"),
    ("cloudwatch", "_alarm_history"),
    ("eventbridge", "_events_log"),
    ("emr", "_steps"),
    ("emr", "_block_public_access"),
    ("cloudtrail", "_events"),
}
# There from the start in every account.
_BUILT_IN = {"scheduler _schedule_groups default", "eventbridge _event_buses default"}
# Parts of buckets: a bucket that holds any cannot be deleted.
_PARTS = {
    "_object_versions",
    "_object_tags",
    "_object_acl",
    "_object_retention",
    "_object_legal_hold",
    "_completed_multipart_uploads",
}
# As in AWS: ended ones stay visible, and cost nothing.
_ENDED = {
    ("cloudformation", "_stacks"): lambda stack: stack["StackStatus"] == "DELETE_COMPLETE",
    ("kms", "_keys"): lambda key: key["KeyState"] == "PendingDeletion",
    ("emr", "_clusters"): lambda cluster: cluster["Status"]["State"].startswith("TERMINATED"),
    ("stepfunctions", "_executions"): lambda execution: execution["status"] != "RUNNING",
}


def everything():
    found = set()
    for module_name, module in list(sys.modules.items()):
        if not module_name.startswith("ministack.services."):
            continue
        service = module_name.removeprefix("ministack.services.")
        for store_name, store in vars(module).items():
            if not isinstance(store, AccountScopedDict | AccountRegionScopedDict):
                continue
            if (service, store_name) in _HISTORY or store_name in _PARTS:
                continue
            ended = _ENDED.get((service, store_name), lambda _value: False)
            # An empty list or map under a key is what is left of a thing, not a thing.
            found |= {
                f"{service} {store_name} {key[-1]}"
                for key, value in store._data.items()
                if value not in ({}, []) and not ended(value)
            }
    found |= {f"stack {each.stack} {each.kind} {each.physical_id}" for each in live.resources.values()}
    found |= {f"redshift {name}" for name in [*redshift.namespaces, *redshift.workgroups]}
    return sorted(found - _BUILT_IN)
