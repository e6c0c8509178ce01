"""What webmasters do with the submissions: the queue, a decision, the timeline."""
