"""Step Functions' integration of EMR, and the events it sends when an execution ends."""

import json
import threading
import time

import emr
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import eventbridge, stepfunctions
from ministack.services.emr import _clusters

_ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def repair(arn):
    """JSONata in `Succeed` and `Fail`, which MiniStack does not work out: both become `Pass`, where it does."""
    machine = stepfunctions._state_machines[arn]
    definition = json.loads(machine["definition"])
    if definition.get("QueryLanguage") != "JSONata":
        return
    for state in definition["States"].values():
        if state["Type"] == "Succeed":
            state |= {"Type": "Pass", "End": True}
        elif state["Type"] == "Fail":
            state |= {
                "Type": "Pass",
                "End": True,
                "fails": {"error": state.get("Error", ""), "cause": state.get("Cause", "")},
            }
    machine["definition"] = json.dumps(definition)


def execute_pass(state, given, context):
    if "fails" in state:
        failure = stepfunctions._apply_jsonata_template(state["fails"], given, context)
        raise stepfunctions._ExecutionError(failure["error"], failure["cause"])
    return stepfunctions_execute_pass(state, given, context)


def create_cluster(_resource, request):
    status, _, body = emr.run_job_flow(request)
    answer = json.loads(body)
    if status >= 400:
        raise stepfunctions._ExecutionError("ElasticMapReduce.ValidationException", answer.get("message", ""))
    cluster = _clusters[answer["JobFlowId"]]
    return {"ClusterId": cluster["Id"], "ClusterArn": cluster["ClusterArn"], "Cluster": json.loads(json.dumps(cluster))}


def add_step(resource, request):
    if not resource.endswith(".sync"):
        raise stepfunctions._ExecutionError("States.Runtime", f"the emulator knows no {resource}")
    try:
        step = emr.run_step(request["ClusterId"], request["Step"])
    except emr.StepError as error:
        raise stepfunctions._ExecutionError("States.TaskFailed", str(error)) from error
    return {"StepId": step["Id"], "Step": json.loads(json.dumps(step))}


def terminate_cluster(_resource, request):
    emr.terminate(request["ClusterId"])
    return {"ClusterId": request["ClusterId"]}


def watch():
    """Says on the default bus of each account how executions ended, as Step Functions does."""
    told = set()
    while True:
        time.sleep(0.1)
        for scope, execution in list(stepfunctions._executions._data.items()):
            if execution.get("status") in _ENDED and scope not in told:
                told.add(scope)
                _tell(scope, execution)


def _tell(scope, execution):
    account, region, arn = scope
    set_request_account_id(account)
    set_request_region(region)
    detail = {
        "executionArn": arn,
        "stateMachineArn": execution["stateMachineArn"],
        "name": execution.get("name"),
        "status": execution["status"],
        "input": execution.get("input"),
        "output": execution.get("output"),
    }
    eventbridge._dispatch_event(
        {
            "EventId": arn[-36:],
            "Source": "aws.states",
            "DetailType": "Step Functions Execution Status Change",
            "Detail": json.dumps(detail),
            "EventBusName": "default",
            "Time": int(time.time()),
            "Resources": [arn],
            "Account": account,
            "Region": region,
        }
    )


stepfunctions_execute_pass = stepfunctions._execute_pass


def install():
    stepfunctions._execute_pass = execute_pass
    stepfunctions._SERVICE_DISPATCH |= {
        "arn:aws:states:::elasticmapreduce:createCluster": create_cluster,
        "arn:aws:states:::elasticmapreduce:addStep": add_step,
        "arn:aws:states:::elasticmapreduce:terminateCluster": terminate_cluster,
    }
    threading.Thread(target=watch, daemon=True).start()
