from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        from lamella_localstack.process_executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor
