"""The architectures that the workflow trains: as BasicSR's training options have them, or else as published.

A network here takes float32 (n, 3, h, w) RGB in [0, 1] and returns the same, ``scale`` times the size. To add one,
write a file beside this one and enter it in `registry`. The file has

* ``build(scale, **settings)``, whose parameters after ``scale`` are the settings that users may give;
* ``FEATURES``, the name of the setting that tells how many features carry the image through the network (by default
  64 or more);
* ``colour_path(network)``, where a start as an interpolation is to be possible (see `colour_paths`);
* ``smallest_patch(**settings)``, if not every patch will do: the least side in pixels of a low-resolution patch.

Libraries are imported when a network is built, so that the rules can read these files without them.
"""
