"""Each plan as a file to keep: PDF, Word, EPUB, Markdown, plain text and JSON."""
