"""Tables to which rows are only ever added: the database itself refuses to change or remove one."""

import sqlalchemy as sa


def append_only(table: sa.Table, refusal: str) -> None:
    """From its creation on, an update, delete or truncate of `table` fails with `refusal`, in SQLite and PostgreSQL."""
    for dialect, statements in _guards(table.name, refusal).items():
        for statement in statements:
            guard = sa.DDL(statement)  # type: ignore[no-untyped-call]  # DDL has no types
            sa.event.listen(table, "after_create", guard.execute_if(dialect=dialect))


def _guards(name: str, refusal: str) -> dict[str, tuple[str, ...]]:
    return {
        "sqlite": tuple(
            f"""CREATE TRIGGER {name}_no_{act} BEFORE {act.upper()} ON {name}
                BEGIN SELECT RAISE(ABORT, '{refusal}'); END"""
            for act in ("update", "delete")
        ),
        "postgresql": (
            f"""CREATE OR REPLACE FUNCTION {name}_refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION '{refusal}'; END $$""",
            f"""CREATE TRIGGER {name}_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}
                EXECUTE FUNCTION {name}_refuse()""",
        ),
    }
