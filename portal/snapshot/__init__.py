"""Pages made ready once a release, answered from files ahead of Flask."""
