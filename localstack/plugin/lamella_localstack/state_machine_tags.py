"""Tags state machines that CloudFormation makes; LocalStack leaves their tags out."""

from localstack.services.stepfunctions.resource_providers.aws_stepfunctions_statemachine import (
    StepFunctionsStateMachineProvider,
)


def install():
    original = StepFunctionsStateMachineProvider.create

    def create(self, request):
        event = original(self, request)
        tags = request.desired_state.get("Tags")
        if tags:
            request.aws_client_factory.stepfunctions.tag_resource(
                resourceArn=event.resource_model["Arn"],
                tags=[{"key": tag["Key"], "value": tag["Value"]} for tag in tags],
            )
        return event

    StepFunctionsStateMachineProvider.create = create
