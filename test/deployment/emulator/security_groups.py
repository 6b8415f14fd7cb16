"""Security groups with all their rules, which MiniStack keeps only in part."""

import secrets

from ministack.core.responses import get_account_id
from ministack.services import ec2

_ALL = {
    "IpProtocol": "-1",
    "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    "Ipv6Ranges": [],
    "PrefixListIds": [],
    "UserIdGroupPairs": [],
}
_SIDES = {"AWS::EC2::SecurityGroupIngress": "IpPermissions", "AWS::EC2::SecurityGroupEgress": "IpPermissionsEgress"}


def create_group(logical_id, properties, stack):
    group_id = f"sg-{secrets.token_hex(8)}"
    ec2._security_groups[group_id] = {
        "GroupId": group_id,
        "GroupName": properties.get("GroupName", f"{stack}-{logical_id}-{secrets.token_hex(4)}"),
        "Description": properties["GroupDescription"],
        "VpcId": properties["VpcId"],
        "OwnerId": get_account_id(),
        "IpPermissions": [],
        "IpPermissionsEgress": [],
    }
    _set_rules(group_id, properties)
    return group_id, {"GroupId": group_id, "Id": group_id, "VpcId": properties["VpcId"]}


def update_group(group_id, old, new, _stack):
    for side, name in (("IpPermissions", "SecurityGroupIngress"), ("IpPermissionsEgress", "SecurityGroupEgress")):
        group = ec2._security_groups[group_id]
        inline = [_permission(rule) for rule in old.get(name, [])]
        group[side] = [each for each in group[side] if each not in inline and each != _ALL]
    _set_rules(group_id, new)
    return group_id, {"GroupId": group_id, "Id": group_id, "VpcId": new["VpcId"]}


def delete_group(group_id, _properties):
    users = [
        other["GroupId"]
        for other in ec2._security_groups.values()
        if other["GroupId"] != group_id and group_id in _sources(other)
    ]
    if users:
        raise RuntimeError(
            f"resource {group_id} has a dependent object: rules of {', '.join(users)} (DependencyViolation)"
        )
    ec2._security_groups.pop(group_id, None)


def _set_rules(group_id, properties):
    group = ec2._security_groups[group_id]
    group["IpPermissions"] += [_permission(rule) for rule in properties.get("SecurityGroupIngress", [])]
    egress = properties.get("SecurityGroupEgress")
    group["IpPermissionsEgress"] += [_permission(rule) for rule in egress] if egress else [dict(_ALL)]


def create_rule(kind, properties):
    group = ec2._security_groups.get(properties["GroupId"])
    if group is None:
        raise RuntimeError(f"The security group '{properties['GroupId']}' does not exist")
    source = properties.get("SourceSecurityGroupId") or properties.get("DestinationSecurityGroupId")
    if source and source not in ec2._security_groups:
        raise RuntimeError(f"The security group '{source}' does not exist")
    permission = _permission(properties)
    if permission in group[_SIDES[kind]]:
        raise RuntimeError("the specified rule already exists (InvalidPermission.Duplicate)")
    if kind == "AWS::EC2::SecurityGroupEgress" and _ALL in group["IpPermissionsEgress"]:
        group["IpPermissionsEgress"].remove(_ALL)
    group[_SIDES[kind]].append(permission)
    rule_id = f"sgr-{secrets.token_hex(8)}"
    return rule_id, {"Id": rule_id}


def delete_rule(kind, properties):
    group = ec2._security_groups.get(properties["GroupId"])
    permission = _permission(properties)
    if group and permission in group[_SIDES[kind]]:
        group[_SIDES[kind]].remove(permission)


def add_missing(group_id, protocol, ports, source):
    """As a service does that looks after the groups it was given."""
    rule = {"IpProtocol": protocol, "FromPort": ports[0], "ToPort": ports[1], "SourceSecurityGroupId": source}
    group = ec2._security_groups[group_id]
    permission = _permission(rule)
    if not any(_same(permission, each) for each in group["IpPermissions"]):
        group["IpPermissions"].append(permission)


def _same(left, right):
    return all(left.get(key) == right.get(key) for key in ("IpProtocol", "FromPort", "ToPort")) and _sources(
        {"IpPermissions": [left]}
    ) <= _sources({"IpPermissions": [right]})


def _sources(group):
    return {
        pair["GroupId"]
        for side in ("IpPermissions", "IpPermissionsEgress")
        for permission in group.get(side, [])
        for pair in permission["UserIdGroupPairs"]
    }


def _permission(rule):
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    prefix_list = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    permission = {
        "IpProtocol": str(rule["IpProtocol"]),
        "IpRanges": [{"CidrIp": rule["CidrIp"]}] if "CidrIp" in rule else [],
        "Ipv6Ranges": [{"CidrIpv6": rule["CidrIpv6"]}] if "CidrIpv6" in rule else [],
        "PrefixListIds": [{"PrefixListId": prefix_list}] if prefix_list else [],
        "UserIdGroupPairs": [{"GroupId": group, "UserId": get_account_id()}] if group else [],
    }
    return permission | {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
