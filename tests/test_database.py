"""The database layer: SQLite made safe, aware timestamps, and the one way to write."""

import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from inspect import iscoroutinefunction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError, TimeoutError

from portal import database
from portal.database import db, transaction, wal_is_safe
from portal.mail.models import OutgoingMail
from portal.plans import catalogue, publishing
from portal.prepared import insert
from portal.writing import Together, connect, wait_for_others
from tests.support.services import Postgres


def message(number: int = 1, **values: object) -> OutgoingMail:
    return OutgoingMail(
        message_id=f"<{number}@test>", recipient="a@example.com", subject="主题", body="正文", **values
    )


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_only_without_its_bug(version: tuple[int, ...], safe: bool) -> None:
    assert wal_is_safe(version) is safe


def test_sqlite_is_durable(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_no_request_ends_in_an_event_loop(app: Flask) -> None:
    assert not [function for function in app.teardown_appcontext_funcs if iscoroutinefunction(function)]


def test_moments_come_back_in_utc(database_app: Flask) -> None:
    shanghai = timezone(timedelta(hours=8))
    with database_app.app_context():
        with transaction() as session:
            session.add(message(sent_at=datetime(2023, 7, 12, 8, 30, 0, 123456, tzinfo=shanghai)))
        db.session.expire_all()
        sent = db.session.scalars(select(OutgoingMail.sent_at)).one()
    assert sent == datetime(2023, 7, 12, 0, 30, 0, 123456, tzinfo=UTC)
    assert sent is not None
    assert sent.utcoffset() == timedelta(0)


def test_a_moment_without_zone_is_refused(database_app: Flask) -> None:
    refused = pytest.raises(StatementError, match="without a zone")
    with database_app.app_context(), refused, transaction() as session:
        session.add(message(sent_at=datetime(2023, 7, 12)))  # noqa: DTZ001


def test_an_error_rolls_everything_back(database_app: Flask) -> None:
    with database_app.app_context():
        with pytest.raises(LookupError), transaction() as session:
            session.add(message())
            session.flush()
            raise LookupError
        assert db.session.scalars(select(OutgoingMail)).all() == []
        with transaction() as session:
            session.add(message())
        assert len(db.session.scalars(select(OutgoingMail)).all()) == 1


def test_changes_that_no_verb_owns_are_refused(database_app: Flask) -> None:
    with database_app.app_context():
        db.session.add(message())
        with pytest.raises(RuntimeError, match="uncommitted"), transaction():
            pass


def test_a_transaction_reads_what_others_committed_before_it(database_app: Flask) -> None:
    with database_app.app_context():
        assert db.session.scalars(select(OutgoingMail)).all() == []
        with db.engine.begin() as other:
            other.execute(OutgoingMail.__table__.insert(), _row(1))
        with transaction() as session:
            assert len(session.scalars(select(OutgoingMail)).all()) == 1


def test_who_reads_sees_one_moment(database_app: Flask) -> None:
    with database_app.app_context():
        before = catalogue.current_release()
        for _ in range(2):
            with db.engine.connect() as other:
                other.execute(text("UPDATE releases SET number = number + 1"))
                other.commit()
            assert catalogue.current_release() == before
    with database_app.app_context():
        assert catalogue.current_release() == before + 2


def test_who_writes_to_postgresql_sees_what_others_commit_meanwhile(
    make_app: Any, postgres: Postgres, migrated_postgres: str
) -> None:
    app = make_app(database_url=postgres.url(postgres.create(migrated_postgres)))
    with app.app_context(), transaction() as session:
        before = publishing.current_release(session)
        with db.engine.connect() as other:
            other.execute(text("UPDATE releases SET number = number + 1"))
            other.commit()
        assert publishing.next_release(session) == before + 2


def test_sqlite_takes_the_write_lock_first(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(OutgoingMail)).all()
        with db.engine.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout=0")
            with pytest.raises(Exception, match="locked"):
                other.execute(OutgoingMail.__table__.insert(), _row(1))


def test_a_prepared_insert_fills_in_the_defaults_and_takes_part_in_its_transaction(
    database_app: Flask,
) -> None:
    sent = datetime(2023, 7, 12, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    known = {"message_id": "<1@test>", "recipient": "a@example.com", "subject": "主题", "body": "正文"}
    with database_app.app_context():
        with pytest.raises(LookupError), transaction() as session:
            insert(session.connection(), OutgoingMail, **known)
            raise LookupError
        with transaction() as session:
            number = insert(session.connection(), OutgoingMail, **known, sent_at=sent)
        mail = db.session.scalars(select(OutgoingMail)).one()
        assert (mail.id, mail.subject, mail.sent_at, mail.claimed_at) == (number, "主题", sent, None)
        assert (mail.attempts, mail.last_error) == (0, "")
        assert timedelta() <= datetime.now(UTC) - mail.created_at < timedelta(minutes=5)


def test_what_a_prepared_insert_breaks_is_told_as_by_any_other_and_without_its_values(
    database_app: Flask,
) -> None:
    with database_app.app_context():
        for _ in range(2):
            with pytest.raises(IntegrityError) as caught, transaction() as session:
                for _ in range(2):
                    insert(session.connection(), OutgoingMail, **_row(1) | {"recipient": "张三"})
            assert "张三" not in str(caught.value)
        assert db.session.scalars(select(OutgoingMail)).all() == []


def test_writers_of_one_process_and_of_others_get_their_turn(app: Flask) -> None:
    """A writer elsewhere holds the lock; threads wait, and all of them write once it is free."""
    done: list[int] = []
    waiting = threading.Barrier(5)

    def write(number: int) -> None:
        with app.app_context():
            waiting.wait()
            with transaction() as session:
                insert(session.connection(), OutgoingMail, **_row(number))
            done.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    with app.app_context(), db.engine.connect() as other:
        other.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("BEGIN IMMEDIATE")
        for thread in threads:
            thread.start()
        waiting.wait()
        assert done == []
        other.exec_driver_sql("COMMIT")
        for thread in threads:
            thread.join()
        other.exec_driver_sql("BEGIN")
        assert sorted(done) == list(range(4))
        assert len(db.session.scalars(select(OutgoingMail)).all()) == 4


def _insert(connection: Connection, wanted: list[tuple[int, list[Any]]]) -> list[int]:
    for number, seen in wanted:
        seen.append((number, connection))
    return [insert(connection, OutgoingMail, **_row(number)) for number, _ in wanted]


_together = Together(_insert)


def _wish(app: Flask, number: int, seen: list[Any]) -> int:
    """Write a row together with what others write; its number."""
    with app.app_context():
        return _together((number, seen))


def _all_at_once(app: Flask, wishes: dict[str, int], seen: list[Any]) -> dict[str, Any]:
    """What came of the wishes (a name for each, and the row to write) when all waited for the same turn."""
    found: dict[str, Any] = {}

    def run(name: str, number: int) -> None:
        try:
            found[name] = _wish(app, number, seen)
        except IntegrityError as error:
            found[name] = error

    threads = [threading.Thread(target=run, args=wish) for wish in wishes.items()]
    with app.app_context():
        waiting = _together.writer().waiting
    with database.turn():
        for thread in threads:
            thread.start()
        while len(waiting) < len(threads):
            time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert not waiting
    return found


def test_threads_that_wait_to_write_share_a_transaction(database_app: Flask) -> None:
    seen: list[Any] = []
    found = _all_at_once(database_app, {"a": 1, "b": 2, "c": 3}, seen)
    with database_app.app_context():
        kept = {mail.id: mail.message_id for mail in db.session.scalars(select(OutgoingMail))}
    assert {name: kept[number] for name, number in found.items()} == dict(
        zip("abc", ("<1@test>", "<2@test>", "<3@test>"), strict=True)
    )
    assert sorted(number for number, _ in seen) == [1, 2, 3]
    assert len({id(connection) for _, connection in seen}) == 1


def test_who_comes_while_another_process_writes_shares_the_transaction(database_app: Flask) -> None:
    written: list[list[int]] = []

    def write(_: Connection, wanted: list[int]) -> list[int]:
        written.append(sorted(wanted))
        return wanted

    together = Together(write)

    def wish(number: int) -> None:
        with database_app.app_context():
            together(number)

    with database_app.app_context(), connect(db.engine) as other:
        waiting = together.writer().waiting
        with other.begin():
            wait_for_others(other)
            threads = [threading.Thread(target=wish, args=(number,)) for number in range(3)]
            for thread in threads:
                thread.start()
                time.sleep(0.1)  # the first one waits for the other process, the others for the first
            assert len(waiting) == 3
        for thread in threads:
            thread.join()
    assert written == [[0, 1, 2]]


def test_what_one_of_them_breaks_keeps_none_of_the_others_from_writing(database_app: Flask) -> None:
    found = _all_at_once(database_app, {"a": 1, "b": 2, "c": 2, "d": 3}, [])
    assert sum(isinstance(result, IntegrityError) for result in found.values()) == 1
    assert isinstance(found["b"], IntegrityError) or isinstance(found["c"], IntegrityError)
    with database_app.app_context():
        kept = db.session.scalars(select(OutgoingMail.message_id)).all()
    assert sorted(kept) == ["<1@test>", "<2@test>", "<3@test>"]


def test_who_has_no_turn_to_write_is_told_and_nothing_is_written_later(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0)
    with database.turn(), pytest.raises(TimeoutError, match="no turn"):
        _wish(app, 1, [])
    _wish(app, 2, [])
    with app.app_context():
        assert db.session.scalars(select(OutgoingMail.message_id)).all() == ["<2@test>"]


def test_who_waits_too_long_for_another_to_write_is_told_and_nothing_is_written_later(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        waiting = _together.writer().waiting
    leading = threading.Thread(target=_wish, args=(app, 1, []))
    with database.turn():
        leading.start()
        while not waiting:
            time.sleep(0.001)
        monkeypatch.setattr(database, "PATIENCE", 0)
        with pytest.raises(TimeoutError, match="nobody wrote"):
            _wish(app, 2, [])
    leading.join()
    with app.app_context():
        assert db.session.scalars(select(OutgoingMail.message_id)).all() == ["<1@test>"]


def test_a_connection_that_the_server_has_ended_is_replaced(
    make_app: Any, postgres: Postgres, migrated_postgres: str
) -> None:
    app = make_app(database_url=postgres.url(postgres.create(migrated_postgres)))
    _wish(app, 1, [])
    with app.app_context(), db.engine.connect() as other:
        other.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert _wish(app, 2, []) == _wish(app, 3, []) - 1
    with app.app_context():
        kept = db.session.scalars(select(OutgoingMail.message_id)).all()
    assert sorted(kept) == ["<1@test>", "<2@test>", "<3@test>"]


def test_a_connection_that_failed_is_not_kept(database_app: Flask) -> None:
    tried: list[Connection] = []

    def write(connection: Connection, wanted: list[int]) -> list[int]:
        tried.append(connection)
        if len(tried) == 1:  # what it has begun cannot be taken back either
            connection.connection.driver_connection.close()
        return [insert(connection, OutgoingMail, **_row(number)) for number in wanted]

    both = Together(write)
    with database_app.app_context():
        both(1)
        both(2)
        assert sorted(db.session.scalars(select(OutgoingMail.message_id))) == ["<1@test>", "<2@test>"]
    assert len(tried) == 3
    assert tried[0].closed


def test_no_connection_is_closed_while_it_is_written_on(database_app: Flask) -> None:
    tried: list[Connection] = []

    def dispose() -> None:
        with database_app.app_context():
            db.engine.dispose()

    disposing = threading.Thread(target=dispose)

    def write(connection: Connection, wanted: list[int]) -> list[int]:
        tried.append(connection)
        disposing.start()
        disposing.join(0.2)  # as long as it may take to do harm
        return [insert(connection, OutgoingMail, **_row(number)) for number in wanted]

    with database_app.app_context():
        Together(write)(1)
        disposing.join()
        assert db.session.scalars(select(OutgoingMail.message_id)).all() == ["<1@test>"]
    assert len(tried) == 1
    assert tried[0].closed


def test_who_waits_too_long_for_the_write_lock_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 2)
    with app.app_context(), db.engine.connect() as other:
        other.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(OperationalError, match="locked"), transaction():
            pass
        assert time.monotonic() - began < 2 * database.PATIENCE  # and not once more by SQLite itself
        other.exec_driver_sql("ROLLBACK")
        with transaction() as session:
            insert(session.connection(), OutgoingMail, **_row(1))
        other.exec_driver_sql("BEGIN")


def test_who_waits_too_long_for_other_processes_is_told(
    make_app: Any, postgres: Postgres, migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 1)
    app = make_app(database_url=postgres.url(postgres.create(migrated_postgres)))
    with app.app_context(), connect(db.engine) as other:
        with other.begin():
            wait_for_others(other)
            other.execute(text("LOCK TABLE outgoing_mail"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                _wish(app, 1, [])
        _wish(app, 2, [])
        assert db.session.scalars(select(OutgoingMail.message_id)).all() == ["<2@test>"]


def test_an_error_while_the_write_lock_is_asked_for_is_no_waiting(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        cursor = session.connection().connection.cursor()
        began = time.monotonic()
        # Within a transaction there is no other: an error, but not one that waiting cures.
        assert not database._locked(cursor, database.sqlite_driver)
        assert time.monotonic() - began < database.PATIENCE


def test_a_copy_of_the_process_shares_no_connection(database_app: Flask) -> None:
    """Not even that of the command which is about to make copies, and has read something; nor that by which
    this process writes.
    """
    _wish(database_app, 1, [])
    with database_app.app_context():
        kept = _together.writer()._kept
        assert kept is not None
        catalogue.current_release()
        assert db.engine.pool.checkedout() == 2  # type: ignore[attr-defined]
        database.close_connections(database_app)
        assert kept.closed
        assert _together.writer()._kept is None
        assert db.engine.pool.checkedout() == db.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
        assert catalogue.current_release() == 0


def _row(number: int) -> dict[str, Any]:
    return {
        "message_id": f"<{number}@test>",
        "recipient": "a@example.com",
        "subject": "",
        "body": "",
        "created_at": datetime.now(UTC),
        "attempts": 0,
        "last_error": "",
    }


def test_what_is_bound_to_a_statement_stays_out_of_errors(database_app: Flask) -> None:
    with database_app.app_context(), pytest.raises(DBAPIError) as caught, transaction() as session:
        session.execute(text("INSERT INTO nothing VALUES (:name)"), {"name": "张三丰"})
    assert "张三丰" not in str(caught.value)
