"""Installs this plugin's changes when LocalStack starts. Each is a module with an ``install`` function."""

from localstack.runtime import hooks

from lamella_localstack import log_groups, map_runs, retained_versions, s3_events, state_machine_tags, states_language


@hooks.on_infra_start()
def install_lamella_plugin():
    states_language.install()
    map_runs.install()
    log_groups.install()
    s3_events.install()
    state_machine_tags.install()
    retained_versions.install()
