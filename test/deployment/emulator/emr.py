"""EMR and what it does around itself: it mends its security groups, writes late logs, runs steps on local Spark."""

import contextvars
import gzip
import json
import os
import subprocess
import threading
import time
from pathlib import Path

import faults
import lake_files
import security_groups
from ministack.services import ec2, emr, s3

LATE_SECONDS = 1.0
_RUNNING = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING")
_FINAL = ("COMPLETED", "FAILED", "CANCELLED")
_processes: dict[str, subprocess.Popen] = {}


class StepError(RuntimeError):
    pass


def run_job_flow(request):
    """In place of MiniStack's RunJobFlow."""
    instances = request.get("Instances", {})
    groups = [
        instances.get(name)
        for name in ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "ServiceAccessSecurityGroup")
    ]
    missing = [each for each in groups if each and each not in ec2._security_groups]
    if missing:
        return emr.error_response_json("ValidationException", f"The security groups {missing} do not exist", 400)
    answer = emr_run_job_flow(request)
    cluster_id = json.loads(answer[2]).get("JobFlowId")
    if cluster_id:
        cluster = emr._clusters[cluster_id]
        cluster["SecurityGroups"] = groups
        cluster["SubnetIds"] = [*instances.get("Ec2SubnetIds", []), instances.get("Ec2SubnetId")]
        if cluster["Status"]["State"] == "TERMINATED":
            cluster["Status"]["State"] = "WAITING"
        if all(groups):
            _mend(*groups)
        _log(cluster, "node/provision-node.log.gz", "started")
        for step in emr._steps[cluster_id]:
            _start(cluster_id, step)
    return answer


def create(properties):
    """AWS::EMR::Cluster: nearly the request of RunJobFlow; without steps it waits for some."""
    request = dict(properties)
    request["Instances"] = dict(properties["Instances"], KeepJobFlowAliveWhenNoSteps=True)
    instances = request["Instances"]
    instances.setdefault("InstanceFleets", [{"InstanceFleetType": "MASTER"}])
    status, _, body = run_job_flow(request)
    if status >= 400:
        raise RuntimeError(body.decode())
    cluster_id = json.loads(body)["JobFlowId"]
    return cluster_id, {"Id": cluster_id, "MasterPublicDNS": "ip-10-0-0-1.ec2.internal"}


def terminate_job_flows(request):
    answer = emr_terminate_job_flows(request)
    if answer[0] < 400:
        for cluster_id in request.get("JobFlowIds", []):
            _end(cluster_id)
    return answer


def terminate(cluster_id):
    status, _, body = terminate_job_flows({"JobFlowIds": [cluster_id]})
    if status >= 400:
        raise RuntimeError(body.decode())


def clusters_using(name):
    return [
        cluster["Id"]
        for cluster in emr._clusters.values()
        if cluster["Status"]["State"] in _RUNNING
        and name in [*cluster.get("SecurityGroups", []), *cluster.get("SubnetIds", [])]
    ]


def add_job_flow_steps(request):
    cluster = emr._clusters.get(request.get("JobFlowId"))
    if cluster is None or cluster["Status"]["State"] not in _RUNNING:
        return emr.error_response_json(
            "InvalidRequestException",
            "A job flow that is shutting down, terminated, or finished may not be modified.",
            400,
        )
    answer = emr_add_job_flow_steps(request)
    ids = json.loads(answer[2])["StepIds"]
    for step in emr._steps[cluster["Id"]]:
        if step["Id"] in ids:
            _start(cluster["Id"], step)
    return answer


def cancel_steps(request):
    for step in emr._steps.get(request.get("ClusterId"), []):
        if step["Id"] in request.get("StepIds", []):
            _cancel(step)
    infos = [{"StepId": each, "Status": "SUBMITTED"} for each in request.get("StepIds", [])]
    return emr.json_response({"CancelStepsInfoList": infos})


def run_step(cluster_id, step_request):
    """`addStep.sync`: waits for the end. @raises StepError"""
    status, _, body = add_job_flow_steps({"JobFlowId": cluster_id, "Steps": [step_request]})
    if status >= 400:
        raise StepError(body.decode())
    step_id = json.loads(body)["StepIds"][0]
    step = next(each for each in emr._steps[cluster_id] if each["Id"] == step_id)
    while step["Status"]["State"] not in _FINAL:
        time.sleep(0.05)
    if step["Status"]["State"] != "COMPLETED":
        raise StepError(json.dumps({"StepId": step_id, "State": step["Status"]["State"], "Name": step["Name"]}))
    return step


def _mend(primary, core, service):
    """The inbound rules that EMR adds where it misses them, and never takes back."""
    for group in (primary, core):
        for source in (primary, core):
            security_groups.add_missing(group, "tcp", (0, 65535), source)
            security_groups.add_missing(group, "udp", (0, 65535), source)
            security_groups.add_missing(group, "icmp", (-1, -1), source)
        security_groups.add_missing(group, "tcp", (8443, 8443), service)
    security_groups.add_missing(service, "tcp", (9443, 9443), primary)


def _end(cluster_id):
    for step in emr._steps.get(cluster_id, []):
        _cancel(step)
    cluster = emr._clusters.get(cluster_id)
    if cluster:
        context = contextvars.copy_context()
        threading.Timer(LATE_SECONDS, lambda: context.run(_log, cluster, "node/shutdown.log.gz", "ended")).start()


def _cancel(step):
    if step["Status"]["State"] not in _FINAL:
        step["Status"]["State"] = "CANCELLED"
        process = _processes.pop(step["Id"], None)
        if process:
            process.terminate()


def _log(cluster, name, text):
    uri = cluster.get("LogUri", "")
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if bucket in s3._buckets:
        s3._put_object(
            bucket, f"{prefix.rstrip('/')}/{cluster['Id']}/{name}".lstrip("/"), gzip.compress(text.encode()), {}
        )


def _start(cluster_id, step):
    step["Status"]["State"] = "RUNNING"
    context = contextvars.copy_context()
    threading.Thread(target=lambda: context.run(_run, cluster_id, step), daemon=True).start()


def _run(cluster_id, step):
    cluster = emr._clusters[cluster_id]
    try:
        code, log = _submit(step)
    except Exception as error:
        code, log = 1, f"error: {error}"
    _log(cluster, f"steps/{step['Id']}/stderr.gz", log)
    if step["Status"]["State"] == "RUNNING":
        step["Status"]["State"] = "COMPLETED" if code == 0 else "FAILED"
        if code:
            step["Status"]["FailureDetails"] = {
                "Reason": "Unknown Error.",
                "LogFile": f"{cluster['LogUri']}{cluster_id}/steps/{step['Id']}/",
            }
    if code and step["ActionOnFailure"] in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
        terminate(cluster_id)


def _submit(step):
    """Runs the step's own script with its own arguments on local Spark. @returns exit code, and what it logged"""
    if faults.is_due(step["Name"]):
        return 1, f"error: {step['Name']} fails as the test asked"
    script, arguments, options = parse(step["Config"]["Args"])
    folder = Path(os.environ["MILLRACE_LAKE"])
    work = folder / "steps" / step["Id"]
    local_script = lake_files.fetch_script(script, options.get("--py-files", []), work)
    request = {
        "script": str(local_script),
        "arguments": [lake_files.to_local(each, folder) for each in _local_kafka(arguments)],
        "conf": _local_conf(options.get("--conf", [])),
        "home": str(folder / "home"),
        "log": str(work / "stderr"),
    }
    command = json.loads(os.environ["MILLRACE_STEP_RUNNER"])
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    _processes[step["Id"]] = process
    output, _ = process.communicate(json.dumps(request))
    _processes.pop(step["Id"], None)
    lake_files.upload(folder)
    log = work / "stderr"
    return process.returncode, (log.read_text() if log.exists() else "") + output


def parse(arguments):
    """Script, its arguments and the options of a `spark-submit` command line."""
    if not arguments or arguments[0] != "spark-submit":
        raise ValueError(f"step must run spark-submit, got {arguments[:1]}")
    options = {}
    index = 1
    while arguments[index].startswith("--"):
        name, value = arguments[index : index + 2]
        options.setdefault(name, []).append(value)
        index += 2
    return arguments[index], arguments[index + 1 :], options


def _local_conf(settings):
    """What is about YARN or where packages are says nothing here."""
    pairs = dict(each.split("=", 1) for each in settings)
    return {name: value for name, value in pairs.items() if not name.startswith(("spark.yarn.", "spark.executorEnv."))}


def _local_kafka(arguments):
    """Spark reads from the broker's plain listener: without the options of IAM."""
    local = []
    index = 0
    while index < len(arguments):
        name, value = arguments[index], arguments[index + 1] if index + 1 < len(arguments) else ""
        if name == "--brokers":
            local += [name, os.environ["MILLRACE_PLAIN_BROKERS"]]
            index += 2
        elif name == "--kafka-option" and value.split("=")[0].startswith(("security.", "sasl.", "ssl.")):
            index += 2
        else:
            local.append(name)
            index += 1
    return local


emr_run_job_flow = emr._run_job_flow
emr_terminate_job_flows = emr._terminate_job_flows
emr_add_job_flow_steps = emr._add_job_flow_steps


def install():
    # MiniStack writes times as text, which the SDK cannot read.
    emr._now_iso = time.time
    emr._HANDLERS |= {
        "RunJobFlow": run_job_flow,
        "TerminateJobFlows": terminate_job_flows,
        "AddJobFlowSteps": add_job_flow_steps,
        "CancelSteps": cancel_steps,
    }
