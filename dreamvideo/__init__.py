"""DeepDream videos and zoom animations."""

__version__ = "0.1.0"
