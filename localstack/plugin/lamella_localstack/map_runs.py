"""Makes a Distributed Map fail when more of its children fail than it tolerates, and its children executions of their own.

Stock LocalStack gives null for a failed child and lets the run succeed. Of the context object a child sees its parent's
execution there; here it has an id, a name and a start of its own, as on AWS: who reckons how long it lives goes by that. Items are also taken in a loop instead of by
recursion, which ended long maps at low concurrency. ``LAMELLA_MAP_CONCURRENCY`` bounds the children of a map that run at
one time: each is a process with a hundred megabytes, and more of them than processors bring nothing here.
"""

import datetime
import os
import uuid

from localstack.aws.api.stepfunctions import HistoryEventType, MapRunFailedEventDetails
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import StatesErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration import (
    distributed_iteration_component,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.job import JobPool
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.services.stepfunctions.asl.eval.program_state import ProgramError, ProgramStopped

Worker = distributed_item_processor_worker.DistributedItemProcessorWorker
Component = distributed_iteration_component.DistributedIterationComponent
MOST_CHILDREN = int(os.environ.get("LAMELLA_MAP_CONCURRENCY", "0"))


class Failures:
    """How many children of one map run failed, against what the map tolerates."""

    def __init__(self, total, count, percentage):
        self.total, self.count, self.percentage = total, count or 0, percentage or 0.0
        self.failed = 0

    def exceeded(self):
        if not self.failed:
            return False
        over_count = self.failed > self.count
        over_percentage = self.failed * 100.0 > self.percentage * self.total
        if self.count and self.percentage:
            return over_count or over_percentage
        if self.count:
            return over_count
        return over_percentage if self.percentage else True


def failure(env):
    name = StatesErrorName(typ=StatesErrorNameType.StatesExceedToleratedFailureThreshold)
    details = MapRunFailedEventDetails(
        error=name.error_name, cause="The specified tolerated failure threshold was exceeded"
    )
    return FailureEventException(
        failure_event=FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.MapRunFailed,
            event_details=EventDetails(mapRunFailedEventDetails=details),
        )
    )


def own_execution(parent, map_run_record):
    """The context object's execution of a child, from that of the execution that holds the map."""
    name = str(uuid.uuid4())
    machine = map_run_record.map_state_machine_arn.replace(":stateMachine:", ":execution:")
    started = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="milliseconds")
    return {**parent, "Id": f"{machine}:{name}", "Name": name, "StartTime": started.replace("+00:00", "Z")}


def install():
    eval_one = Worker._eval_job

    def eval_job(self, env, job):
        context = env.states.context_object.context_object_data
        context["Execution"] = own_execution(context["Execution"], self._map_run_record)
        eval_one(self, env, job)
        state = env.program_state()
        stopped = isinstance(state, ProgramStopped)
        ended = type(state).__name__ == "ProgramEnded"
        failed = isinstance(state, ProgramError) or (job.job_output is None and not ended and not stopped)
        if stopped or failed:
            self._map_run_record.execution_counter.running.offset(-1)
        failures = self._job_pool.lamella_failures
        if failed:
            failures.failed += 1
            if failures.exceeded():
                job.job_output = failure(env)

    def eval_pool(self, job, worker_frame):
        while job is not None:
            frame = worker_frame.open_inner_frame()
            self._eval_job(env=frame, job=job)
            worker_frame.delete_frame(frame)
            over = isinstance(job.job_output, Exception) or self.stopped()
            following = None if over else self._job_pool.next_job()
            if following is None:
                self._env.delete_frame(worker_frame)
                self._job_pool.close_job(job)
                return
            self._job_pool.close_job(job)
            job = following
        self._env.delete_frame(worker_frame)

    def map_run(self, env, eval_input):
        items = env.stack.pop()
        pool = JobPool(job_program=self._get_iteration_program(), job_inputs=items)
        pool.lamella_failures = Failures(
            len(items), eval_input.tolerated_failure_count, eval_input.tolerated_failure_percentage
        )
        if items:
            bounds = (len(items), eval_input.map_run_record.max_concurrency, MOST_CHILDREN)
            for _ in range(min(bound for bound in bounds if bound)):
                self._launch_worker(env=env, eval_input=eval_input, job_pool=pool)
            pool.await_jobs()
        error = pool.get_worker_exception()
        if error is not None:
            raise error
        env.stack.append([closed.job_output for closed in pool.get_closed_jobs()])

    Worker._eval_job, Worker._eval_pool = eval_job, eval_pool
    Component._map_run = map_run
