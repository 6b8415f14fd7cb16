"""Redshift Serverless: its resources, and its Data API, which the test answers by a PostgreSQL engine."""

import asyncio
import json
import os
import time
import urllib.error
import urllib.request

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, new_uuid
from ministack.services import cloudwatch_logs

namespaces = {}
workgroups = {}


def create_namespace(properties):
    name = properties["NamespaceName"]
    identity = new_uuid()
    for export in properties.get("LogExports", []):
        # The service makes them, and nobody deletes them.
        group = f"/aws/redshift/{name}/{export}"
        cloudwatch_logs._log_groups.setdefault(
            group,
            {
                "arn": f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:*",
                "creationTime": int(time.time() * 1000),
                "retentionInDays": None,
                "tags": {},
                "streams": {},
                "subscriptionFilters": {},
            },
        )
    arn = f"arn:aws:redshift-serverless:{get_region()}:{get_account_id()}:namespace/{identity}"
    namespaces[name] = properties
    return name, {
        "Namespace.NamespaceArn": arn,
        "Namespace.NamespaceId": identity,
        "Namespace.NamespaceName": name,
        "Namespace.DbName": properties.get("DbName", "dev"),
        "Namespace.IamRoles": properties.get("IamRoles", []),
        "Namespace.Status": "AVAILABLE",
    }


def create_workgroup(properties):
    name = properties["WorkgroupName"]
    if properties.get("NamespaceName") not in namespaces:
        raise RuntimeError(f"Namespace {properties.get('NamespaceName')} not found (ResourceNotFoundException)")
    wanted = 3 if properties.get("EnhancedVpcRouting") in (True, "true") else 2
    if len(properties.get("SubnetIds", [])) < wanted:
        raise RuntimeError(f"Workgroup needs subnets in {wanted} zones (InsufficientCapacity)")
    identity = new_uuid()
    arn = f"arn:aws:redshift-serverless:{get_region()}:{get_account_id()}:workgroup/{identity}"
    workgroups[name] = properties
    return name, {
        "Workgroup.WorkgroupArn": arn,
        "Workgroup.WorkgroupId": identity,
        "Workgroup.WorkgroupName": name,
        "Workgroup.Endpoint.Address": f"{name}.{get_account_id()}.{get_region()}.redshift-serverless.amazonaws.com",
        "Workgroup.Endpoint.Port": "5439",
    }


def delete(kind, name):
    (namespaces if kind.endswith("Namespace") else workgroups).pop(name, None)


async def handle_request(method, path, headers, body, query_params):
    """The Data API: a workgroup that is not there is refused; the rest is answered by the engine of the test."""
    request = json.loads(body)
    if "WorkgroupName" in request and request["WorkgroupName"] not in workgroups:
        message = f"Redshift endpoint doesn't exist: {request['WorkgroupName']}"
        return error_response_json("ValidationException", message, 400)
    data = body if isinstance(body, bytes) else body.encode()
    question = urllib.request.Request(
        os.environ["MILLRACE_REDSHIFT"], data, {"x-amz-target": headers.get("x-amz-target", "")}
    )
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # A state machine asks from a thread of its own.
        return _answer(question)
    # COPY reads from the emulator's S3 meanwhile.
    return await asyncio.to_thread(_answer, question)


def _answer(question):
    try:
        with urllib.request.urlopen(question, timeout=60) as answer:
            return json_response(json.load(answer))
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        return error_response_json(problem["__type"], problem["message"], 400)


def install():
    from ministack import app
    from ministack.core import router
    from ministack.services import stepfunctions

    app.SERVICE_HANDLERS["redshift-data"] = handle_request
    router.SERVICE_PATTERNS["redshift-data"] = {
        "target_prefixes": ["RedshiftData."],
        "host_patterns": [r"redshift-data\."],
    }
    stepfunctions._AWS_SDK_SERVICE_MAP["redshiftdata"] = {
        "target_prefix": "RedshiftData",
        "protocol": "json",
        "service_key": "redshift-data",
    }
    stepfunctions._AWS_SDK_ERROR_PREFIX["redshiftdata"] = "RedshiftData"
