"""Keeps versions of functions that a template retains, as all of Lamella's are; LocalStack deletes them when a stack is updated.

They go with their function.
"""

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localstack.services.lambda_.resource_providers.aws_lambda_version import LambdaVersionProvider


def install():
    def delete(self, request):
        return ProgressEvent(
            status=OperationStatus.SUCCESS,
            resource_model=request.desired_state,
            custom_context=request.custom_context,
        )

    LambdaVersionProvider.delete = delete
