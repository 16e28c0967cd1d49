"""`waitroom edge`, `console`, `checkout` and `worker`: one process a unit."""

from collections.abc import Callable
from typing import Any

import click

from waitroom.logs import configure_logs
from waitroom.settings import Settings
from waitroom.web.serving import Port, run

Command = Callable[..., Any]  # Any: click's decorators take any function
PORT = click.IntRange(0, 65535)


def ops_options(*, ops_port: int) -> Callable[[Command], Command]:
    """The options of every unit: where its ops port is."""

    def decorate(command: Command) -> Command:
        for option in (
            click.option(
                "--ops-port", type=PORT, default=ops_port, show_default=True, help="healthz, readyz and metrics."
            ),
            click.option("--ops-host", default="127.0.0.1", show_default=True, help="Keep it off the internet."),
        ):
            command = option(command)
        return command

    return decorate


def port_options(*, port: int, ops_port: int) -> Callable[[Command], Command]:
    """The options of a unit that others reach: where it listens."""

    def decorate(command: Command) -> Command:
        command = ops_options(ops_port=ops_port)(command)
        for option in (
            click.option("--port", type=PORT, default=port, show_default=True),
            click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 listens everywhere."),
        ):
            command = option(command)
        return command

    return decorate


@click.command()
@port_options(port=8000, ops_port=9000)
def edge(host: str, port: int, ops_host: str, ops_port: int) -> None:
    """Run an edge: the waiting page, the line, the admission tokens.

    Needs WAITROOM_REDIS_URL, WAITROOM_KEYS and WAITROOM_SIGNING_KEYS. Run one process a core and balance in front
    of them (deploy/nginx.conf); any number may run, killing one changes nothing.
    """
    from edge.app import create_app, create_ops_app  # noqa: PLC0415 - a unit is imported by its own command alone

    configure_logs(unit="edge")
    app = create_app(Settings.from_env())
    run(Port(app=app, host=host, port=port), Port(app=create_ops_app(app), host=ops_host, port=ops_port))


@click.command()
@port_options(port=8001, ops_port=9001)
@click.option("--migrate/--no-migrate", default=True, show_default=True, help="Bring the database up to date first.")
def console(host: str, port: int, ops_host: str, ops_port: int, migrate: bool) -> None:  # noqa: FBT001 - click's way
    """Run a console: the organizer's pages, and the calls behind them under /v1/admin.

    Needs WAITROOM_REDIS_URL and WAITROOM_KEYS; WAITROOM_DATABASE_URL for people, whom `waitroom people add` adds;
    WAITROOM_ADMIN_KEYS for machines. While PostgreSQL is away keys work, and who was signed in goes on. Keep it off
    the internet, or behind HTTPS: whoever has the role admin rules every room.
    """
    from edge.console.app import create_app, create_ops_app  # noqa: PLC0415 - as above
    from edge.console.migrations import upgrade_or_later  # noqa: PLC0415 - as above

    configure_logs(unit="console")
    settings = Settings.from_env()
    later = upgrade_or_later(settings.database_url.get_secret_value()) if migrate else None
    app = create_app(settings, prepare=later)
    run(Port(app=app, host=host, port=port), Port(app=create_ops_app(app), host=ops_host, port=ops_port))


@click.command()
@port_options(port=8002, ops_port=9002)
@click.option("--migrate/--no-migrate", default=True, show_default=True, help="Bring the database up to date first.")
def checkout(host: str, port: int, ops_host: str, ops_port: int, migrate: bool) -> None:  # noqa: FBT001 - click's way
    """Run a checkout: seats, holds, payment, tickets.

    Needs WAITROOM_DATABASE_URL beside what an edge needs.
    """
    from checkout.app import create_app, create_ops_app  # noqa: PLC0415 - as above
    from checkout.migrations import upgrade  # noqa: PLC0415 - as above

    configure_logs(unit="checkout")
    settings = Settings.from_env()
    if migrate:
        upgrade(settings.database_url.get_secret_value())
    app = create_app(settings)
    run(Port(app=app, host=host, port=port), Port(app=create_ops_app(app), host=ops_host, port=ops_port))


@click.command()
@ops_options(ops_port=9003)
@click.option("--migrate/--no-migrate", default=True, show_default=True, help="Bring the database up to date first.")
def worker(ops_host: str, ops_port: int, migrate: bool) -> None:  # noqa: FBT001 - click's way
    """Run a worker: the jobs that the checkout leaves behind, its notices among them.

    Needs what a checkout needs, and WAITROOM_SMTP_URL. It has no port but its ops port. Any number may run; what a
    killed one was at is done by another.
    """
    from checkout.migrations import upgrade  # noqa: PLC0415 - as above
    from checkout.worker import create_ops_app, create_worker  # noqa: PLC0415 - as above

    configure_logs(unit="worker")
    settings = Settings.from_env()
    if migrate:
        upgrade(settings.database_url.get_secret_value())
    run(Port(app=create_ops_app(create_worker(settings)), host=ops_host, port=ops_port))
