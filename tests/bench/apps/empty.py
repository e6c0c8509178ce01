"""A Flask that does nothing: the yardstick of what Flask answers itself."""

from flask import Flask

app = Flask("empty", static_folder=None)
app.add_url_rule("/empty", "empty", lambda: "")
