"""Rendering of videos and zooms: first picture, plan, frames, result; at once or as a job."""
