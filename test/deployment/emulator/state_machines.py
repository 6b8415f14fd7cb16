"""Step Functions where MiniStack falls short: JSONata, branches, nested executions, EMR, ends told as events."""

import contextvars
import json
import threading
import time

import emr
import jsonata
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
    _repair_states(definition["States"])
    machine["definition"] = json.dumps(definition)


def _repair_states(states):
    for state in states.values():
        if state["Type"] == "Succeed":
            state |= {"Type": "Pass", "End": True}
        elif state["Type"] == "Fail":
            state |= {
                "Type": "Pass",
                "End": True,
                "fails": {"error": state.get("Error", ""), "cause": state.get("Cause", "")},
            }
        for branch in state.get("Branches", []):
            _repair_states(branch["States"])


def evaluate(expression, given, context=None, result=None, error_output=None):
    """JSONata by a port of its reference implementation; MiniStack knows a part of the language."""
    context = context or {}
    states = {"input": given, "context": context, "result": result, "errorOutput": error_output}
    try:
        parsed = jsonata.Jsonata(expression)
        for name, value in {**context.get("variables", {}), "states": states}.items():
            parsed.assign(name, value)
        # Its lists are of a kind of their own.
        return json.loads(json.dumps(parsed.evaluate(None)))
    except Exception as error:
        raise stepfunctions._ExecutionError("States.QueryEvaluationError", f"{error}: {expression}") from error


def is_chosen(rule, given, context):
    """Step Functions takes no truthy value for a truth."""
    condition = stepfunctions._apply_jsonata_template(rule["Condition"], given, context)
    if not isinstance(condition, bool):
        message = f"The Condition {rule['Condition']} must be a boolean, got {condition!r}"
        raise stepfunctions._ExecutionError("States.QueryEvaluationError", message)
    return condition


def execute_parallel(state, given, execution, context):
    """Branches side by side: each sees the variables outside and has its own; failures are caught, not tried again."""
    if "Retry" in state:
        raise stepfunctions._ExecutionError("States.Runtime", "the emulator tries no Parallel state again")
    outcomes = [None] * len(state["Branches"])

    def run(index, branch):
        inner = {**context, "variables": _Inner(context["variables"])}
        try:
            outcomes[index] = (
                stepfunctions._run_sub_machine(branch["States"], branch["StartAt"], given, execution, inner),
                None,
            )
        except stepfunctions._ExecutionError as error:
            outcomes[index] = (None, error)

    # Each in the account and region of this execution.
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, *each), daemon=True)
        for each in enumerate(state["Branches"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    error = next((error for _, error in outcomes if error), None)
    if error:
        return _caught(state, error, given, context)
    result = [outcome for outcome, _ in outcomes]
    output = stepfunctions._apply_jsonata_output(state, given, context, result=result, default=result)
    stepfunctions._apply_state_assign(state, given, context, result=result)
    return output, stepfunctions._next_or_end(state)


class _Inner(dict):
    """The variables of a branch: those of the outer scope may be read, and none of their names taken."""

    def __init__(self, outer):
        super().__init__(outer)
        self._outer = frozenset(outer)

    def __setitem__(self, name, value):
        if name in self._outer:
            raise stepfunctions._ExecutionError("States.Runtime", f"variable {name} is one of the outer scope")
        super().__setitem__(name, value)


def _caught(state, error, given, context):
    catcher = stepfunctions._find_matching_catcher(state.get("Catch", []), error.error)
    if not catcher:
        raise error
    told = {"Error": error.error, "Cause": error.cause}
    output = stepfunctions._apply_jsonata_output(catcher, given, context, error_output=told, default=told)
    stepfunctions._apply_state_assign(catcher, given, context, error_output=told)
    return output, catcher["Next"]


def nested_failure(execution):
    """How `startExecution.sync` fails, whatever the execution failed with: with a description of it."""
    names = ("executionArn", "stateMachineArn", "name", "status", "input", "error", "cause")
    described = {f"{name[0].upper()}{name[1:]}": execution[name] for name in names if name in execution}
    return "States.TaskFailed", json.dumps(described)


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
    stepfunctions._evaluate_jsonata = evaluate
    stepfunctions._evaluate_jsonata_choice_rule = is_chosen
    stepfunctions._execute_parallel = execute_parallel
    stepfunctions._nested_execution_failure = nested_failure
    stepfunctions._SERVICE_DISPATCH |= {
        "arn:aws:states:::elasticmapreduce:createCluster": create_cluster,
        "arn:aws:states:::elasticmapreduce:addStep": add_step,
        "arn:aws:states:::elasticmapreduce:terminateCluster": terminate_cluster,
    }
    threading.Thread(target=watch, daemon=True).start()
