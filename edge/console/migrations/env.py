"""What alembic runs: the revisions, on the connection and in the transaction of `migrations.upgrade`."""

from alembic import context

attributes = context.config.attributes
context.configure(connection=attributes["connection"], version_table_schema=attributes["schema"])
context.run_migrations()
