"""PostgreSQL ends connections while submissions are written: none is lost or written twice."""

import threading
import time
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, text

from tests.bench.clients import Answers, together
from tests.bench.posts import serving_portal
from tests.support.services import Postgres

SECONDS, PAUSE = 2.0, 0.4
END = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = %s AND pid <> pg_backend_pid()
"""


def test_connections_that_are_ended_under_load(
    postgres: Postgres, migrated_postgres: str, tmp_path: Path
) -> None:
    name, done = postgres.create(migrated_postgres), list[Answers]()
    engine = create_engine(postgres.url(name))
    with serving_portal(tmp_path, postgres.url(name), 2) as portal:
        sending = threading.Thread(target=lambda: done.append(together(portal.clients, SECONDS)))
        sending.start()
        ended = 0
        with psycopg.connect(host=str(postgres.folder), user="postgres", autocommit=True) as staff:
            while sending.is_alive():
                time.sleep(PAUSE)
                ended += (staff.execute(END, (name,)).fetchone() or [0])[0]
        sending.join()
    with engine.connect() as connection:
        numbers = connection.scalars(text("SELECT number FROM submissions ORDER BY id")).all()
        events = connection.scalar(text("SELECT count(*) FROM events"))
    engine.dispose()
    answered, errors = len(done[0].places), done[0].errors
    assert ended >= 4
    # Whose second try was cut off as well is told to try again.
    assert errors <= 2 < answered
    # Each answer has a submission, each submission its event; the numbers have neither gap nor twin.
    assert len(set(done[0].places)) == answered <= len(numbers) == events <= answered + errors
    assert sorted(int(number.rpartition("-")[2]) for number in numbers) == [*range(1, len(numbers) + 1)]
