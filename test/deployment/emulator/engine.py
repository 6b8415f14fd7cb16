"""The life of a stack, in place of MiniStack's: rollback, replacement, policies, and deletions that can fail."""

import json

import resources
import schemas
from ministack.core.responses import now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, stacks
from templates import Template

STACK = "AWS::CloudFormation::Stack"


async def deploy(
    stack_name, stack_id, template, param_values, disable_rollback, tags, is_update=False, previous_stack=None
):
    """In place of `_deploy_stack_async`."""
    await Deployment(stack_name, stack_id, template, param_values, previous_stack if is_update else None).run()


async def delete(stack_name, stack_id):
    """In place of `_delete_stack_async`."""
    stack = cloudformation._stacks[stack_name]
    say = _speaker(stack_name, stack_id)
    stack["StackStatus"] = "DELETE_IN_PROGRESS"
    say(stack_name, STACK, "DELETE_IN_PROGRESS")
    held = stack["_resources"]
    failed = []
    for name in _deletion_order(held):
        resource = held[name]
        if resource["DeletionPolicy"] in ("Retain", "RetainExceptOnCreate"):
            say(name, resource["ResourceType"], "DELETE_SKIPPED", physical_id=resource["PhysicalResourceId"])
            del held[name]
        elif any(name in other["Needs"] for key, other in held.items() if key != name):
            continue  # what needs it could not be deleted
        elif await _delete_one(stack_name, name, resource, say):
            del held[name]
        else:
            failed.append(name)
    status = "DELETE_FAILED" if failed else "DELETE_COMPLETE"
    if not failed:
        _drop_exports(stack_id)
    stack["StackStatus"] = status
    stack["StackStatusReason"] = f"The following resource(s) failed to delete: [{', '.join(failed)}]." if failed else ""
    say(stack_name, STACK, status, stack["StackStatusReason"])


class Deployment:
    """One creation or update of a stack."""

    def __init__(self, stack_name, stack_id, template, parameters, previous):
        self.stack_name = stack_name
        self.stack_id = stack_id
        self.stack = cloudformation._stacks[stack_name]
        self.body = template
        self.parameters = parameters
        self.word = "UPDATE" if previous else "CREATE"
        self.previous = dict(previous["_resources"]) if previous else {}
        self.before = previous
        self.say = _speaker(stack_name, stack_id)
        self.undo = []
        self.obsolete = []

    async def run(self):
        try:
            template = Template(self.body, self.parameters, self.stack_name, self.stack_id)
            for name in template.order():
                template.live[name] = await self._bring(template, name)
            outputs = self._outputs(template)
        except Exception as error:
            await self._roll_back(str(error))
            return
        await self._clean_up(template.live)
        self.stack |= {
            "_resources": template.live,
            "_template": self.body,
            "_resolved_params": self.parameters,
            "Outputs": outputs,
        }
        self._end(f"{self.word}_COMPLETE")

    async def _bring(self, template, name):
        definition = template.resources[name]
        kind = definition["Type"]
        old = self.previous.get(name)
        try:
            properties = template.resolve(definition.get("Properties", {}))
            made = await self._create_or_update(name, kind, properties, old)
        except Exception as error:
            self.say(name, kind, f"{self.word if old else 'CREATE'}_FAILED", str(error))
            raise RuntimeError(f"Resource {name} failed: {error}") from error
        physical_id, attributes = made
        return {
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "ResourceStatus": f"{self.word}_COMPLETE",
            "LogicalResourceId": name,
            "Properties": properties,
            "Attributes": attributes,
            "Timestamp": now_iso(),
            "DeletionPolicy": definition.get("DeletionPolicy", "Delete"),
            "UpdateReplacePolicy": definition.get("UpdateReplacePolicy", "Delete"),
            "Needs": template.needs(name),
        }

    async def _create_or_update(self, name, kind, properties, old):
        if old and old["ResourceType"] != kind:
            raise RuntimeError("Update of resource type is not permitted")
        if old and old["Properties"] == properties:
            return old["PhysicalResourceId"], old["Attributes"]
        if old is None:
            return await self._create(name, kind, properties)
        replaced_by = schemas.replaced_by(kind, old["Properties"], properties)
        if replaced_by:
            self.say(
                name,
                kind,
                "UPDATE_IN_PROGRESS",
                f"Requested update requires a new physical resource ({', '.join(replaced_by)})",
            )
            # MiniStack makes names of the logical id: a new one needs another.
            made = await self._create(name, kind, properties, known_as=f"{name}{len(self.undo)}")
            self.obsolete.append((name, old))
            return made
        self.say(name, kind, "UPDATE_IN_PROGRESS")
        made = await resources.update(
            kind, name, old["PhysicalResourceId"], old["Properties"], properties, self.stack_name, old["Attributes"]
        )
        if made[0] != old["PhysicalResourceId"]:
            self.obsolete.append((name, old))  # a custom resource that named itself anew
        self.undo.append(
            lambda: resources.update(kind, name, made[0], properties, old["Properties"], self.stack_name, made[1])
        )
        self.say(name, kind, "UPDATE_COMPLETE", physical_id=made[0])
        return made

    async def _create(self, name, kind, properties, known_as=None):
        self.say(name, kind, "CREATE_IN_PROGRESS")
        made = await resources.create(kind, known_as or name, properties, self.stack_name)
        self.say(name, kind, "CREATE_COMPLETE", physical_id=made[0])
        policy = self.body["Resources"][name].get("DeletionPolicy", "Delete")

        async def undo():
            if policy == "Retain":
                self.say(name, kind, "DELETE_SKIPPED", physical_id=made[0])
                return
            record = {"PhysicalResourceId": made[0], "ResourceType": kind, "Properties": properties}
            if not await _delete_one(self.stack_name, name, record, self.say):
                raise RuntimeError(f"{name} could not be deleted")

        self.undo.append(undo)
        return made

    async def _roll_back(self, reason):
        rolling = "UPDATE_ROLLBACK" if self.before else "ROLLBACK"
        self.say(self.stack_name, STACK, f"{rolling}_IN_PROGRESS", reason)
        failed = False
        for undo in reversed(self.undo):
            try:
                await undo()
            except Exception:
                failed = True
        if self.before:
            self.stack |= {key: value for key, value in self.before.items() if key != "_template_body"}
        else:
            self.stack["_resources"] = {}
        self._end(f"{rolling}_{'FAILED' if failed else 'COMPLETE'}", reason)

    async def _clean_up(self, now):
        """Deletes what was replaced, and what the template no longer has; a failure does not fail the update."""
        removed = {name: old for name, old in self.previous.items() if name not in now}
        for name in _deletion_order(removed):
            await self._discard(name, removed[name], removed[name]["DeletionPolicy"])
        for name, old in reversed(self.obsolete):
            await self._discard(name, old, old["UpdateReplacePolicy"])

    async def _discard(self, name, old, policy):
        if policy == "Delete":
            await _delete_one(self.stack_name, name, old, self.say)
        else:
            self.say(name, old["ResourceType"], "DELETE_SKIPPED", physical_id=old["PhysicalResourceId"])

    def _outputs(self, template):
        outputs = []
        exports = {}
        for name, value, export, description in template.outputs():
            output = {"OutputKey": name, "OutputValue": str(value), "Description": description}
            if export:
                output["ExportName"] = export
                exports[export] = {"StackId": self.stack_id, "Name": export, "Value": str(value)}
            outputs.append(output)
        self._refuse_used(exports)
        _drop_exports(self.stack_id)
        cloudformation._exports.update(exports)
        return outputs

    def _refuse_used(self, exports):
        for name, held in list(cloudformation._exports.items()):
            gone = held["StackId"] == self.stack_id and exports.get(name, {}).get("Value") != held["Value"]
            if gone and importers(name):
                raise RuntimeError(
                    f"Cannot update or delete export {name} as it is in use by {', '.join(importers(name))}"
                )

    def _end(self, status, reason=""):
        self.stack["StackStatus"] = status
        self.stack["StackStatusReason"] = reason
        self.say(self.stack_name, STACK, status, reason)


def importers(export):
    return [
        name
        for name, stack in cloudformation._stacks.items()
        if stack["StackStatus"] != "DELETE_COMPLETE"
        and f'"Fn::ImportValue": "{export}"' in json.dumps(stack.get("_template"))
    ]


def _deletion_order(held):
    """Resources, each before those it needs."""
    ordered = []
    while len(ordered) < len(held):
        ordered += sorted(
            name for name in held if name not in ordered and held[name]["Needs"] & set(held) <= set(ordered)
        )
    return list(reversed(ordered))


async def _delete_one(stack_name, name, resource, say):
    kind, physical_id = resource["ResourceType"], resource["PhysicalResourceId"]
    say(name, kind, "DELETE_IN_PROGRESS", physical_id=physical_id)
    try:
        await resources.delete(kind, name, physical_id, resource["Properties"], stack_name)
    except Exception as error:
        say(name, kind, "DELETE_FAILED", str(error), physical_id)
        return False
    say(name, kind, "DELETE_COMPLETE", physical_id=physical_id)
    return True


def _drop_exports(stack_id):
    for name, held in list(cloudformation._exports.items()):
        if held["StackId"] == stack_id:
            cloudformation._exports.pop(name)


def _speaker(stack_name, stack_id):
    def say(name, kind, status, reason="", physical_id=""):
        stacks._add_event(
            stack_id, stack_name, name, kind, status, reason, physical_id or (stack_id if kind == STACK else "")
        )

    return say


def install():
    for module in (stacks, changesets, handlers):
        module._deploy_stack_async = deploy
        module._delete_stack_async = delete
        # Conditions are worked out by Template.
        module._evaluate_conditions = lambda template, parameters: {}
    changesets._diff_resources = _changes
    handlers._ACTION_HANDLERS |= {
        "CreateChangeSet": _create_change_set,
        "DeleteChangeSet": _delete_change_set,
        "DeleteStack": _delete_stack,
        "DescribeStacks": _describe_stacks,
        "UpdateTerminationProtection": _update_termination_protection,
    }


def _changes(old, new):
    """All resources that differ in anything; AWS compares more than properties."""
    before, after = old.get("Resources", {}), new.get("Resources", {})
    words = {(False, True): "Add", (True, False): "Remove", (True, True): "Modify"}
    return [
        {
            "ResourceChange": {
                "Action": words[name in before, name in after],
                "LogicalResourceId": name,
                "Replacement": "Conditional",
            }
        }
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _create_change_set(params):
    answer = changesets._create_change_set(params)
    stack = cloudformation._stacks.get(_parameter(params, "StackName"))
    _, change_set = changesets._find_change_set(_parameter(params, "ChangeSetName"), _parameter(params, "StackName"))
    if stack and change_set and change_set["Status"] == "FAILED" and change_set["_template"] != stack.get("_template"):
        change_set |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StatusReason": ""}
    return answer


def _delete_change_set(params):
    if changesets._find_change_set(_parameter(params, "ChangeSetName"), _parameter(params, "StackName"))[0]:
        return changesets._delete_change_set(params)
    return changesets._xml(200, "DeleteChangeSetResponse", "<DeleteChangeSetResult/>")


def _delete_stack(params):
    name = _parameter(params, "StackName")
    if name.startswith("arn:"):
        params = params | {"StackName": [name.split("/")[1]]}
    stack = cloudformation._stacks.get(_parameter(params, "StackName"))
    if stack and stack.get("_protected"):
        return handlers._error(
            "ValidationError", f"Stack [{stack['StackName']}] cannot be deleted while TerminationProtection is enabled"
        )
    return handlers._delete_stack(params)


def _describe_stacks(params):
    status, headers, body = handlers._describe_stacks(params)
    for stack in cloudformation._stacks.values():
        mark = f"<StackId>{stack['StackId']}</StackId>"
        flag = (
            f"<EnableTerminationProtection>{str(stack.get('_protected', False)).lower()}</EnableTerminationProtection>"
        )
        body = body.replace(mark.encode(), (mark + flag).encode())
    return status, headers, body


def _update_termination_protection(params):
    name = _parameter(params, "StackName")
    stack = cloudformation._stacks[name.split("/")[1] if name.startswith("arn:") else name]
    stack["_protected"] = _parameter(params, "EnableTerminationProtection") == "true"
    return handlers._xml(
        200,
        "UpdateTerminationProtectionResponse",
        f"<UpdateTerminationProtectionResult><StackId>{stack['StackId']}</StackId></UpdateTerminationProtectionResult>",
    )


def _parameter(params, name):
    return handlers._p(params, name)
