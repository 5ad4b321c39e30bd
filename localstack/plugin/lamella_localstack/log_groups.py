"""Functions log to the group that their configuration names; LocalStack always takes ``/aws/lambda/NAME``."""

from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment


def install():
    original = ExecutionEnvironment.get_log_group_name

    def get_log_group_name(self):
        return self.function_version.config.logging_config.get("LogGroup") or original(self)

    ExecutionEnvironment.get_log_group_name = get_log_group_name
