"""The page of `sr-fingerprints serve`: `application` answers what page.js asks for."""
