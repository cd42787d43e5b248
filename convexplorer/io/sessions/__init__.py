"""Sessions: a whole project in one file, and the journal of what was not saved yet."""

from convexplorer.io.sessions.load_save import load_session, save_session

__all__ = ["load_session", "save_session"]
