"""The steps by which the private database came to its present shape, one file each, in a straight line.

A step is a file `m0007_words_about_it.py`: the next number, and

    from alembic import op
    import sqlalchemy as sa

    revision = "m0007"
    down_revision = "m0006"

    def upgrade() -> None:
        op.create_table("profiles", sa.Column("id", sa.Integer, primary_key=True), …)

It says in full what it makes and never imports `etl.state.tables`, which speaks of today only. A step that has been on
a city's machine is never edited: write the next one. There is no way back: a copy of the database is (see
docs/schedule.md). All steps that are missing run in one transaction when the state is opened, one process at a time.
When two branches took the same number, the second to land takes the next one; a test says so.
"""
