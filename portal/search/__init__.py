"""Finding every heading and paragraph that holds what was typed."""
