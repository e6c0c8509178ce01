"""What is published: plans, their pages and revisions."""
