"""Making, changing and deleting resources as strictly as AWS does, on MiniStack's stores where it has them."""

import asyncio
import secrets
import threading
import time

import emr
import faults
import live
import redshift
import schemas
import security_groups
import state_machines
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs, ec2, glue, iam, msk, s3
from ministack.services.cloudformation import custom_resource, provisioners

CUSTOM_RESOURCE_SECONDS = 60


async def create(kind, logical_id, properties, stack):
    if faults.is_due(kind):
        raise RuntimeError(f"{kind} fails as the test asked (InternalFailure)")
    if schemas.is_custom(kind):
        made = await asyncio.to_thread(provisioners._provision_resource, kind, logical_id, properties, stack)
    else:
        _check(kind, properties)
        _refuse_existing(kind, properties)
        made = _create(kind, logical_id, _of_stack(kind, properties, stack), stack)
    physical_id, attributes = made
    live.add(live.Resource(logical_id, kind, physical_id, stack, properties, attributes))
    return physical_id, attributes


async def update(kind, logical_id, physical_id, old, new, stack, attributes):
    if schemas.is_custom(kind):
        made = await asyncio.to_thread(
            provisioners._update_resource, kind, physical_id, old, new, stack, logical_id, attributes
        )
    else:
        _check(kind, new)
        made = _update(kind, logical_id, physical_id, old, _of_stack(kind, new, stack), stack, attributes)
        if made[0] != physical_id:
            raise RuntimeError(f"the emulator must update {kind} in place, got a new id {made[0]}")
    live.remove(stack, kind, physical_id)
    live.add(live.Resource(logical_id, kind, made[0], stack, new, made[1]))
    return made


async def delete(kind, logical_id, physical_id, properties, stack):
    if schemas.is_custom(kind):
        await asyncio.to_thread(provisioners._delete_resource, kind, physical_id, properties, stack, logical_id)
    else:
        _refuse_deletion(kind, physical_id)
        _delete(kind, physical_id, properties, stack, logical_id)
    live.remove(stack, kind, physical_id)


def _check(kind, properties):
    if kind == "AWS::CDK::Metadata":
        return
    problems = schemas.problems(kind, properties)
    if problems:
        raise ValueError(f"Model validation failed ({'; '.join(problems)})")


def _refuse_existing(kind, properties):
    if kind == "AWS::CDK::Metadata":
        return
    names = schemas.name_properties(kind)
    given = "|".join(str(properties.get(name, "")) for name in names)
    stores = {
        "AWS::S3::Bucket": s3._buckets,
        "AWS::Logs::LogGroup": cloudwatch_logs._log_groups,
        "AWS::Glue::Database": glue._databases,
    }
    if all(name in properties for name in names) and (live.is_there(kind, given) or given in stores.get(kind, {})):
        raise RuntimeError(f"Resource of type '{kind}' with identifier '{given}' already exists.")
    if kind == "AWS::Glue::Database" and properties["DatabaseInput"].get("Name") in glue._databases:
        raise RuntimeError("Database already exists.")


def _of_stack(kind, properties, stack):
    """MiniStack keeps policies of roles by their name alone, which two stacks may have in common."""
    return (
        properties | {"PolicyName": f"{stack}-{properties['PolicyName']}"} if kind == "AWS::IAM::Policy" else properties
    )


def _create(kind, logical_id, properties, stack):
    match kind:
        case "AWS::EC2::SecurityGroup":
            return security_groups.create_group(logical_id, properties, stack)
        case "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress":
            return security_groups.create_rule(kind, properties)
        case "AWS::EMR::Cluster":
            return emr.create(properties)
        case "AWS::MSK::Cluster":
            return _create_kafka(properties)
        case "AWS::MSK::Topic":
            return _create_topic(properties)
        case "AWS::RedshiftServerless::Namespace":
            return redshift.create_namespace(properties)
        case "AWS::RedshiftServerless::Workgroup":
            return redshift.create_workgroup(properties)
        case "AWS::Glue::Database":
            return _create_database(properties)
        case "AWS::CloudWatch::Alarm" if "Metrics" in properties:
            # MiniStack takes no arithmetic of metrics; no alarm rings here anyway.
            return _record(kind, logical_id, properties, stack)
    if kind in provisioners._RESOURCE_HANDLERS:
        return _repaired(kind, properties, provisioners._provision_resource(kind, logical_id, properties, stack))
    if kind == "AWS::EC2::FlowLog":
        _write_flow_log(properties)
    return _record(kind, logical_id, properties, stack)


def _update(kind, logical_id, physical_id, old, new, stack, attributes):
    match kind:
        case "AWS::EC2::SecurityGroup":
            return security_groups.update_group(physical_id, old, new, stack)
        case "AWS::S3::Bucket":
            return _repaired(
                kind, new, provisioners._update_resource(kind, physical_id, old, new, stack, logical_id, attributes)
            )
    handler = provisioners._RESOURCE_HANDLERS.get(kind)
    if handler is None:
        return physical_id, attributes
    if "update" in handler:
        return provisioners._update_resource(kind, physical_id, old, new, stack, logical_id, attributes)
    if kind.startswith("AWS::EC2::") or kind.startswith("AWS::ApiGatewayV2::"):
        # MiniStack would make another. What can change in place is not read by anything here.
        return physical_id, attributes
    return _repaired(kind, new, provisioners._provision_resource(kind, logical_id, new, stack))


def _delete(kind, physical_id, properties, stack, logical_id):
    match kind:
        case "AWS::EC2::SecurityGroup":
            security_groups.delete_group(physical_id, properties)
        case "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress":
            security_groups.delete_rule(kind, properties)
        case "AWS::EMR::Cluster":
            emr.terminate(physical_id)
        case "AWS::MSK::Cluster":
            msk._clusters.pop(physical_id, None)
        case "AWS::Glue::Database":
            _delete_database(physical_id)
        case "AWS::EC2::VPC":
            _delete_vpc(physical_id)
        case "AWS::EC2::FlowLog":
            later(lambda: _write_flow_log(properties))
        case "AWS::IAM::InstanceProfile":
            iam._instance_profiles.pop(physical_id, None)
        case "AWS::RedshiftServerless::Namespace" | "AWS::RedshiftServerless::Workgroup":
            redshift.delete(kind, physical_id)
        case _ if kind in provisioners._RESOURCE_HANDLERS:
            provisioners._delete_resource(kind, physical_id, properties, stack, logical_id)


def _refuse_deletion(kind, physical_id):
    if kind == "AWS::S3::Bucket" and not bucket_is_empty(physical_id):
        raise RuntimeError(f"The bucket you tried to delete is not empty ({physical_id})")
    if kind in ("AWS::EC2::SecurityGroup", "AWS::EC2::Subnet"):
        clusters = emr.clusters_using(physical_id)
        if clusters:
            raise RuntimeError(
                f"resource {physical_id} has a dependent object: EMR {', '.join(clusters)} (DependencyViolation)"
            )
    if kind == "AWS::EC2::VPC":
        groups = [
            each
            for each in ec2._security_groups.values()
            if each["VpcId"] == physical_id and each["GroupName"] != "default"
        ]
        if groups:
            raise RuntimeError(
                f"The vpc {physical_id} has dependencies and cannot be deleted: {[each['GroupId'] for each in groups]}"
            )
    holders = live.holders(kind, physical_id)
    if holders:
        raise RuntimeError(f"{physical_id} has a dependent object: {'; '.join(holders)} (DependencyViolation)")


def bucket_is_empty(name):
    versions = any(key[0] == name and held for key, held in s3._object_versions.items())
    return name not in s3._buckets or not (s3._buckets[name]["objects"] or versions)


def _repaired(kind, properties, made):
    """What MiniStack answers otherwise than AWS."""
    physical_id, attributes = made
    if kind == "AWS::S3::Bucket":
        s3._bucket_tags[physical_id] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        attributes = attributes | {"DualStackDomainName": f"{physical_id}.s3.dualstack.{get_region()}.amazonaws.com"}
    if kind == "AWS::IAM::InstanceProfile":
        attributes = attributes | {"Arn": physical_id if physical_id.startswith("arn:") else attributes.get("Arn")}
        physical_id = physical_id.rsplit("/", 1)[-1]
    if kind == "AWS::SecretsManager::Secret" and not physical_id.startswith("arn:"):
        physical_id = attributes.get("Arn", attributes.get("Id"))
    if kind == "AWS::StepFunctions::StateMachine":
        state_machines.repair(physical_id)
        attributes = attributes | {"StateMachineRevisionId": secrets.token_hex(8)}
    return physical_id, attributes


def _record(kind, logical_id, properties, stack):
    """A resource of a service that MiniStack does not have: it has a name and attributes, and does nothing."""
    names = schemas.name_properties(kind)
    suffix = secrets.token_hex(4)
    physical_id = "|".join(str(properties.get(name, f"{stack}-{logical_id}-{suffix}")) for name in names)
    service = kind.split("::")[1].lower()
    arn = f"arn:aws:{service}:{get_region()}:{get_account_id()}:{logical_id}/{suffix}"
    if len(names) == 1 and names[0].endswith("Arn") and names[0] not in properties:
        physical_id = arn
    texts = {"integer": 1, "boolean": True, "array": []}
    attributes = {
        name: physical_id
        if [name] == names
        else properties.get(name, texts.get(kind_of, arn if name.endswith("Arn") else f"{name}-{suffix}"))
        for name, kind_of in schemas.attribute_kinds(kind).items()
    }
    return physical_id, attributes


def _create_kafka(properties):
    arn = (
        f"arn:aws:kafka:{get_region()}:{get_account_id()}:cluster/{properties['ClusterName']}/{secrets.token_hex(16)}-1"
    )
    zones = len(properties["BrokerNodeGroupInfo"]["ClientSubnets"])
    if int(properties["NumberOfBrokerNodes"]) % zones:
        raise RuntimeError(f"The number of broker nodes must be a multiple of the {zones} subnets")
    msk._clusters[arn] = {
        "ClusterArn": arn,
        "ClusterName": properties["ClusterName"],
        "State": "ACTIVE",
        "ClusterType": "PROVISIONED",
        "CurrentVersion": "K1",
        "NumberOfBrokerNodes": int(properties["NumberOfBrokerNodes"]),
        "BrokerNodeGroupInfo": properties["BrokerNodeGroupInfo"],
        "ClientAuthentication": properties.get("ClientAuthentication", {}),
        "CurrentBrokerSoftwareInfo": {"KafkaVersion": properties["KafkaVersion"]},
    }
    return arn, {"Arn": arn, "CurrentVersion": "K1"}


def _create_topic(properties):
    cluster = properties["ClusterArn"]
    if cluster not in msk._clusters:
        raise RuntimeError(f"The cluster {cluster} is not ACTIVE")
    arn = f"{cluster.replace(':cluster/', ':topic/')}/{properties['TopicName']}"
    return arn, {"TopicArn": arn}


def _create_database(properties):
    given = properties["DatabaseInput"]
    status, _, body = glue._create_database({"DatabaseInput": given})
    if status >= 400:
        raise RuntimeError(body.decode())
    return given["Name"], {}


def _delete_database(name):
    glue._databases.pop(name, None)
    for table in [key for key in glue._tables if key.startswith(f"{name}/")]:
        glue._tables.pop(table)


def _delete_vpc(vpc_id):
    """With what every VPC is made with."""
    ec2._vpcs.pop(vpc_id, None)
    for store in (ec2._network_acls, ec2._route_tables, ec2._security_groups):
        for key in [key for key, each in store.items() if each["VpcId"] == vpc_id]:
            store.pop(key)


def _write_flow_log(properties):
    if properties.get("LogDestinationType") == "s3":
        bucket = properties["LogDestination"].removeprefix("arn:aws:s3:::").split("/")[0]
        if bucket in s3._buckets:
            s3._put_object(bucket, f"AWSLogs/{get_account_id()}/vpcflowlogs/{time.time_ns()}.log.gz", b"flow", {})


def later(work):
    """What a service does a moment after its resource is gone."""
    asyncio.get_running_loop().call_later(emr.LATE_SECONDS, work)


def limit_custom_resources():
    """A function that never answers fails its resource after a minute, not after an hour."""
    register = custom_resource.register_token

    class Limited:
        def __init__(self, event: threading.Event):
            self.set = event.set
            self._event = event

        def wait(self, timeout=None):
            return self._event.wait(min(timeout or CUSTOM_RESOURCE_SECONDS, CUSTOM_RESOURCE_SECONDS))

    custom_resource.register_token = lambda token: Limited(register(token))
