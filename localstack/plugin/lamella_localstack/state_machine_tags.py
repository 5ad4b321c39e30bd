"""Tags state machines that CloudFormation makes or updates; LocalStack leaves their tags out."""

from localstack.services.stepfunctions.resource_providers.aws_stepfunctions_statemachine import (
    StepFunctionsStateMachineProvider,
)


def _keys(state):
    return {tag["Key"] for tag in (state or {}).get("Tags") or []}


def install():
    create_without_tags = StepFunctionsStateMachineProvider.create
    update_without_tags = StepFunctionsStateMachineProvider.update

    def tag(request, event):
        tags = request.desired_state.get("Tags") or []
        step_functions = request.aws_client_factory.stepfunctions
        arn = event.resource_model["Arn"]
        if tags:
            step_functions.tag_resource(
                resourceArn=arn,
                tags=[{"key": each["Key"], "value": each["Value"]} for each in tags],
            )
        gone = _keys(request.previous_state) - _keys(request.desired_state)
        if gone:
            step_functions.untag_resource(resourceArn=arn, tagKeys=sorted(gone))
        return event

    def create(self, request):
        return tag(request, create_without_tags(self, request))

    def update(self, request):
        return tag(request, update_without_tags(self, request))

    StepFunctionsStateMachineProvider.create = create
    StepFunctionsStateMachineProvider.update = update
