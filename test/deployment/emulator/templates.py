"""Templates as CloudFormation reads them: an unknown name is an error, conditions are worked out, lists are lists."""

import base64
import ipaddress
import re

import schemas
from ministack.core.responses import get_account_id, get_region

NO_VALUE = object()


class TemplateError(ValueError):
    pass


class Template:
    """A template with the values of its parameters."""

    def __init__(self, body, parameters, stack_name, stack_id):
        self.body = body
        self.parameters = parameters
        self.stack_name = stack_name
        self.stack_id = stack_id
        self.live = {}
        self.conditions = {name: self._condition({"Condition": name}) for name in body.get("Conditions", {})}

    @property
    def resources(self):
        """Definitions of the resources whose condition holds."""
        return {
            name: definition
            for name, definition in self.body.get("Resources", {}).items()
            if "Condition" not in definition or self.conditions[definition["Condition"]]
        }

    def outputs(self):
        for name, definition in self.body.get("Outputs", {}).items():
            if "Condition" not in definition or self.conditions[definition["Condition"]]:
                export = self.resolve(definition["Export"]["Name"]) if "Export" in definition else None
                yield name, self.resolve(definition["Value"]), export, definition.get("Description", "")

    def order(self):
        """Resources, each after those it needs."""
        resources = self.resources
        needs = {name: self.needs(name) for name in resources}
        ordered = []
        while len(ordered) < len(resources):
            ready = sorted(name for name in resources if name not in ordered and needs[name] <= set(ordered))
            if not ready:
                raise TemplateError(f"Circular dependency between resources: {sorted(set(resources) - set(ordered))}")
            ordered += ready
        return ordered

    def needs(self, name):
        definition = self.resources[name]
        depends_on = definition.get("DependsOn", [])
        found = set([depends_on] if isinstance(depends_on, str) else depends_on)
        _names(definition.get("Properties", {}), found)
        return {each for each in found if each in self.resources} - {name}

    def resolve(self, value):
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self._ref(argument)
            if function == "Condition" and isinstance(argument, str) and argument in self.conditions:
                return self.conditions[argument]
            if function.startswith("Fn::"):
                method = getattr(self, f"_{function.removeprefix('Fn::').lower()}", None)
                if method is None:
                    raise TemplateError(f"Unsupported function {function}")
                return method(argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _ref(self, name):
        pseudo = {
            "AWS::StackName": self.stack_name,
            "AWS::StackId": self.stack_id,
            "AWS::Region": get_region(),
            "AWS::AccountId": get_account_id(),
            "AWS::NoValue": NO_VALUE,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::Partition": "aws",
            "AWS::NotificationARNs": [],
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            value = self.parameters[name]["Value"]
            kind = self.body["Parameters"][name].get("Type", "String")
            if "List" in kind:
                return [item.strip() for item in value.split(",")] if value else []
            return value
        if name in self.live:
            return self.live[name]["PhysicalResourceId"]
        raise TemplateError(f"Unresolved resource dependencies [{name}] in the Resources block of the template")

    def _getatt(self, argument):
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        if name not in self.live:
            raise TemplateError(f"Template refers to {name}, which is not there")
        resource = self.live[name]
        kind = resource["ResourceType"]
        is_custom = schemas.is_custom(kind)
        if not is_custom and not schemas.has_attribute(kind, attribute):
            raise TemplateError(f"Requested attribute {attribute} does not exist in schema for {kind}")
        if attribute not in resource["Attributes"]:
            raise TemplateError(
                f"CustomResource attribute error: Vendor response doesn't contain {attribute} key in object {name}"
                if is_custom
                else f"The emulator knows no {attribute} of {kind}"
            )
        return resource["Attributes"][attribute]

    def _join(self, argument):
        return str(argument[0]).join(_text(item) for item in self.resolve(argument[1]))

    def _sub(self, argument):
        text, values = (argument, {}) if isinstance(argument, str) else argument

        def replace(match):
            name = match.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in values:
                return _text(self.resolve(values[name]))
            return _text(self._getatt(name) if "." in name and not name.startswith("AWS::") else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", replace, text)

    def _select(self, argument):
        return self.resolve(argument[1])[int(self.resolve(argument[0]))]

    def _split(self, argument):
        return str(self.resolve(argument[1])).split(argument[0])

    def _if(self, argument):
        return self.resolve(argument[1 if self.conditions[argument[0]] else 2])

    def _base64(self, argument):
        return base64.b64encode(_text(self.resolve(argument)).encode()).decode()

    def _findinmap(self, argument):
        first, second, third = (self.resolve(each) for each in argument[:3])
        return self.body["Mappings"][first][second][third]

    def _importvalue(self, argument):
        from ministack.services.cloudformation import _exports

        name = self.resolve(argument)
        if name not in _exports:
            raise TemplateError(f"No export named {name} found")
        return _exports[name]["Value"]

    def _getazs(self, argument):
        region = self.resolve(argument) or get_region()
        return [f"{region}{zone}" for zone in "abc"]

    def _cidr(self, argument):
        block, count, bits = (self.resolve(each) for each in argument)
        networks = ipaddress.ip_network(block).subnets(new_prefix=32 - int(bits))
        return [str(next(networks)) for _ in range(int(count))]

    def _condition(self, expression):
        ((function, argument),) = expression.items()
        match function:
            case "Condition":
                return self._condition(self.body["Conditions"][argument])
            case "Fn::Equals":
                left, right = (self.resolve(each) for each in argument)
                return _text(left) == _text(right)
            case "Fn::And":
                return all(map(self._condition, argument))
            case "Fn::Or":
                return any(map(self._condition, argument))
            case "Fn::Not":
                return not self._condition(argument[0])
            case _:
                raise TemplateError(f"Unsupported function {function} in a condition")


def _text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        raise TemplateError(f"A text must be made of texts, got {value!r}")
    return str(value)


def _names(value, found):
    """Adds the resources that a value names to `found`."""
    if isinstance(value, list):
        for item in value:
            _names(item, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                found.add(item)
            elif key == "Fn::GetAtt":
                found.add(item.split(".")[0] if isinstance(item, str) else item[0])
            elif key == "Fn::Sub":
                text = item if isinstance(item, str) else item[0]
                found |= {name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text)}
                _names(item, found)
            else:
                _names(item, found)
