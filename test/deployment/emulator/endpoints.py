"""VPC endpoints by filter: MiniStack lists those of every VPC, and what is listed may be deleted."""

from ministack.services import ec2


def describe(params):
    filters = ec2._parse_filters(params)
    wanted = ec2._parse_member_list(params, "VpcEndpointId")
    chosen = [
        each
        for each in ec2._vpc_endpoints.values()
        if (not wanted or each["VpcEndpointId"] in wanted) and all(_fits(each, *pair) for pair in filters.items())
    ]
    items = "".join(ec2._vpce_fields_xml(each) for each in chosen)
    return ec2._xml(200, "DescribeVpcEndpointsResponse", f"<vpcEndpointSet>{items}</vpcEndpointSet>")


def _fits(endpoint, name, values):
    if name.startswith("tag:"):
        tags = {tag["Key"]: tag["Value"] for tag in ec2._tags.get(endpoint["VpcEndpointId"], [])}
        return tags.get(name.removeprefix("tag:")) in values
    of_filter = {"vpc-id": "VpcId", "service-name": "ServiceName", "vpc-endpoint-type": "VpcEndpointType"}
    return endpoint[of_filter[name]] in values


def install():
    ec2._ACTION_MAP["DescribeVpcEndpoints"] = describe
