"""The SQLite driver: pysqlite3, which brings a recent SQLite, or else Python's own."""

try:
    import pysqlite3.dbapi2 as sqlite_driver
except ImportError:  # no wheel for this machine: Python's own, in its safe mode
    import sqlite3 as sqlite_driver

__all__ = ["sqlite_driver"]
