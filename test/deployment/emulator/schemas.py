"""What CloudFormation's published resource schemas say of a type, as the cfn-lint wheel carries them."""

from functools import cache

from cfnlint.jsonschema import StandardValidator
from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

SCHEMA_REGION = "us-east-1"  # the one where every type is


@cache
def schema_of(resource_type):
    try:
        return PROVIDER_SCHEMA_MANAGER.get_resource_schema(SCHEMA_REGION, resource_type)
    except ResourceNotFoundError:
        return None


def is_custom(resource_type):
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"


def problems(resource_type, properties):
    """What CloudFormation would refuse in the properties, each as a line."""
    schema = schema_of(resource_type)
    if schema is None:
        return [f"resource type {resource_type} must have a published schema, got none"]
    found = [
        f"{'/'.join(map(str, error.path)) or 'properties'}: {error.message}"
        for error in StandardValidator(schema.schema).iter_errors(properties)
        if not _is_converted(error)
    ]
    for path in schema.schema.get("readOnlyProperties", []):
        name = path.removeprefix("/properties/")
        if "/" not in name and name in properties:
            found.append(f"{name}: is read-only")
    return found


def _is_converted(error):
    """CloudFormation turns texts into numbers and truth values, and back, before it checks them."""
    if error.context:  # of anyOf, oneOf: each branch may fail by a conversion only
        return any(_is_converted(inner) for inner in error.context)
    if error.validator != "type":
        return False
    wanted = {error.validator_value} if isinstance(error.validator_value, str) else set(error.validator_value)
    value = error.instance
    if isinstance(value, bool | int | float):
        return "string" in wanted
    if not isinstance(value, str):
        return False
    if "boolean" in wanted and value.lower() in ("true", "false"):
        return True
    return bool(wanted & {"integer", "number"}) and value.lstrip("-").replace(".", "", 1).isdigit()


def has_attribute(resource_type, name):
    schema = schema_of(resource_type)
    return schema is not None and name in schema.get_atts


def attribute_kinds(resource_type):
    """JSON type of each attribute, by its name."""
    schema = schema_of(resource_type)
    attributes = {name: path for name, path in schema.get_atts.items() if "*" not in name}
    return {name: schema.resolver.resolve_cfn_pointer(path).get("type", "string") for name, path in attributes.items()}


def name_properties(resource_type):
    """Properties that make up the physical id."""
    return [path.removeprefix("/properties/") for path in schema_of(resource_type).schema.get("primaryIdentifier", [])]


def replaced_by(resource_type, old, new):
    """Create-only properties that differ: CloudFormation makes a new resource for them."""
    schema = schema_of(resource_type)
    if schema is None or is_custom(resource_type):
        return []
    paths = [path.removeprefix("/properties/") for path in schema.schema.get("createOnlyProperties", [])]
    return [path for path in paths if _at(old, path.split("/")) != _at(new, path.split("/"))]


def _at(value, path):
    if not path or value is None:
        return value
    first, *rest = path
    if first == "*":
        return [_at(item, rest) for item in value] if isinstance(value, list) else None
    return _at(value.get(first), rest) if isinstance(value, dict) else None
