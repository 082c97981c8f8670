"""Weights of published networks: from the internet, from Python packages or from this machine, and verified.

``fetching.py`` does it. ``sources.py`` says where a file can be had; ``transfer.py`` brings it over HTTP, with
``drive.py`` for Google Drive, into the folder that ``downloads.py`` keeps. ``content.py`` opens archives and tells
web pages from weights; ``lock.py`` remembers the digests of what came.
"""
