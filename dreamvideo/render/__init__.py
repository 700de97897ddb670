"""The render of a video or a zoom: what it begins with, frame after frame, at once or as a job."""
