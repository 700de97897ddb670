"""Pictures to choose by, and a clip looked over."""
