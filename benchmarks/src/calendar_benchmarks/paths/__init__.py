"""One module for each path. Its name is the path's, and its `PATH` says what is measured."""
