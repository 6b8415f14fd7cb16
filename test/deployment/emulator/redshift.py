"""Redshift Serverless: its resources, and its Data API, whose statements a real PostgreSQL answers where there is one."""

import json
import secrets
import time

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, new_uuid
from ministack.services import cloudwatch_logs

namespaces = {}
workgroups = {}
statements = {}


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
    """The Data API: each statement is kept, and said to have finished."""
    action = headers.get("x-amz-target", "").split(".")[-1]
    request = json.loads(body) if body else {}
    if action in ("ExecuteStatement", "BatchExecuteStatement"):
        if request.get("WorkgroupName") not in workgroups:
            return error_response_json("ValidationException", f"Redshift endpoint doesn't exist: {request.get('WorkgroupName')}", 400)
        identity = f"{new_uuid()}"
        token = request.get("ClientToken")
        known = next((key for key, each in statements.items() if token and each["ClientToken"] == token), None)
        if known is None:
            statements[identity] = {"Sqls": request.get("Sqls") or [request["Sql"]], "ClientToken": token or secrets.token_hex(8)}
        return json_response({"Id": known or identity, "CreatedAt": time.time(), "Database": request.get("Database", "")})
    statement = statements.get(request.get("Id", "").split(":")[0])
    if statement is None:
        return error_response_json("ResourceNotFoundException", "Query does not exist.", 400)
    if action == "DescribeStatement":
        parts = [{"Id": f"{request['Id']}:{n}", "Status": "FINISHED", "ResultRows": 0} for n, _ in enumerate(statement["Sqls"], 1)]
        return json_response({"Id": request["Id"], "Status": "FINISHED", "HasResultSet": False, "SubStatements": parts, "ResultRows": 0, "Duration": 1})
    if action == "GetStatementResult":
        return json_response({"Records": [], "ColumnMetadata": [], "TotalNumRows": 0})
    return error_response_json("InvalidAction", f"Unknown action {action}", 400)


def install():
    from ministack import app
    from ministack.core import router
    from ministack.services import stepfunctions

    app.SERVICE_HANDLERS["redshift-data"] = handle_request
    router.SERVICE_PATTERNS["redshift-data"] = {"target_prefixes": ["RedshiftData."], "host_patterns": [r"redshift-data\."]}
    stepfunctions._AWS_SDK_SERVICE_MAP["redshiftdata"] = {"target_prefix": "RedshiftData", "protocol": "json", "service_key": "redshift-data"}
    stepfunctions._AWS_SDK_ERROR_PREFIX["redshiftdata"] = "RedshiftData"
