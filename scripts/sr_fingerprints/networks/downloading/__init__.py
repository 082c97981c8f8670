"""Get weights of published networks from the internet, Python packages or this machine, and verify them.

``fetching.py`` is the entry point. ``sources.py`` lists where a file is available. ``transfer.py`` downloads it over
HTTP, with ``drive.py`` for Google Drive, into the folder that ``downloads.py`` manages. ``content.py`` reads archives
and rejects web pages. ``lock.py`` records digests.
"""
