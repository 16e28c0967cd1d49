"""`waitroom jobs`: what the worker gave up, and how to have it tried again."""

import json

import click

from waitroom.cli.on_database import run_on_database


@click.group()
def jobs() -> None:
    """See which jobs failed for good, and have them tried again."""


@jobs.command()
def failed() -> None:
    """List the jobs that were given up, one a line: id, task, arguments, tries, last failure."""
    from checkout.outbox import failed_jobs  # noqa: PLC0415 - the checkout is imported inside each command

    for job in run_on_database(failed_jobs):
        at = f"{job['at']:%Y-%m-%d %H:%M:%S}" if job["at"] else "-"
        arguments = json.dumps(job["arguments"])
        why = job["reason"] or "its worker died each time"
        click.echo(f"{job['job_id']}\t{job['task']}\t{arguments}\t{job['tries']} tries\t{at}\t{why}")


@jobs.command()
@click.argument("job", type=int, required=False)
@click.option("--all", "is_all", is_flag=True, help="Every job that was given up.")
def retry(job: int | None, is_all: bool) -> None:  # noqa: FBT001 - click's way
    """Give JOB, or with --all every job that was given up, another day of tries."""
    from checkout.outbox import retry_jobs  # noqa: PLC0415 - as above

    if (job is None) != is_all:
        raise click.UsageError("Name one job, or use --all.")
    count = run_on_database(lambda database: retry_jobs(database, job_id=job))
    if job is not None and not count:
        raise click.ClickException(f"No job {job} has failed; `waitroom jobs failed` lists those that have.")
    click.echo(f"{count} to be tried again.")
