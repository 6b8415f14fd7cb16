"""What CloudFormation has made and not yet deleted, and who uses what."""

from dataclasses import dataclass, field


@dataclass
class Resource:
    """A resource as its stack knows it."""

    logical_id: str
    kind: str
    physical_id: str
    stack: str
    properties: dict
    attributes: dict = field(default_factory=dict)


resources: dict[tuple[str, str, str], Resource] = {}

# What has network interfaces in its subnets, under its security groups.
_WITH_INTERFACES = {
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Instance",
    "AWS::Lambda::Function",
    "AWS::MSK::Cluster",
    "AWS::EMR::Cluster",
    "AWS::RedshiftServerless::Workgroup",
}
# Types that need another to stay, by the property that names it.
_HOLDERS = {
    "AWS::RedshiftServerless::Namespace": [("AWS::RedshiftServerless::Workgroup", "NamespaceName")],
    "AWS::MSK::Configuration": [("AWS::MSK::Cluster", "ConfigurationInfo")],
    "AWS::MSK::Cluster": [
        ("AWS::MSK::Topic", "ClusterArn"),
        ("AWS::ApplicationAutoScaling::ScalableTarget", "ResourceId"),
    ],
    "AWS::Glue::Database": [("AWS::Glue::Table", "DatabaseName")],
    "AWS::IAM::Role": [("AWS::IAM::InstanceProfile", "Roles")],
    "AWS::IAM::ManagedPolicy": [("AWS::IAM::Role", "ManagedPolicyArns")],
    "AWS::Scheduler::ScheduleGroup": [("AWS::Scheduler::Schedule", "GroupName")],
    "AWS::EC2::VPC": [
        ("AWS::EC2::Subnet", "VpcId"),
        ("AWS::EC2::SecurityGroup", "VpcId"),
        ("AWS::EC2::VPCEndpoint", "VpcId"),
        ("AWS::EC2::VPCGatewayAttachment", "VpcId"),
        ("AWS::EC2::RouteTable", "VpcId"),
    ],
    "AWS::EC2::RouteTable": [("AWS::EC2::SubnetRouteTableAssociation", "RouteTableId")],
    "AWS::EC2::InternetGateway": [("AWS::EC2::VPCGatewayAttachment", "InternetGatewayId")],
    "AWS::EC2::EIP": [("AWS::EC2::NatGateway", "AllocationId")],
}


def add(resource):
    resources[resource.stack, resource.kind, resource.physical_id] = resource


def remove(stack, kind, physical_id):
    resources.pop((stack, kind, physical_id), None)


def is_there(kind, physical_id):
    return any(each.physical_id == physical_id for each in of_kind(kind))


def of_kind(kind):
    return [each for each in resources.values() if each.kind == kind]


def holders(kind, physical_id):
    """Names of the resources that keep this one from being deleted."""
    found = [
        f"{each.kind} {each.logical_id} of {each.stack}"
        for other, name in _HOLDERS.get(kind, [])
        for each in of_kind(other)
        if names(each.properties.get(name), physical_id)
    ]
    if kind in ("AWS::EC2::SecurityGroup", "AWS::EC2::Subnet"):
        found += [
            f"network interface of {each.kind} {each.logical_id} of {each.stack}"
            for each in resources.values()
            if each.kind in _WITH_INTERFACES and names(each.properties, physical_id)
        ]
    return found


def names(value, text):
    if isinstance(value, dict):
        return any(names(item, text) for item in value.values())
    if isinstance(value, list):
        return any(names(item, text) for item in value)
    return value == text or (isinstance(value, str) and text.startswith("arn:") and text in value)
