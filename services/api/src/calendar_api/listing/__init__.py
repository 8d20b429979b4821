"""Lists of events that overlap a window of time, page by page."""
