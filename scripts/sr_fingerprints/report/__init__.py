"""What a study found, in words, and the page that shows all of it."""
